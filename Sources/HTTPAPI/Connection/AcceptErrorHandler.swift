// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOCore

/// Keeps a listening socket alive when accepting fails, as it does when the process is out of descriptors: waits a
/// moment and goes on. Without it the first such error would end the server.
final class AcceptErrorHandler: ChannelDuplexHandler {
    typealias InboundIn = Any
    typealias OutboundIn = Any

    private static let pause = TimeAmount.milliseconds(100)
    /// Errors come in floods; one line in so long is enough.
    private static let quietTime = TimeAmount.seconds(10)

    private let logger: Logger
    private var isPausing = false
    private var wantsRead = false
    private var nextLine = NIODeadline.now()

    init(logger: Logger) { self.logger = logger }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if NIODeadline.now() >= nextLine {
            nextLine = .now() + Self.quietTime
            logger.error("connections cannot be accepted", metadata: ["error": "\(error)"])
        }
        guard !isPausing else { return }
        isPausing = true
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            self.isPausing = false
            if self.wantsRead {
                self.wantsRead = false
                context.read()
            }
        }
    }

    func read(context: ChannelHandlerContext) {
        if isPausing { wantsRead = true } else { context.read() }
    }
}
