// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore

/// A message of a client.
enum PistonMessage {
    case start(PistonJob)
    case input(stream: String?, String)
    /// Nil for a name that is no signal's.
    case signal(Int32?)
    case other

    private struct Envelope: Decodable {
        var type: String?
        var stream: String?
        var data: String?
        var signal: String?
    }

    init(_ message: WebSocketConnection.Message) throws {
        let body =
            switch message {
            case .text(let text): Data(text.utf8)
            case .binary(let bytes): Data(bytes)
            }
        let envelope = try RequestDecoder.decode(Envelope.self, from: body)
        switch envelope.type {
        case "init": self = .start(try RequestDecoder.decode(PistonJob.self, from: body))
        case "data": self = .input(stream: envelope.stream, envelope.data ?? "")
        case "signal": self = .signal(envelope.signal.flatMap { SignalNumber.of($0) })
        default: self = .other
        }
    }
}
