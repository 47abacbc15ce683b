// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOCore

/// Keeps a listening socket alive when accepting fails, as it does when the process is out of descriptors: closes idle
/// connections, waits a moment and goes on. Without it the first such error would end the server.
final class AcceptErrorHandler: ChannelInboundHandler {
    typealias InboundIn = Any

    private static let pause = TimeAmount.milliseconds(50)
    /// Idle connections that make room after each failure.
    private static let evicted = 64
    /// Errors come in floods; one line in so long is enough.
    private static let quietTime = TimeAmount.seconds(10)

    private let registry: ConnectionRegistry
    private let logger: Logger
    private var isPausing = false
    private var nextLine = NIODeadline.now()

    init(registry: ConnectionRegistry, logger: Logger) {
        self.registry = registry
        self.logger = logger
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if NIODeadline.now() >= nextLine {
            nextLine = .now() + Self.quietTime
            logger.error("connections cannot be accepted", metadata: ["error": "\(error)"])
        }
        guard !isPausing else { return }
        isPausing = true
        registry.evictIdle(Self.evicted)
        // The connection that could not be accepted stays in the queue, and the socket readable: asking again at once
        // would be a busy loop.
        setReading(false, context)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            self.isPausing = false
            self.setReading(true, context)
        }
    }

    private func setReading(_ isReading: Bool, _ context: ChannelHandlerContext) {
        context.channel.setOption(.autoRead, value: isReading).whenFailure { [logger] error in
            // Only a closed socket refuses its options, and that one need not read.
            logger.debug("listening socket is closed", metadata: ["error": "\(error)"])
        }
    }
}
