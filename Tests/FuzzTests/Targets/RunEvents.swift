// SPDX-License-Identifier: Apache-2.0
import Foundation
import NIOCore
import NestboxCore

@testable import HTTPAPI

/// A program's output as lines of `application/x-ndjson`. An input is a list of events.
enum RunEvents {
    private struct Stream: Hashable {
        var name: String
        var stage: String
    }

    private struct Event: Decodable {
        var event: String
        var stage: String?
        var text: String?
        var base64: String?
    }

    static func check(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        var lines = EventLines()
        var sent: [Stream: [UInt8]] = [:]
        var received: [Stream: [UInt8]] = [:]
        while !input.isEmpty {
            let kind = input.byte()
            let isCompile = kind & 16 != 0
            let stage = isCompile ? "compile" : "run"
            let event: RunEvent
            switch kind & 7 {
            case 0:
                event = .block(language: input.text(), line: Int(input.byte()))
            case 1:
                let verdict = Verdict.allCases[input.number(below: Verdict.allCases.count)]
                event = .result(verdict: verdict, exitCode: Int(input.byte()), signal: input.text(), compile: isCompile)
            case 2, 3, 4:
                let data = input.bytes()
                sent[Stream(name: "stdout", stage: stage), default: []] += data
                event = .stdout(data, compile: isCompile)
            default:
                let data = input.bytes()
                sent[Stream(name: "stderr", stage: stage), default: []] += data
                event = .stderr(data, compile: isCompile)
            }
            for line in lines.lines(for: event) { try take(line, &received) }
        }
        for line in lines.ends() { try take(line, &received) }
        try take(.started(id: "run_a"), &received)
        for (stream, bytes) in sent {
            try hold(received[stream, default: []] == bytes, "\(stream): \(bytes) became \(received[stream] ?? [])")
        }
    }

    /// Reads a line as a client would.
    private static func take(_ line: EventLine, _ received: inout [Stream: [UInt8]]) throws {
        let bytes = Array(buffer: try line.buffer())
        try hold(bytes.firstIndex(of: 0x0A) == bytes.count - 1, "an event is not one line: \(bytes)")
        // JSONSerialization leaves out a byte order mark at the start of a string.
        let event = try JSONDecoder().decode(Event.self, from: Data(bytes))
        guard event.event == "stdout" || event.event == "stderr" else { return }
        let stream = Stream(name: event.event, stage: event.stage ?? "")
        switch (event.text, event.base64) {
        case (let text?, nil):
            try hold(!text.isEmpty, "an event says nothing")
            received[stream, default: []] += text.utf8
        case (nil, let base64?):
            guard let data = Data(base64Encoded: base64) else { throw FuzzFinding("'\(base64)' is no base64") }
            try hold(String(validating: data, as: UTF8.self) == nil, "text was sent as base64")
            received[stream, default: []] += data
        default: throw FuzzFinding("an event has no output, or two: \(event)")
        }
    }
}
