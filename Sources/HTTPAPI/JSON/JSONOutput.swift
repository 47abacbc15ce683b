// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NestboxCore

/// JSON as this API writes it: sorted keys, slashes as they are.
enum JSONOutput {
    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()

    static func buffer(_ value: some Encodable) throws -> ByteBuffer {
        ByteBuffer(bytes: try encoder.encode(value))
    }

    /// A response with `value` as its body.
    static func response(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, type: String = "application/json",
        headers: HTTPFields = [:]
    ) throws -> Response {
        response(try buffer(value), status: status, type: type, headers: headers)
    }

    /// The same for what a run came to, which is most of what is answered.
    static func response(_ result: RunResult, headers: HTTPFields) throws -> Response {
        let text = try result.jsonText().map { ByteBuffer(bytes: $0) } ?? buffer(result)
        return response(text, status: .ok, type: "application/json", headers: headers)
    }

    private static func response(
        _ buffer: ByteBuffer, status: HTTPResponse.Status, type: String, headers: HTTPFields
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        return Response(status: status, headers: headers, body: body(buffer))
    }

    /// Beyond this a body is written piece by piece, so that a slow reader's progress can be seen.
    private static let piece = 64 << 10

    static func body(_ buffer: ByteBuffer) -> ResponseBody {
        if buffer.readableBytes <= 4 * piece { return ResponseBody(byteBuffer: buffer) }
        return ResponseBody(contentLength: buffer.readableBytes) { writer in
            var rest = buffer
            while let slice = rest.readSlice(length: min(piece, rest.readableBytes)), slice.readableBytes > 0 {
                try await writer.write(slice)
            }
            try await writer.finish(nil)
        }
    }
}

extension Response {
    /// The same, after which `after` begins.
    func followed(by after: AfterAnswer) -> Response {
        var response = self
        let body = response.body
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            defer { after.begin() }
            try await body.write(writer)
        }
        return response
    }

    /// `problem` as `application/problem+json`.
    init(_ problem: Problem) {
        var headers = problem.headers
        headers[.contentType] = "application/problem+json"
        if problem.closesConnection { headers[.connection] = "close" }
        // A problem holds nothing but text and numbers, which always encode.
        let body = (try? JSONOutput.buffer(problem)) ?? ByteBuffer()
        self.init(status: problem.status, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}
