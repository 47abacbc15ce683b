// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A piece of a program's output as an event carries it.
enum OutputPiece: Sendable, Equatable {
    case text(String)
    /// Bytes that are not UTF-8.
    case base64(String)
}

/// Cuts a stream of bytes into pieces so that no character is split between two of them.
struct UTF8Pieces: Sendable {
    /// The beginning of a character whose rest has not arrived; at most 3 bytes.
    private var held: [UInt8] = []

    /// The next bytes of the stream; nil when they only began a character.
    mutating func next(_ bytes: [UInt8]) -> OutputPiece? {
        var piece = held + bytes
        held = []
        var index = 0
        var isText = true
        while index < piece.count {
            switch UTF8Sequence(piece.span, at: index) {
            case .complete(let length):
                index += length
            case .invalid:
                isText = false
                index += 1
            case .incomplete:
                held = Array(piece[index...])
                piece.removeSubrange(index...)
            }
        }
        if piece.isEmpty { return nil }
        return isText ? .text(String(decoding: piece, as: UTF8.self)) : .base64(Data(piece).base64EncodedString())
    }

    /// What is left when the stream has ended: a character that never was completed.
    mutating func end() -> OutputPiece? {
        defer { held = [] }
        return held.isEmpty ? nil : .base64(Data(held).base64EncodedString())
    }
}
