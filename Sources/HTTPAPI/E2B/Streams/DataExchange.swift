// SPDX-License-Identifier: Apache-2.0
import Engine
import HTTPTypes
import Hummingbird
import NIOCore

/// One request to a computer, while it is being answered.
struct DataExchange: Sendable {
    let request: Request
    let computer: any Computer
    let context: APIContext
    let connections: ComputerConnections

    /// A body that is written over time. Should the computer go meanwhile, the connection is reset and not ended.
    func stream(
        contentLength: Int? = nil,
        _ write: @escaping @concurrent @Sendable (inout any ResponseBodyWriter) async throws -> Void
    ) -> ResponseBody {
        let lease = connections.enter(computer, context.channel)
        return ResponseBody(contentLength: contentLength) { [context] writer in
            defer { lease.release() }
            do {
                try await write(&writer)
                try await writer.finish(nil)
            } catch {
                // Half a body must not look like a whole one.
                await ComputerConnections.reset(context.channel)
                throw error
            }
        }
    }

    /// Lets the client take its time: a body counts as late only when nothing of it came for `pause` (nil: never), and a
    /// reader that takes nothing for as long as ``ConnectionPatience/stall`` is still there.
    func bePatient(pause: TimeAmount?) {
        context.channel.triggerUserOutboundEvent(ConnectionPatience(bodyPause: pause), promise: nil)
    }

    /// The body, which a client that asked first may send now.
    var body: RequestBody {
        if request.headers.contains(.expect) { context.channel.triggerUserOutboundEvent(BodyWanted(), promise: nil) }
        return request.body
    }

    /// The whole body, for messages.
    ///
    /// - Throws: ``E2BError`` 413, 408 or 400.
    func collected(atMost maximum: Int) async throws -> ByteBuffer {
        try await E2BBody.collect(request, on: context.channel, atMost: maximum)
    }
}

/// Bodies of requests that are taken whole.
enum E2BBody {
    static func collect(_ request: Request, on channel: any Channel, atMost maximum: Int) async throws -> ByteBuffer {
        let declared = request.headers[.contentLength].flatMap { Int($0) }
        if let declared, declared > maximum { throw tooLarge(maximum) }
        if request.headers.contains(.expect) { channel.triggerUserOutboundEvent(BodyWanted(), promise: nil) }
        var body = ByteBuffer()
        do {
            for try await chunk in request.body {
                if body.readableBytes + chunk.readableBytes > maximum { throw tooLarge(maximum) }
                body.writeImmutableBuffer(chunk)
            }
        } catch ConnectionFailure.timedOut {
            throw E2BError(.requestTimeout, "the body did not arrive in time")
        } catch ConnectionFailure.broken {
            throw BrokenBody()
        }
        if let declared, declared != body.readableBytes { throw BrokenBody() }
        return body
    }

    private static func tooLarge(_ maximum: Int) -> E2BError {
        E2BError(.contentTooLarge, "the body has more than \(maximum) bytes")
    }
}
