// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// Sent down a connection by whoever answers a request: tell me when the client goes away before the response has ended.
struct ClientWatch: Sendable {
    let onGone: @Sendable () -> Void

    /// Installs the watch. When the client is gone already, `onGone` is called at once.
    func install(on channel: any Channel) {
        let installed = channel.eventLoop.makePromise(of: Void.self)
        installed.futureResult.whenFailure { [onGone] _ in
            // Nobody took the event: the connection has closed, or it is one that never opens (in tests).
            channel.closeFuture.whenComplete { _ in onGone() }
        }
        channel.triggerUserOutboundEvent(self, promise: installed)
    }
}

/// Sent down a connection by whoever is about to read a request's body: a client that asked first may send it.
struct BodyWanted: Sendable {}

/// Sent down a connection by whoever answers a request that may take its time: a transfer of any size, or a conversation.
/// Holds for this request only.
struct ConnectionPatience: Sendable {
    /// How long the client may pause within its body; nil for any time.
    var bodyPause: TimeAmount?
    /// How long a response may wait for its reader to take any of it.
    var stall = TimeAmount.minutes(10)
}

/// Sent up a connection when its place is wanted for a new one.
struct EvictIfIdle: Sendable {}

/// Thrown into the reading of a request that will not come to its end.
enum ConnectionFailure: Error {
    /// ``ServerConfiguration/bodyTimeout`` has passed.
    case timedOut
    /// What arrived is no HTTP, or the connection ended.
    case broken
}
