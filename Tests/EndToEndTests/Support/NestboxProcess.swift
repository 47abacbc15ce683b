// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Synchronization
import Testing

/// A `nestbox` that runs, with its output in files: nothing can block on a pipe, and what is there can be read at any time.
struct NestboxProcess: Sendable {
    let process: Process
    let home: URL
    private let stdoutFile: URL
    private let stderrFile: URL

    /// How it ended.
    struct Outcome: Sendable {
        /// As a shell tells it: 128 + number for a signal.
        let exitCode: Int
        let stdout: String
        let stderr: String

        /// The report of `--json`.
        func report() throws -> RunReport {
            try #require(!stdout.isEmpty, "no report; exit code \(exitCode), stderr: \(stderr)")
            return try JSONDecoder().decode(RunReport.self, from: Data(stdout.utf8))
        }
    }

    /// - Parameters:
    ///   - home: Scratch directory; also the working directory.
    ///   - launcher: A command that gets Nestbox's command as its last arguments and becomes it, or starts it.
    init(
        _ arguments: [String], home: URL, stdin: String? = nil, environment: [String: String] = [:],
        launcher: [String] = []
    ) throws {
        self.home = home
        let name = UUID().uuidString.prefix(8)
        stdoutFile = home.appending(path: "stdout-\(name)")
        stderrFile = home.appending(path: "stderr-\(name)")
        for file in [stdoutFile, stderrFile] { try Data().write(to: file) }
        process = Process()
        let command = launcher + [try Product.executable().path] + arguments
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.currentDirectoryURL = home
        process.environment = Product.environment(home: home, environment)
        process.standardOutput = try FileHandle(forWritingTo: stdoutFile)
        process.standardError = try FileHandle(forWritingTo: stderrFile)
        if let stdin {
            let file = home.appending(path: "stdin-\(name)")
            try Data(stdin.utf8).write(to: file)
            process.standardInput = try FileHandle(forReadingFrom: file)
        } else {
            process.standardInput = FileHandle.nullDevice
        }
        // Threads of the Swift runtime block signals, and children inherit that: SIGTERM would never reach them.
        var none = sigset_t()
        var blocked = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &blocked)
        defer { pthread_sigmask(SIG_SETMASK, &blocked, nil) }
        try process.run()
        let started = self
        Self.started.withLock { $0.append(started) }
    }

    /// Everything that was started, so that a failed test leaves nothing running.
    private static let started = Mutex<[NestboxProcess]>([])

    static func killAll(startedIn home: URL) {
        started.withLock { all in
            for one in all where one.home == home { one.signal(SIGKILL) }
            all.removeAll { $0.home == home }
        }
    }

    var pid: Int32 { process.processIdentifier }
    var stdout: String { String(decoding: (try? Data(contentsOf: stdoutFile)) ?? Data(), as: UTF8.self) }
    var stderr: String { String(decoding: (try? Data(contentsOf: stderrFile)) ?? Data(), as: UTF8.self) }

    func signal(_ number: Int32) { if process.isRunning { kill(pid, number) } }

    /// Waits for the end; after `limit` it is killed and the test fails.
    func finish(within limit: Duration = .seconds(90)) async throws -> Outcome {
        if await !eventually(within: limit, { !process.isRunning }) {
            signal(SIGKILL)
            Issue.record("nestbox \(process.arguments ?? []) did not end within \(limit); stderr: \(stderr)")
            _ = await eventually { !process.isRunning }
        }
        let code = Int(process.terminationStatus) + (process.terminationReason == .uncaughtSignal ? 128 : 0)
        return Outcome(exitCode: code, stdout: stdout, stderr: stderr)
    }
}

/// Runs `nestbox` to its end in a scratch directory of its own.
func nestbox(
    _ arguments: String..., stdin: String? = nil, environment: [String: String] = [:]
) async throws -> NestboxProcess.Outcome {
    try await nestbox(arguments, stdin: stdin, environment: environment)
}

func nestbox(
    _ arguments: [String], stdin: String? = nil, environment: [String: String] = [:]
) async throws -> NestboxProcess.Outcome {
    try await withScratchDirectory { home in
        try await NestboxProcess(arguments, home: home, stdin: stdin, environment: environment).finish()
    }
}
