// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NestboxCore

/// One line of `application/x-ndjson`.
enum EventLine: Encodable {
    /// The run has an identifier; always the first line.
    case started(id: String)
    /// A code block of a `markdown` request begins.
    case block(language: String, line: Int)
    case output(stream: String, stage: String, OutputPiece)
    case result(stage: String, verdict: Verdict, exitCode: Int?, signal: String?)
    /// The last line of a run that was reported.
    case report(RunResult)
    /// The last line of a run that was not.
    case error(Problem)

    enum CodingKeys: String, CodingKey {
        case event, id, language, line, stage, text, base64, verdict, signal, report, problem
        case exitCode = "exit_code"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .started(let id):
            try container.encode("started", forKey: .event)
            try container.encode(id, forKey: .id)
        case .block(let language, let line):
            try container.encode("block", forKey: .event)
            try container.encode(language, forKey: .language)
            try container.encode(line, forKey: .line)
        case .output(let stream, let stage, let piece):
            try container.encode(stream, forKey: .event)
            try container.encode(stage, forKey: .stage)
            switch piece {
            case .text(let text): try container.encode(text, forKey: .text)
            case .base64(let text): try container.encode(text, forKey: .base64)
            }
        case .result(let stage, let verdict, let exitCode, let signal):
            try container.encode("result", forKey: .event)
            try container.encode(stage, forKey: .stage)
            try container.encode(verdict, forKey: .verdict)
            try container.encode(exitCode, forKey: .exitCode)
            try container.encode(signal, forKey: .signal)
        case .report(let result):
            try container.encode("report", forKey: .event)
            try container.encode(result, forKey: .report)
        case .error(let problem):
            try container.encode("error", forKey: .event)
            try container.encode(problem, forKey: .problem)
        }
    }

    func buffer() throws -> ByteBuffer {
        var buffer = try JSONOutput.buffer(self)
        buffer.writeInteger(UInt8(ascii: "\n"))
        return buffer
    }
}

/// Turns the events of a run into lines.
struct EventLines {
    private struct Stream: Hashable {
        var name: String
        var stage: String
    }

    private var pieces: [Stream: UTF8Pieces] = [:]

    mutating func lines(for event: RunEvent) -> [EventLine] {
        switch event {
        case .block(let language, let line): ends() + [.block(language: language, line: line)]
        case .stdout(let bytes, let compile): output(bytes, Stream(name: "stdout", stage: stage(compile)))
        case .stderr(let bytes, let compile): output(bytes, Stream(name: "stderr", stage: stage(compile)))
        case .result(let verdict, let exitCode, let signal, let compile):
            // What a stage left unfinished belongs before the stage's result.
            ends(of: stage(compile)) + [
                .result(stage: stage(compile), verdict: verdict, exitCode: exitCode, signal: signal)
            ]
        // The report is written from what the run returns.
        case .report: []
        }
    }

    /// What is left when the run has ended.
    mutating func ends() -> [EventLine] { ends(of: "compile") + ends(of: "run") }

    private func stage(_ compile: Bool) -> String { compile ? "compile" : "run" }

    private mutating func output(_ bytes: [UInt8], _ stream: Stream) -> [EventLine] {
        guard let piece = pieces[stream, default: UTF8Pieces()].next(bytes) else { return [] }
        return [.output(stream: stream.name, stage: stream.stage, piece)]
    }

    private mutating func ends(of stage: String) -> [EventLine] {
        ["stdout", "stderr"].compactMap { name in
            pieces[Stream(name: name, stage: stage)]?.end().map { .output(stream: name, stage: stage, $0) }
        }
    }
}
