// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NestboxCore

/// Receives the body of a request as far as the limits allow.
struct RequestBodyReader: Sendable {
    let maximumBytes: Int
    let timeout: Duration

    /// The whole body.
    ///
    /// - Parameter share: Grows with what arrives; keep it as long as the bytes matter.
    /// - Throws: ``RequestError`` `unsupported_media_type`, `payload_too_large` (before anything is read when the client
    ///   says the length), `request_timeout`, `queue_full`; ``Problem`` when the body breaks off.
    func json(of request: Request, on channel: any Channel, share: BodyBudget.Share) async throws -> Data {
        try requireJSON(request.headers)
        let declared = request.headers[.contentLength].flatMap { Int($0) }
        if let declared, declared > maximumBytes { throw tooLarge("\(declared) bytes") }
        if request.headers.contains(.expect) { channel.triggerUserOutboundEvent(BodyWanted(), promise: nil) }
        var body = Data()
        do {
            for try await chunk in request.body {
                if body.count + chunk.readableBytes > maximumBytes { throw tooLarge("more") }
                try share.take(chunk.readableBytes)
                body.append(contentsOf: chunk.readableBytesView)
            }
        } catch ConnectionFailure.timedOut {
            throw RequestError(
                .requestTimeout, "the body did not arrive within \(timeout.components.seconds) s of its header")
        } catch ConnectionFailure.broken {
            throw BrokenBody()
        }
        // Where a connection breaks off, the end of its stream looks like the end of a body.
        if let declared, declared != body.count { throw BrokenBody() }
        return body
    }

    private func tooLarge(_ size: String) -> RequestError {
        RequestError(.payloadTooLarge, "the body has \(size); at most \(maximumBytes) bytes are taken")
    }

    /// A web page can send other types than JSON without asking first (a "simple request"), so the type is a guard too.
    private func requireJSON(_ headers: HTTPFields) throws(RequestError) {
        let type = headers[.contentType]?.split(separator: ";").first?.trimmingCharacters(in: .whitespaces)
            .lowercasedASCII()
        guard type == "application/json" else {
            throw RequestError(
                .unsupportedMediaType,
                "the body must be JSON with the header 'Content-Type: application/json'"
                    + (type.map { ", not '\($0.prefix(80))'" } ?? ""))
        }
        if let encoding = headers[.contentEncoding], encoding.lowercasedASCII() != "identity" {
            throw RequestError(.unsupportedMediaType, "a body with a Content-Encoding is not taken; send it as it is")
        }
    }
}

/// The body ended before its end. There is most likely nobody left to tell.
struct BrokenBody: Error {}
