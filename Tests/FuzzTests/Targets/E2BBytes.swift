// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import NIOCore

@testable import Engine
@testable import HTTPAPI

/// Streams that clients and computers send through the E2B API. The first byte of an input says where it is cut.
enum E2BBytes {
    // MARK: Computers

    /// Lines of a kernel's host: what a client gets for one is one line of JSON with a type.
    static func kernelLine(_ bytes: [UInt8]) throws {
        guard case .event(let event)? = KernelMessage(line: bytes, at: Date(timeIntervalSince1970: 0)) else { return }
        let line = Array(try ExecutionLine.buffer(event).readableBytesView)
        try hold(
            line.last == 0x0A && !line.dropLast().contains(0x0A),
            "not one line: \(String(decoding: line, as: UTF8.self))")
        let object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
        try hold(object?["type"] is String, "no JSON object with a type: \(String(decoding: line, as: UTF8.self))")
    }

    /// The head of a response of a server inside, and a chunked body behind it.
    static func response(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let seed = input.byte()
        let method: HTTPRequest.Method = input.flag() ? .head : .get
        let head = input.textField()
        if let head = ProxyResponseHead(head, method: method) {
            try hold((100...999).contains(head.status.code), "status \(head.status.code)")
            for field in head.headers {
                try hold(HTTPField.isValidValue(field.value), "'\(field.value)' in a field")
                // What says where a body ends is ours to say.
                let isFraming = field.name == .contentLength || field.name == .transferEncoding
                try hold(!isFraming || method == .head, "\(field.name) is passed on")
            }
            if case .length(let length) = head.framing { try hold(length >= 0, "\(length) bytes") }
        }
        let body = Array(input.rest)
        let whole = content(of: [body])
        try hold(whole == content(of: FuzzInput.pieces(of: body, seed: seed)), "chunks read differently in pieces")
        try hold(whole.bytes.count <= body.count, "more content than there was")
    }

    private struct Chunked: Equatable {
        var bytes: [UInt8] = []
        var hasEnded = false
        var isBroken = false
    }

    private static func content(of pieces: [[UInt8]]) -> Chunked {
        var reader = ChunkedReader()
        var found = Chunked()
        for piece in pieces {
            // What stands before the mistake in the same piece counts for nothing.
            do { found.bytes += try reader.content(of: piece) } catch { return Chunked(isBroken: true) }
        }
        found.hasEnded = reader.hasEnded
        return found
    }

    // MARK: Clients

    /// Envelopes of the Connect protocol.
    static func envelopes(_ bytes: [UInt8]) throws {
        let (seed, stream) = (bytes.first ?? 0, Array(bytes.dropFirst()))
        let whole = envelopes(in: [stream])
        try hold(
            whole == envelopes(in: FuzzInput.pieces(of: stream, seed: seed)), "envelopes read differently in pieces")
        try hold(whole.bytes.joined().count <= stream.count, "more than there was")
    }

    private struct Envelopes: Equatable {
        /// Flags and payload of each.
        var bytes: [[UInt8]] = []
        var error: RPCError.Code?
    }

    private static func envelopes(in pieces: [[UInt8]]) -> Envelopes {
        var reader = ConnectEnvelope.Reader(maximumBytes: 256)
        var found = Envelopes()
        for piece in pieces {
            reader.append(ByteBuffer(bytes: piece))
            do throws(RPCError) {
                while let envelope = try reader.next() {
                    found.bytes.append([envelope.flags] + Array(envelope.payload.readableBytesView))
                }
            } catch {
                found.error = error.code
                break
            }
        }
        return found
    }

    /// A multipart body, its boundary from a Content-Type that is in the input too.
    static func multipart(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let seed = input.byte()
        let isGiven = input.flag()
        let type = isGiven ? "multipart/form-data; boundary=B" : input.textField()
        guard let boundary = try? MultipartReader.boundary(in: type) else { return }
        let body = Array(input.rest)
        let whole = parts(of: [body], boundary)
        try hold(
            whole == parts(of: FuzzInput.pieces(of: body, seed: seed), boundary), "parts read differently in pieces")
        for part in whole.parts {
            let end = "\r\n--" + boundary
            try hold(!contains(part.data, Array(end.utf8)), "the boundary in a file")
        }
        try hold(whole.parts.map(\.data.count).reduce(0, +) <= body.count, "more than there was")
    }

    private struct Part: Equatable {
        var name: String
        var filename: String?
        var data: [UInt8] = []
        var hasEnded = false
    }

    private struct Form: Equatable {
        var parts: [Part] = []
        var hasEnded = false
        var isBroken = false
    }

    private static func parts(of pieces: [[UInt8]], _ boundary: String) -> Form {
        var reader = MultipartReader(boundary: boundary)
        var form = Form()
        for piece in pieces {
            reader.append(piece)
            do {
                while let event = try reader.next() {
                    switch event {
                    case .part(let name, let filename): form.parts.append(Part(name: name, filename: filename))
                    case .data(let data): form.parts[form.parts.count - 1].data += data
                    case .partEnd: form.parts[form.parts.count - 1].hasEnded = true
                    }
                }
            } catch {
                form.isBroken = true
                return form
            }
        }
        form.hasEnded = reader.hasEnded
        // How much of an unfinished file is handed on depends on what may still be a boundary.
        if let last = form.parts.indices.last, !form.parts[last].hasEnded { form.parts[last].data = [] }
        return form
    }

    private static func contains(_ bytes: [UInt8], _ pattern: [UInt8]) -> Bool {
        bytes.firstRange(of: pattern) != nil
    }

    /// Bodies and fields of the control plane and of envd.
    static func fields(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        switch input.number(below: 5) {
        case 0:
            guard let body = try? JSONDecoder().decode(NewSandbox.self, from: Data(input.rest)) else { return }
            for isV2 in [false, true] {
                let outcome = Result { () throws(E2BError) in try body.request(owner: "o", isV2: isV2) }
                switch outcome {
                case .success(let request):
                    try hold(request.timeoutSeconds > 0 && !request.template.isEmpty, "\(request)")
                case .failure(let error): try hold((400...499).contains(error.status.code), "\(error)")
                }
            }
        case 1:
            let host = input.textField()
            let query = QueryItems(input.textField())
            let path = "/" + input.textField()
            var headers = HTTPFields()
            for name in [HTTPField.Name.sandboxID, .sandboxPort, .accessToken, .apiKey] where input.flag() {
                let value = input.textField()
                if HTTPField.isValidValue(value) { headers[name] = value }
            }
            guard let target = try? E2BTarget(authority: host, path: path, query: query, headers: headers) else {
                return
            }
            if case .port(let id, let port) = target {
                try hold((1...65_535).contains(port), "port \(port)")
                try hold(!id.isEmpty && id.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber) }, "'\(id)'")
            }
        case 2:
            let size = Int64(input.word())
            if case .part(let first, let last) = ByteRange(input.textField(), size: size) {
                try hold(0 <= first && first <= last && last < size, "\(first)-\(last) of \(size)")
            }
        case 3:
            if let domain = ControlPlane.domain(host: String(decoding: input.rest, as: UTF8.self)) {
                try hold(
                    !domain.isEmpty && !domain.contains { $0.isWhitespace || $0 == "/" || $0 == "@" }, "'\(domain)'")
            }
        default:
            let token = String(decoding: input.rest, as: UTF8.self)
            let page = try? Page.of([1, 2, 3], limit: 2, token: token, isAscending: true) { (Int64($0), "i\($0)") }
            try hold((page?.0.count ?? 0) <= 2, "\(String(describing: page))")
            for pair in SandboxList.metadata(token) { _ = QueryItems.percentDecoded(pair.value) }
        }
    }
}
