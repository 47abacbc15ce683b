// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /files` (section 3.4 of the wire).
struct FileDownloads: Sendable {
    private let exchange: DataExchange
    private let access: FileAccess
    private let path: String

    /// - Throws: ``E2BError`` 401 and 400.
    init(_ exchange: DataExchange) throws {
        self.exchange = exchange
        let query = QueryItems(exchange.request.uri.query)
        access = try FileAccess(exchange, query: query, for: .read)
        path = try access.path(query["path"])
    }

    func respond() async throws -> Response {
        let headers = exchange.request.headers
        let encoding = try ContentEncoding(accepting: headers[values: .acceptEncoding])
        let file = try await exchange.computer.files.read(path, user: access.user)
        do {
            return try await response(file, encoding: encoding)
        } catch {
            file.close()
            throw error
        }
    }

    private func response(_ file: any FileDownload, encoding: ContentEncoding) async throws -> Response {
        let modified = Date(timeIntervalSince1970: TimeInterval(file.modified.seconds))
        var headers: HTTPFields = [
            .contentType: "application/octet-stream", .vary: "Accept-Encoding", .acceptRanges: "bytes",
            .lastModified: HTTPDate.text(modified),
            .contentDisposition: Self.disposition(name: path.split(separator: "/").last ?? ""),
        ]
        let request = exchange.request.headers
        if let since = request[.ifModifiedSince].flatMap(HTTPDate.date), modified <= since {
            file.close()
            return Response(status: .notModified, headers: headers)
        }
        let range = request.contains(.ifRange) ? .whole : ByteRange(request[.range], size: file.size)
        if case .unsatisfiable = range {
            file.close()
            headers[.contentRange] = "bytes */\(file.size)"
            var error = E2BError(.rangeNotSatisfiable, "the range is not within the file")
            error.headers = headers
            return Response(error)
        }
        if exchange.request.method == .head {
            file.close()
            headers[.contentLength] = String(file.size)
            return Response(status: .ok, headers: headers)
        }
        if case .part(let first, let last) = range {
            try await file.seek(to: first)
            headers[.contentRange] = "bytes \(first)-\(last)/\(file.size)"
            let body = content(of: file, length: last - first + 1)
            return Response(status: .partialContent, headers: headers, body: body)
        }
        if encoding == .gzip {
            headers[.contentEncoding] = "gzip"
            headers[.acceptRanges] = nil
            return Response(status: .ok, headers: headers, body: compressed(file))
        }
        if file.size == 0 {
            file.close()
            return Response(status: .ok, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: content(of: file, length: file.size))
    }

    /// Exactly `length` bytes: that many were announced. A file that has become shorter breaks off.
    private func content(of file: any FileDownload, length: Int64) -> ResponseBody {
        exchange.bePatient(pause: nil)
        return exchange.stream(contentLength: Int(length)) { writer in
            defer { file.close() }
            var rest = Int(length)
            while rest > 0 {
                guard let bytes = try await file.read() else { throw BrokenBody() }
                let piece = bytes.prefix(rest)
                rest -= piece.count
                try await writer.write(ByteBuffer(bytes: piece))
            }
        }
    }

    private func compressed(_ file: any FileDownload) -> ResponseBody {
        exchange.bePatient(pause: nil)
        return exchange.stream { writer in
            defer { file.close() }
            let deflater = try Deflater()
            while let bytes = try await file.read() {
                let piece = try deflater.compress(bytes)
                if !piece.isEmpty { try await writer.write(ByteBuffer(bytes: piece)) }
            }
            try await writer.write(ByteBuffer(bytes: try deflater.finish()))
        }
    }

    /// RFC 6266, with the name as RFC 8187 encodes it when it is not plain.
    private static func disposition(name: Substring) -> String {
        let isPlain = name.utf8.allSatisfy { byte in
            (0x21..<0x7F).contains(byte) && !#""\;,()<>@:/[]?={}%'*"#.utf8.contains(byte)
        }
        if isPlain { return "inline; filename=\(name)" }
        let encoded = name.utf8.map { byte -> String in
            let isToken = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            if isToken || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") {
                return String(UnicodeScalar(byte))
            }
            let hex = String(byte, radix: 16, uppercase: true)
            return hex.count == 1 ? "%0\(hex)" : "%\(hex)"
        }
        return "inline; filename*=utf-8''\(encoded.joined())"
    }
}

/// What a client takes.
enum ContentEncoding: Sendable, Equatable {
    case identity
    case gzip

    /// gzip only for a client that asks for nothing else: many libraries name it in every request, and inside one machine
    /// it costs more than it saves.
    ///
    /// - Throws: ``E2BError`` 406 when neither may be sent.
    init(accepting values: [String]) throws(E2BError) {
        var weights: [String: Double] = [:]
        for item in values.joined(separator: ",").split(separator: ",") {
            let parts = item.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
            guard let name = parts.first, !name.isEmpty else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
            weights[name] = weight ?? 1
        }
        let anyOther = weights["*"]
        let takesGzip = (weights["gzip"] ?? anyOther ?? 0) > 0
        let takesIdentity = (weights["identity"] ?? (anyOther == 0 ? 0 : 1)) > 0
        let asksOnlyForGzip = takesGzip && weights.keys.allSatisfy { $0 == "gzip" }
        guard takesGzip || takesIdentity else {
            throw E2BError(.notAcceptable, "only the encodings identity and gzip can be sent")
        }
        self = asksOnlyForGzip || !takesIdentity ? .gzip : .identity
    }
}

/// The `Range` field (RFC 9110, section 14).
enum ByteRange: Sendable, Equatable {
    case whole
    /// First and last byte.
    case part(Int64, Int64)
    case unsatisfiable

    /// What is not understood, and more than one range, is the whole file, as the RFC allows.
    init(_ text: String?, size: Int64) {
        self = .whole
        guard let text, text.lowercased().hasPrefix("bytes="), !text.contains(",") else { return }
        let parts = text.dropFirst(6).trimmingCharacters(in: .whitespaces)
            .split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }) else { return }
        switch (Int64(parts[0]), Int64(parts[1])) {
        case (let first?, let last?) where first <= last:
            self = first < size ? .part(first, min(last, size - 1)) : .unsatisfiable
        case (let first?, nil) where parts[1].isEmpty:
            self = first < size ? .part(first, size - 1) : .unsatisfiable
        case (nil, let count?) where parts[0].isEmpty:
            self = count > 0 && size > 0 ? .part(max(0, size - count), size - 1) : .unsatisfiable
        default: break
        }
    }
}

/// Dates in header fields (RFC 9110, section 5.6.7).
enum HTTPDate {
    private static let format = Date.VerbatimFormatStyle(
        format: """
            \(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .defaultDigits) \
            \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits) GMT
            """, locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt, calendar: Calendar(identifier: .gregorian))

    static func text(_ date: Date) -> String { format.format(date) }

    static func date(_ text: String) -> Date? { try? format.parseStrategy.parse(text) }
}
