// SPDX-License-Identifier: Apache-2.0
import HTTPTypes

/// Takes a `multipart/form-data` body (RFC 7578) apart as it arrives; holds no more than a part's header and a boundary.
struct MultipartReader {
    enum Event: Equatable {
        /// A part begins. The filename is as it was sent, with its folders.
        case part(name: String, filename: String?)
        case data([UInt8])
        case partEnd
    }

    private enum State {
        case preamble
        case header
        case content
        case end
    }

    private static let mostHeaderBytes = 16 << 10

    private let delimiter: [UInt8]
    private var state = State.preamble
    private var buffer: [UInt8]

    init(boundary: String) {
        delimiter = Array("\r\n--\(boundary)".utf8)
        // The first boundary has no line before it.
        buffer = Array("\r\n".utf8)
    }

    /// The boundary in a `Content-Type` field.
    ///
    /// - Throws: ``E2BError`` 400.
    static func boundary(in type: String) throws(E2BError) -> String {
        for parameter in parameters(of: type) where parameter.name == "boundary" && !parameter.value.isEmpty {
            if parameter.value.utf8.count <= 200 { return parameter.value }
        }
        throw E2BError(.badRequest, "the Content-Type has no boundary")
    }

    var hasEnded: Bool { state == .end }

    mutating func append(_ bytes: [UInt8]) {
        // Whatever follows the last boundary is of no meaning.
        if state != .end { buffer += bytes }
    }

    /// The next event; nil when more bytes are needed.
    ///
    /// - Throws: ``E2BError`` 400.
    mutating func next() throws(E2BError) -> Event? {
        while true {
            switch state {
            case .preamble:
                guard try passDelimiter() else { return nil }
            case .header:
                guard let header = try takeHeader() else { return nil }
                state = .content
                return header
            case .content:
                return try takeContent()
            case .end:
                return nil
            }
        }
    }

    /// Drops everything up to and with a boundary. - Returns: Whether there was one.
    private mutating func passDelimiter() throws(E2BError) -> Bool {
        guard let start = find(delimiter) else {
            let kept = min(buffer.count, delimiter.count - 1)
            buffer.removeFirst(buffer.count - kept)
            return false
        }
        return try passDelimiter(at: start)
    }

    /// What stands behind a boundary says whether another part comes.
    private mutating func passDelimiter(at start: Int) throws(E2BError) -> Bool {
        var end = start + delimiter.count
        while end < buffer.count, buffer[end] == 0x20 || buffer[end] == 0x09 { end += 1 }
        guard end + 2 <= buffer.count else { return false }
        switch (buffer[end], buffer[end + 1]) {
        case (0x0D, 0x0A): state = .header
        case (UInt8(ascii: "-"), UInt8(ascii: "-")): state = .end
        default: throw E2BError(.badRequest, "the multipart body is not well-formed")
        }
        buffer.removeFirst(end + 2)
        if state == .end { buffer = [] }
        return true
    }

    private mutating func takeHeader() throws(E2BError) -> Event? {
        let limit = Self.mostHeaderBytes
        let blank = Array("\r\n\r\n".utf8)
        var end = find(blank)
        var skipped = blank.count
        if buffer.starts(with: [0x0D, 0x0A]) { (end, skipped) = (0, 2) }
        guard let end else {
            if buffer.count > limit { throw E2BError(.badRequest, "the header of a part is too long") }
            return nil
        }
        let lines = String(decoding: buffer[..<end], as: UTF8.self).split(separator: "\r\n")
        buffer.removeFirst(end + skipped)
        for line in lines {
            guard let colon = line.firstIndex(of: ":"),
                line[..<colon].lowercased() == "content-disposition"
            else { continue }
            let parameters = Self.parameters(of: String(line[line.index(after: colon)...]))
            func value(_ name: String) -> String? { parameters.first { $0.name == name }?.value }
            let extended = value("filename*").flatMap { text in
                text.lowercased().hasPrefix("utf-8''") ? QueryItems.percentDecoded(text.dropFirst(7)) : nil
            }
            return .part(name: value("name") ?? "", filename: extended ?? value("filename"))
        }
        return .part(name: "", filename: nil)
    }

    private mutating func takeContent() throws(E2BError) -> Event? {
        if let start = find(delimiter) {
            if start > 0 { return takeData(start) }
            guard try passDelimiter(at: 0) else { return nil }
            return .partEnd
        }
        // The end of what is here may be the beginning of a boundary.
        let safe = buffer.count - (delimiter.count - 1)
        return safe > 0 ? takeData(safe) : nil
    }

    private mutating func takeData(_ count: Int) -> Event {
        let data = Array(buffer[..<count])
        buffer.removeFirst(count)
        return .data(data)
    }

    private func find(_ pattern: [UInt8]) -> Int? {
        guard buffer.count >= pattern.count else { return nil }
        let last = buffer.count - pattern.count
        var index = 0
        while index <= last {
            guard let found = buffer[index...last].firstIndex(of: pattern[0]) else { return nil }
            if buffer[found..<found + pattern.count].elementsEqual(pattern) { return found }
            index = found + 1
        }
        return nil
    }

    /// `; name=value` and `; name="quoted \" value"` pairs, names in lower case.
    private static func parameters(of field: String) -> [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        var rest = Substring(field)
        while let semicolon = rest.firstIndex(of: ";") {
            rest = rest[rest.index(after: semicolon)...].drop { $0 == " " || $0 == "\t" }
            guard let equals = rest.firstIndex(where: { $0 == "=" || $0 == ";" }), rest[equals] == "=" else { continue }
            let name = rest[..<equals].lowercased()
            rest = rest[rest.index(after: equals)...]
            var value = ""
            if rest.first == "\"" {
                rest = rest.dropFirst()
                while let character = rest.popFirst(), character != "\"" {
                    // Only a quote and a backslash are escaped; some clients send single backslashes in paths.
                    if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
                        value.append(next)
                        rest = rest.dropFirst()
                    } else {
                        value.append(character)
                    }
                }
            } else {
                value = String(rest.prefix { $0 != ";" })
                rest = rest.dropFirst(value.count)
                while value.last == " " { value.removeLast() }
            }
            found.append((name, value))
        }
        return found
    }
}
