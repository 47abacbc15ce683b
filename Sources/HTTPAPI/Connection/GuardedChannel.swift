// SPDX-License-Identifier: Apache-2.0
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Hummingbird's HTTP/1.1 connection with a ``ConnectionHandler`` right behind the parser.
struct GuardedChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    private let base: HTTP1Channel
    private let limits: ConnectionLimits
    private let registry: ConnectionRegistry

    init(
        responder: @escaping HTTP1Channel.Responder, configuration: ServerConfiguration, registry: ConnectionRegistry
    ) {
        base = HTTP1Channel(
            responder: responder,
            configuration: HTTP1Channel.Configuration(
                httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                    maxHeaderFieldSize: configuration.maximumHeaderBytes,
                    maxHeaderListSize: configuration.maximumHeaderBytes,
                    maxHeaderFieldCount: configuration.maximumHeaderFields)))
        limits = ConnectionLimits(
            headerTimeout: TimeAmount(configuration.headerTimeout),
            bodyTimeout: TimeAmount(configuration.bodyTimeout),
            idleTimeout: TimeAmount(configuration.idleTimeout))
        self.registry = registry
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(ConnectionHandler(limits: limits, registry: registry), position: .after(parser))
            return value
        }
    }

    func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
