// SPDX-License-Identifier: Apache-2.0
import Engine
import HTTPTypes
import Hummingbird
import NIOCore

/// Where the events of a stream come from.
struct StreamSource<Event: Sendable>: Sendable {
    /// The next event; nil when none come any more.
    var next: @Sendable () async -> Event?
    /// Makes ``next`` return nil.
    var stop: @Sendable () -> Void
}

/// A response of the Connect protocol that goes on: envelopes, one HTTP chunk each, and signs of life between them.
struct ConnectStream: Sendable {
    /// Exactly this; clients compare it as text.
    static let contentType = "application/connect+json"
    private static let standardKeepalive = 90
    private static let keepalive = ByteBuffer(string: #"{"event":{"keepalive":{}}}"#)

    let exchange: DataExchange
    let timeout: Duration?
    let keepaliveInterval: Duration

    /// - Throws: ``RPCError`` for a time that is no number.
    init(_ exchange: DataExchange) throws(RPCError) {
        self.exchange = exchange
        let headers = exchange.request.headers
        timeout = try Self.milliseconds(headers[.connectTimeout])
        let interval = headers[.keepaliveInterval].flatMap { Int($0) } ?? Self.standardKeepalive
        keepaliveInterval = .seconds(min(max(interval, 1), 3600))
    }

    static func milliseconds(_ text: String?) throws(RPCError) -> Duration? {
        guard let text else { return nil }
        guard let value = Int(text), value >= 0 else {
            throw RPCError(.invalidArgument, "connect-timeout-ms is no number of milliseconds")
        }
        return value == 0 ? nil : .milliseconds(value)
    }

    /// A response that begins at once. What `write` throws as ``RPCError`` or ``ComputerError`` ends the stream with an
    /// error; when the computer has gone, the connection is reset.
    func response(
        _ write: @escaping @concurrent @Sendable (inout any ResponseBodyWriter) async throws -> Void
    ) -> Response {
        let body = exchange.stream { writer in
            do {
                try await write(&writer)
                try await writer.write(ConnectEnvelope.end())
            } catch let error as RPCError {
                try await writer.write(ConnectEnvelope.end(error))
            } catch let error as ComputerError where error.code != .gone {
                try await writer.write(ConnectEnvelope.end(RPCError(error)))
            }
        }
        return Response(status: .ok, headers: [.contentType: Self.contentType], body: body)
    }

    enum Ending { case ended, clientGone }

    /// Writes what `source` gives until it ends, the client leaves or the time is over.
    ///
    /// - Parameter keepalive: Message that shows that the stream lives.
    /// - Throws: ``RPCError`` `deadline_exceeded`.
    @concurrent func relay<Event: Sendable>(
        _ source: StreamSource<Event>, to writer: inout any ResponseBodyWriter, keepalive: ByteBuffer = Self.keepalive,
        encode: @concurrent @Sendable (Event) async -> [ByteBuffer]
    ) async throws -> Ending {
        let mailbox = StreamMailbox<Event>()
        ClientWatch { mailbox.clientIsGone() }.install(on: exchange.context.channel)
        // Tasks of their own: they wait for things that no cancelling reaches, and end when the source is stopped.
        let pump = Task {
            while let event = await source.next() {
                guard await mailbox.put(event) else { return }
            }
            mailbox.end()
        }
        let beat = Task { [keepaliveInterval] in
            while true {
                try await Task.sleep(for: keepaliveInterval)
                mailbox.keepaliveIsDue()
            }
        }
        let alarm = timeout.map { timeout in
            Task {
                try await Task.sleep(for: timeout)
                mailbox.deadlineIsOver()
            }
        }
        defer {
            mailbox.close()
            source.stop()
            beat.cancel()
            alarm?.cancel()
            pump.cancel()
        }
        while true {
            switch await mailbox.next() {
            case .event(let event):
                for message in await encode(event) { try await writer.write(ConnectEnvelope.message(message)) }
            case .keepalive: try await writer.write(ConnectEnvelope.message(keepalive))
            case .ended: return .ended
            case .clientGone: return .clientGone
            case .deadline:
                throw RPCError(.deadlineExceeded, "the operation timed out: context deadline exceeded")
            }
        }
    }
}
