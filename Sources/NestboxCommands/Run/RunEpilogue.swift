// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import NestboxCore

/// What happens when a run is over: collected files are written, the report or the summary is printed, the exit code is
/// found.
struct RunEpilogue: Sendable {
    let display: DisplayOptions
    let limits: EngineConfiguration
    let request: RunRequest
    let directory: OutputDirectory?
    /// What showed the run; nil with `--json`.
    let live: LiveOutput?
    let context: CommandContext

    func conclude(_ result: RunResult) async throws -> CommandExit {
        if display.json {
            try await context.printStyled(try JSONText.render(result, terminal: context.output.isTerminal))
        } else if !display.quiet {
            await summarise(result)
        }
        let delivered = await deliver(result)
        return delivered ? CommandExit(result) : .failure
    }

    private func summarise(_ result: RunResult) async {
        let summary = RunSummary(request: request.limits, defaults: limits.defaultLimits, compile: limits.compileLimits)
        for (label, report) in Self.reports(of: result) {
            if report.isolation.limitsEnforcedBy == "rlimit" {
                await remark("\(label)limits were held by setrlimit only, which is weaker than a cgroup")
            }
            if let line = summary.line(report) { await remark(label + line) }
        }
    }

    /// Writes the collected files; says what could not be written.
    ///
    /// - Returns: Whether every file with content is where it belongs.
    private func deliver(_ result: RunResult) async -> Bool {
        guard let directory else { return true }
        var complete = true
        for (index, (label, report)) in Self.reports(of: result).enumerated() {
            // Blocks may create files of the same name.
            let prefix = label.isEmpty ? "" : "block-\(index + 1)/"
            for file in report.files {
                guard let content = file.contentBase64 else {
                    await remark("\(label)'\(file.path)' was not fetched: \(file.skipped ?? "no content")")
                    continue
                }
                do {
                    guard let data = Data(base64Encoded: content) else {
                        throw CommandError.failure("'\(file.path)' did not arrive in base64")
                    }
                    try directory.write(Array(data), to: prefix + file.path)
                } catch {
                    complete = false
                    await remark("\(label)\(error)")
                }
            }
        }
        return complete
    }

    /// Every report with what to put in front of remarks about it: nothing for a program, the block for an answer.
    private static func reports(of result: RunResult) -> [(label: String, report: RunReport)] {
        switch result {
        case .program(let report): [("", report)]
        case .markdown(let markdown):
            markdown.blocks.enumerated().map { index, block in
                ("block \(index + 1) (\(block.language), line \(block.line)): ", block.report)
            }
        }
    }

    /// Says something on a line of its own, also when the program left the terminal's cursor behind its output.
    private func remark(_ message: String) async {
        try? await live?.endLine()
        await context.note(message)
    }
}
