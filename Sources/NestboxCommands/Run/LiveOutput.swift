// SPDX-License-Identifier: Apache-2.0
import NestboxCore

/// Shows a run while it goes on: the program's standard output on ours, everything else on standard error.
///
/// What a compiler prints goes to standard error, both streams of it, so that our standard output holds the program's
/// output and nothing else. Pipes get the very bytes; terminals get them sanitised unless `--raw` is given.
actor LiveOutput {
    private enum Stream: CaseIterable { case output, errors }

    private let output: any OutputSink
    private let errors: any OutputSink
    private let quiet: Bool
    private let raw: Bool
    private var sanitizers: [Stream: TerminalSanitizer] = [:]
    /// Whether the terminal's cursor stands behind something that the program wrote.
    private var midLine = false
    private var blocks = 0

    init(output: any OutputSink, errors: any OutputSink, quiet: Bool, raw: Bool) {
        self.output = output
        self.errors = errors
        self.quiet = quiet
        self.raw = raw
    }

    init(output: any OutputSink, errors: any OutputSink, _ display: DisplayOptions) {
        self.init(output: output, errors: errors, quiet: display.quiet, raw: display.raw)
    }

    func show(_ event: RunEvent) async throws {
        switch event {
        case .stdout(let bytes, compile: false): try await write(bytes, to: .output)
        case .stdout(let bytes, compile: true), .stderr(let bytes, compile: _): try await write(bytes, to: .errors)
        case .block(let language, let line):
            try await finish()
            blocks += 1
            guard !quiet else { return }
            try await endLine()
            let heading = TerminalSanitizer.line("--- block \(blocks): \(language), line \(line) ---")
            try await errors.write(Array("\(heading)\n".utf8))
        case .result, .report: break
        }
    }

    /// Writes what was kept back. Call it when the run is over.
    func finish() async throws {
        for stream in Stream.allCases {
            guard var sanitizer = sanitizers[stream] else { continue }
            let rest = sanitizer.finish()
            sanitizers[stream] = sanitizer
            try await put(rest, on: stream)
        }
    }

    /// Ends a line that the program left open on the terminal, so that a remark of ours stands on a line of its own.
    func endLine() async throws {
        guard midLine else { return }
        midLine = false
        if errors.isTerminal { try await errors.write([UInt8(ascii: "\n")]) }
    }

    private func write(_ bytes: [UInt8], to stream: Stream) async throws {
        guard sink(stream).isTerminal, !raw else { return try await put(bytes, on: stream) }
        var sanitizer = sanitizers[stream] ?? TerminalSanitizer()
        let safe = sanitizer.sanitize(bytes)
        sanitizers[stream] = sanitizer
        try await put(safe, on: stream)
    }

    private func put(_ bytes: [UInt8], on stream: Stream) async throws {
        guard let last = bytes.last else { return }
        try await sink(stream).write(bytes)
        if sink(stream).isTerminal { midLine = last != UInt8(ascii: "\n") }
    }

    private func sink(_ stream: Stream) -> any OutputSink { stream == .output ? output : errors }
}
