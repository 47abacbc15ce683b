// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import NIOCore

/// Events of an execution as E2B's clients read them: one JSON object per line.
enum ExecutionLine {
    static let keepalive = ByteBuffer(string: "{\"type\":\"keepalive\"}\n")

    static func buffer(_ event: ExecutionEvent) throws -> ByteBuffer {
        switch event {
        case .started(let count): try line(["type": .text("number_of_executions"), "execution_count": .number(count)])
        case .stdout(let text, let date):
            try line(["type": .text("stdout"), "text": .text(text), "timestamp": .text(stamp(date))])
        case .stderr(let text, let date):
            try line(["type": .text("stderr"), "text": .text(text), "timestamp": .text(stamp(date))])
        case .result(let result): try line(result)
        case .error(let name, let value, let traceback):
            try line([
                "type": .text("error"), "name": .text(name), "value": .text(value), "traceback": .text(traceback),
            ])
        case .ended: try line(["type": .text("end_of_execution")])
        }
    }

    private enum Value: Encodable {
        case text(String)
        case number(Int)

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .number(let number): try container.encode(number)
            }
        }
    }

    private static func line(_ fields: [String: Value]) throws -> ByteBuffer {
        var buffer = try JSONOutput.buffer(fields)
        buffer.writeString("\n")
        return buffer
    }

    /// The JSON parts go in as the kernel wrote them: 1.0 stays 1.0.
    private static func line(_ result: ExecutionResult) throws -> ByteBuffer {
        var buffer = ByteBuffer(string: "{\"type\":\"result\",\"is_main_result\":\(result.isMain)")
        for (name, text) in result.texts.sorted(by: { $0.key < $1.key }) {
            buffer.writeString(",\"\(name)\":")
            var quoted = try JSONOutput.buffer(text)
            buffer.writeBuffer(&quoted)
        }
        for (name, json) in result.values.merging(["extra": "{}"], uniquingKeysWith: { own, _ in own }).sorted(by: {
            $0.key < $1.key
        }) {
            buffer.writeString(",\"\(name)\":\(json)")
        }
        buffer.writeString("}\n")
        return buffer
    }

    private static func stamp(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
