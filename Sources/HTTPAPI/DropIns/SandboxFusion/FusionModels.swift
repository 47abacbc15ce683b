// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore

/// Body of `POST /run_code`. Unknown fields are ignored, as there.
struct FusionRun: Decodable, Sendable {
    let code: String
    let language: String
    let stdin: String?
    let limits: FusionLimits
    /// Path to base64; a file without content is none.
    let files: [String: String?]
    let fetchFiles: [String]

    private enum Key: String, CodingKey {
        case code, language, stdin, files
        case fetchFiles = "fetch_files"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        code = try container.decode(String.self, forKey: .code)
        language = try container.decode(String.self, forKey: .language)
        stdin = try container.decodeIfPresent(String.self, forKey: .stdin)
        files = try container.decodeIfPresent([String: String?].self, forKey: .files) ?? [:]
        fetchFiles = try container.decodeIfPresent([String].self, forKey: .fetchFiles) ?? []
        limits = try FusionLimits(from: decoder, standard: 10)
    }

    /// - Parameter language: The name it has here.
    func request(language: String) -> RunRequest {
        RunRequest(
            code: code,
            files: files.sorted { $0.key < $1.key }.compactMap { path, content in
                content.map { FileInput(path: path, contentBase64: $0) }
            },
            language: language, stdin: stdin, limits: limits.run, compileLimits: limits.compile,
            collect: fetchFiles.map(Self.pattern))
    }

    /// A pattern that matches exactly this path.
    private static func pattern(_ path: String) -> String {
        var pattern = ""
        for character in path.hasPrefix("./") ? path.dropFirst(2) : path[...] {
            pattern += "*?[".contains(character) ? "[\(character)]" : "\(character)"
        }
        return pattern
    }
}

/// Times in seconds and memory in megabytes, as clients give them.
struct FusionLimits: Decodable, Sendable {
    var compileTimeout: Double?
    var runTimeout: Double?
    var memoryMegabytes: Int?

    private enum Key: String, CodingKey {
        case compileTimeout = "compile_timeout"
        case runTimeout = "run_timeout"
        case memoryMegabytes = "memory_limit_MB"
    }

    init(from decoder: any Decoder) throws { try self.init(from: decoder, standard: nil) }

    /// - Parameter standard: Seconds where none are given; nil leaves them to the server.
    init(from decoder: any Decoder, standard: Double?) throws {
        let container = try decoder.container(keyedBy: Key.self)
        func seconds(_ key: Key) throws -> Double? {
            guard let value = try container.decodeIfPresent(Double.self, forKey: key) else { return standard }
            guard value > 0 else {
                throw RequestError(
                    .invalidLimit, "\(key.rawValue) is \(value); it must be more than 0 seconds", field: key.rawValue)
            }
            return value
        }
        compileTimeout = try seconds(.compileTimeout)
        runTimeout = try seconds(.runTimeout)
        // -1 is no limit there; here it is the server's.
        memoryMegabytes = try container.decodeIfPresent(Int.self, forKey: .memoryMegabytes).flatMap {
            $0 > 0 ? $0 : nil
        }
    }

    var run: LimitsRequest {
        let time = Self.milliseconds(runTimeout)
        // There is no limit of CPU time of its own there.
        return LimitsRequest(
            wallMilliseconds: time, cpuMilliseconds: time,
            memoryBytes: memoryMegabytes.map { $0.multipliedReportingOverflow(by: 1 << 20) }
                .map { $0.overflow ? .max : $0.partialValue })
    }

    var compile: LimitsRequest? {
        compileTimeout.map { LimitsRequest(wallMilliseconds: Self.milliseconds($0)) }
    }

    private static func milliseconds(_ seconds: Double?) -> Int? {
        seconds.map { Int(exactly: ($0 * 1000).rounded(.up)) ?? .max }
    }

    /// `error` with the names that clients know.
    static func inOwnWords(_ error: RequestError) -> RequestError {
        guard error.code == .invalidLimit else { return error }
        let names = [
            "compile_limits.wall_ms": "compile_timeout", "limits.wall_ms": "run_timeout",
            "limits.cpu_ms": "run_timeout", "limits.memory_bytes": "memory_limit_MB",
        ]
        guard let field = error.field, let name = names[field] else { return error }
        let unit = field.hasSuffix("_ms") ? " (in milliseconds)" : " (in bytes)"
        return RequestError(error.code, error.message.replacing(field, with: name + unit), field: name)
    }
}

/// Answer of `POST /run_code`.
struct FusionAnswer: Encodable, Sendable {
    enum Status: String, Encodable, Sendable {
        case success = "Success"
        case failed = "Failed"
        case sandboxError = "SandboxError"
    }

    var status: Status
    var message = ""
    var compileResult: FusionCommand?
    var runResult: FusionCommand?
    var files: [String: String] = [:]

    init(failure message: String) {
        status = .sandboxError
        self.message = message
    }

    init(_ report: RunReport) {
        compileResult = report.compile.map(FusionCommand.init)
        let hasRun = report.compile.map { $0.verdict == .ok } ?? true
        runResult = hasRun ? FusionCommand(report.stage) : nil
        status = report.verdict == .ok ? .success : .failed
        // There, only a number would tell.
        switch report.verdict {
        case .memoryLimit, .outputLimit, .processLimit, .diskLimit: message = report.verdict.rawValue
        case .policyViolation: message = report.error?.message ?? report.verdict.rawValue
        default: break
        }
        for file in report.files { files[file.path] = file.contentBase64 }
    }

    /// Of an answer that unit tests have judged. What was wrong stands where a traceback would.
    init(_ report: UnitTestReport) {
        compileResult = report.compile.map(FusionCommand.init)
        var stage = report.submission
        if report.verdict != .ok {
            let place = report.line.map { "line \($0) of the tests: \(report.text ?? "")\n" } ?? ""
            if !stage.stderr.isEmpty, !stage.stderr.hasSuffix("\n") { stage.stderr += "\n" }
            stage.stderr += place + report.message + "\n"
            if stage.verdict == .ok || stage.verdict == .cancelled {
                (stage.verdict, stage.exitCode, stage.signal) = (.runtimeError, 1, nil)
            }
        }
        let hasRun = report.compile.map { $0.verdict == .ok } ?? true
        runResult = hasRun ? FusionCommand(stage) : nil
        status = report.verdict == .ok ? .success : .failed
        switch report.verdict {
        case .memoryLimit, .outputLimit, .processLimit, .diskLimit: message = report.verdict.rawValue
        case .policyViolation: message = report.message
        default: break
        }
    }

    enum CodingKeys: String, CodingKey {
        case status, message, files
        case compileResult = "compile_result"
        case runResult = "run_result"
        case executorPodName = "executor_pod_name"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(status, forKey: .status)
        try container.encode(message, forKey: .message)
        try container.encode(compileResult, forKey: .compileResult)
        try container.encode(runResult, forKey: .runResult)
        try container.encodeNil(forKey: .executorPodName)
        try container.encode(files, forKey: .files)
    }
}

/// One stage.
struct FusionCommand: Encodable, Sendable {
    let status: String
    /// Seconds.
    let executionTime: Double
    /// Nil when time was up; minus the signal's number when a signal ended it.
    let returnCode: Int?
    let stdout: String
    let stderr: String

    init(_ stage: StageReport) {
        let isLate = stage.verdict == .wallTimeout || stage.verdict == .cpuTimeout
        status = isLate ? "TimeLimitExceeded" : "Finished"
        executionTime = stage.wallMilliseconds / 1000
        let killed = stage.signal.flatMap { SignalNumber.of($0) }.map { -Int($0) }
        let failed = stage.verdict == .ok ? 0 : -9
        returnCode = isLate ? nil : stage.exitCode.map { $0 == 0 ? failed : $0 } ?? killed ?? failed
        stdout = stage.stdout
        stderr = stage.stderr
    }

    enum CodingKeys: String, CodingKey {
        case status, stdout, stderr
        case executionTime = "execution_time"
        case returnCode = "return_code"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(status, forKey: .status)
        try container.encode(executionTime, forKey: .executionTime)
        try container.encode(returnCode, forKey: .returnCode)
        try container.encode(stdout, forKey: .stdout)
        try container.encode(stderr, forKey: .stderr)
    }
}
