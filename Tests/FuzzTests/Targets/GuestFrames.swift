// SPDX-License-Identifier: Apache-2.0
import GuestWire

/// A message between host and guest, or of a tool to the host.
private protocol FramedMessage: Equatable {
    init(type: UInt8, payload: ArraySlice<UInt8>) throws(WireError)
    func encoded() -> [UInt8]
}

extension GuestMessage: FramedMessage {}
extension HostMessage: FramedMessage {}
extension ToolMessage: FramedMessage {}

/// The bytes of a stream between host and guest. The first byte of an input says where the stream is cut into pieces, and
/// whether the rest is the stream itself or a list of messages that get right headers here: a length in front of everything
/// keeps a fuzzer from getting far with bytes alone.
enum GuestFrames {
    static func checkGuest(_ bytes: [UInt8]) throws { try check(bytes, GuestMessage.self) }
    static func checkTool(_ bytes: [UInt8]) throws { try check(bytes, ToolMessage.self) }
    static func checkHost(_ bytes: [UInt8]) throws { try check(bytes, HostMessage.self) }

    private struct Reading<Message: FramedMessage>: Equatable {
        var messages: [Message] = []
        var error: WireError?
    }

    private static func check<Message: FramedMessage>(_ bytes: [UInt8], _ type: Message.Type) throws {
        var input = FuzzInput(bytes)
        let seed = input.byte()
        let stream = seed & 0x80 == 0 ? Array(input.rest) : frames(&input)
        let whole: Reading<Message> = try read([stream])
        let cut: Reading<Message> = try read(FuzzInput.pieces(of: stream, seed: seed))
        try hold(whole == cut, "the same bytes read differently in pieces: \(whole) and \(cut)")
        var again: [UInt8] = []
        for message in whole.messages { again += message.encoded() }
        // There is one way to write a message, so reading loses nothing.
        try hold(stream.starts(with: again), "\(whole.messages) are written as \(again)")
        try check(whole.error)
    }

    private static func frames(_ input: inout FuzzInput) -> [UInt8] {
        var stream: [UInt8] = []
        while !input.isEmpty {
            let type = input.byte()
            let payload = input.bytes()
            stream += [UInt8(payload.count), 0, 0, 0, type] + payload
        }
        return stream
    }

    private static func read<Message: FramedMessage>(_ pieces: [[UInt8]]) throws -> Reading<Message> {
        var buffer = FrameBuffer()
        var reading = Reading<Message>()
        for piece in pieces {
            buffer.append(piece)
            do throws(WireError) {
                while let (type, payload) = try buffer.next() {
                    reading.messages.append(try Message(type: type, payload: payload))
                }
            } catch {
                reading.error = error
                break
            }
        }
        return reading
    }

    private static func check(_ error: WireError?) throws {
        switch error {
        case nil: break
        case .frameTooLarge(let length):
            try hold(Int(length) > Frame.mostPayloadBytes, "a frame of \(length) bytes was refused")
        case .truncated(let field), .invalid(let field, _): try hold(!field.isEmpty, "an error names no field")
        case .trailingBytes(let count): try hold(count > 0, "\(count) bytes were too many")
        }
    }
}
