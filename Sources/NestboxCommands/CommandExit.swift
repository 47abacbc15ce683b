// SPDX-License-Identifier: Apache-2.0
import Engine
import Isolation
import Languages
import NestboxCore

/// Exit code of the command line. The table of docs/cli.md is this file.
struct CommandExit: RawRepresentable, Sendable, Hashable {
    let rawValue: Int32

    init(rawValue: Int32) { self.rawValue = rawValue }

    static let success = CommandExit(rawValue: 0)
    /// A check came out negative: `doctor` without a usable driver, a compile error, a wrong answer.
    static let negative = CommandExit(rawValue: 1)
    /// Wrong options, an unusable configuration, or a request that cannot be run as asked (sysexits.h, `EX_USAGE`).
    static let usage = CommandExit(rawValue: 64)
    /// A time limit ended the run, as timeout(1) says it.
    static let timedOut = CommandExit(rawValue: 124)
    /// Nestbox failed.
    static let failure = CommandExit(rawValue: 125)
    /// The code was refused before it ran.
    static let refused = CommandExit(rawValue: 126)
    /// Nestbox killed the program because of a limit other than time: 128 + SIGKILL.
    static let killed = CommandExit(rawValue: 137)
    /// Nobody reads our output any more: 128 + SIGPIPE.
    static let brokenPipe = CommandExit(rawValue: 141)
    static let cancelled = Interrupt.interrupt.exitStatus

    /// The exit code for a run, from its verdict and how its program ended.
    init(_ stage: StageReport) {
        switch stage.verdict {
        case .ok: self = .success
        case .runtimeError: self = .ofProgram(stage.exitCode) ?? .negative
        case .compileError, .wrongAnswer: self = .negative
        case .wallTimeout, .cpuTimeout: self = .timedOut
        case .memoryLimit: self = .killed
        case .outputLimit, .processLimit, .diskLimit:
            self = .ofProgram(stage.exitCode) ?? .ofSignal(stage.signal) ?? .killed
        case .signaled: self = .ofSignal(stage.signal) ?? .failure
        case .policyViolation, .invalidSubmission: self = .refused
        case .cancelled: self = .cancelled
        case .internalError, .checkerFailed: self = .failure
        }
    }

    /// For a Markdown answer: the first block that was not ok.
    init(_ result: RunResult) {
        switch result {
        case .program(let report): self.init(report.stage)
        case .markdown(let report):
            self =
                report.blocks.lazy.map { CommandExit($0.report.stage) }.first { $0 != .success }
                ?? (report.verdict == .ok ? .success : .failure)
        }
    }

    /// The exit code for an error that ended a command; nil for an error that is none of Nestbox's.
    init?(_ error: any Error) {
        switch error {
        case let error as CommandError: self = error.status
        case is ConfigurationError, is LanguagePackError: self = .usage
        case let error as RequestError: self.init(error.code)
        case is ServiceError, is IsolationError: self = .failure
        case is BrokenPipe: self = .brokenPipe
        case is CancellationError: self = .cancelled
        default: return nil
        }
    }

    private init(_ code: RequestError.Code) {
        switch code {
        case .invalidJSON, .invalidField, .unknownField, .missingCode, .conflictingFields, .unknownLanguage,
            .languageUnavailable, .ambiguousLanguage, .invalidLimit, .invalidPath, .invalidEnvironment,
            .invalidArgument,
            .invalidPattern, .noCodeBlocks, .tooManyBlocks, .unknownIsolation, .unknownTemplate, .unsupportedVersion,
            .unsupportedMediaType, .payloadTooLarge, .notFound, .methodNotAllowed, .invalidConfiguration,
            .policyUnsupported, .unsupportedDeterminism:
            self = .usage
        case .isolationUnavailable, .isolationNotAllowed, .policyUnavailable, .requestTimeout, .unauthorized,
            .forbiddenOrigin, .queueFull,
            .shuttingDown, .batchesUnavailable:
            self = .failure
        }
    }

    /// The program's own code; nil when it has none that tells of a failure.
    private static func ofProgram(_ code: Int?) -> CommandExit? {
        guard let code, (1...255).contains(code) else { return nil }
        return CommandExit(rawValue: Int32(code))
    }

    /// 128 + the signal's number; nil for a name that is no signal.
    private static func ofSignal(_ name: String?) -> CommandExit? {
        guard let name, let number = SignalNumber.of(name) else { return nil }
        return CommandExit(rawValue: 128 + number)
    }
}
