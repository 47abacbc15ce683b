// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import HTTPAPI

@Suite struct UTF8PiecesTests {
    @Test func neverSplitsACharacter() {
        let text = "aä€😀z"
        let bytes = Array(text.utf8)
        for size in 1...bytes.count {
            var pieces = UTF8Pieces()
            var whole = ""
            for start in stride(from: 0, to: bytes.count, by: size) {
                guard let piece = pieces.next(Array(bytes[start..<min(start + size, bytes.count)])) else { continue }
                guard case .text(let part) = piece else {
                    Issue.record("base64 for valid text, size \(size)")
                    return
                }
                whole += part
            }
            #expect(whole == text)
            #expect(pieces.end() == nil)
        }
    }

    @Test func keepsBytesThatAreNotUTF8() {
        var pieces = UTF8Pieces()
        #expect(pieces.next([0x41, 0xFF, 0x42]) == .base64(Data([0x41, 0xFF, 0x42]).base64EncodedString()))
        #expect(pieces.next([0x41]) == .text("A"))
    }

    @Test func givesOutAnUnfinishedCharacterAtTheEnd() {
        var pieces = UTF8Pieces()
        #expect(pieces.next([0xF0, 0x9F]) == nil)
        #expect(pieces.end() == .base64(Data([0xF0, 0x9F]).base64EncodedString()))
        #expect(pieces.end() == nil)
    }

    @Test func aCharacterThatIsBrokenOffByAnotherIsKept() {
        var pieces = UTF8Pieces()
        #expect(pieces.next([0xE2, 0x82]) == nil)
        #expect(pieces.next([0x41]) == .base64(Data([0xE2, 0x82, 0x41]).base64EncodedString()))
    }

    /// Whatever is sent, the pieces together are exactly the bytes.
    @Test func losesNothing() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let bytes: [UInt8] = (0..<40).map { _ in
                [0x41, 0xC3, 0xA4, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x80, 0xFF].randomElement(using: &generator) ?? 0
            }
            var pieces = UTF8Pieces()
            var whole: [UInt8] = []
            func take(_ piece: OutputPiece?) throws {
                switch piece {
                case .text(let text): whole += Array(text.utf8)
                case .base64(let text): whole += Array(try #require(Data(base64Encoded: text)))
                case nil: break
                }
            }
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...5, using: &generator)
                try take(pieces.next(Array(rest.prefix(count))))
                rest = rest.dropFirst(count)
            }
            try take(pieces.end())
            #expect(whole == bytes)
        }
    }
}
