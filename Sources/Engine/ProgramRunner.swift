// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestWire
import Isolation
import Languages
import Logging
import NestboxCore

/// Runs one prepared program: sandbox, files, compile, run, collect, destroy.
struct ProgramRunner: Sendable {
    /// Bounds on what a collection looks at, whatever the program left behind.
    private static let mostEntries: UInt32 = 20_000
    private static let mostDepth: UInt32 = 32
    /// How long the guest may take to write or read files.
    static let guestTime = Duration.seconds(60)
    /// Files of no more than this altogether are sent along with the program, which spares the time of an answer. Larger ones
    /// come first: to write them is no part of the program's time.
    private static let mostBytesAlong = 64 << 10

    let configuration: EngineConfiguration
    let versions: ToolchainVersions
    /// Nil: every run starts cold.
    let warm: WarmStarts?
    /// Removes what a run leaves, beside the runs; nil removes it before the run is over.
    let reaper: SandboxReaper?
    /// Nil compiles each time.
    let compiled: CompileCache?
    /// Languages whose interpreters run the checks of policies, by name, as far as they are installed.
    let checkerPacks: [String: LanguagePack]
    let logger: Logger
    /// For programs that are kept on one processor.
    private let processors = ProcessorPlaces()

    /// - Parameters:
    ///   - place: The program's place in a pair, where it is of one; see ``PairRunner``.
    ///   - held: What the compiler made of this program, for whoever runs it more than once.
    /// - Throws: ``ServiceError`` when no sandbox could be made; `CancellationError` when the run was cancelled before it had
    ///   one; what `onEvent` throws. Everything else is in the report.
    func run(
        _ program: PreparedProgram, id: String, input: ProgramInput? = nil, place: PairPlace? = nil,
        held: HeldCompilation? = nil, queued: Duration,
        onEvent: @escaping @Sendable (RunEvent) async throws -> Void
    ) async throws -> RunReport {
        let pack = program.pack
        async let version = versions.version(of: pack, driver: program.driver)
        let violations = try await violations(of: program, id: id)
        if !violations.isEmpty {
            let language = LanguageReport(
                name: pack.name, version: await version, detectedBy: program.language.detectedBy,
                confidence: program.language.confidence)
            return ReportBuilder(program: program, id: id).refusal(
                violations, language: language, timings: Timings(queueMilliseconds: queued.reportedMilliseconds))
        }
        var timings = Timings(queueMilliseconds: queued.reportedMilliseconds)
        let taken: WarmStarts.Taken
        let clock = SuspendingClock()
        let taking = clock.now
        do {
            let compiles = pack.compile != nil
            var limits = program.limits
            if compiles { limits.raise(to: program.compileLimits) }
            let spec = SandboxSpec(
                id: id, limits: limits, buildBytes: compiles ? program.compileLimits.diskBytes : nil)
            // Whether something was prepared shows in a report, which shall be the same each time.
            if let warm, program.conditions == nil, warm.serves(program.driver) {
                taken = try await warm.sandbox(for: program, spec)
            } else {
                taken = .init(sandbox: try await program.driver.makeSandbox(spec), adopted: nil, start: .cold)
            }
        } catch {
            if Task.isCancelled { throw CancellationError() }
            logger.error("sandbox failed", metadata: ["run": "\(id)", "error": "\(error)"])
            throw ServiceError(.isolationFailed, "the sandbox could not be made: \(error)")
        }
        let sandbox = taken.sandbox
        timings.sandboxMilliseconds = taking.duration(to: clock.now).reportedMilliseconds

        var result: StageResults
        do {
            result = try await runStages(program, in: taken, input: input, place: place, held: held, onEvent: onEvent)
        } catch {
            await destroy(sandbox, id: id)
            warm?.refill()
            throw error
        }
        var collected: [CollectedFile] = []
        let collecting = clock.now
        // A sandbox that a limit ended whole, its agent included, has nobody any more who could collect.
        let isGone = result.run?.stopped != nil && sandbox.guest.isClosed
        if !program.collect.isEmpty, result.run?.stopped != .cancelled, result.failure == nil, !Task.isCancelled,
            !isGone
        {
            (collected, result.uncollected) = await collect(program, from: sandbox, id: id)
        }
        timings.collectMilliseconds = collecting.duration(to: clock.now).reportedMilliseconds
        await destroy(sandbox, id: id)
        if let warm { AfterAnswer.perform { warm.refill() } }

        timings.runMilliseconds = ((result.compile?.wall ?? .zero) + (result.run?.wall ?? .zero)).reportedMilliseconds
        let isolation = IsolationReport(
            driver: program.driver.name, start: result.startedCold ? "cold" : taken.start.rawValue,
            limitsEnforcedBy: sandbox.limitsEnforcedBy,
            enforcement: sandbox.enforcement)
        let language = LanguageReport(
            name: pack.name, version: await version, detectedBy: program.language.detectedBy,
            confidence: program.language.confidence)
        return ReportBuilder(program: program, id: id).report(
            result, language: language, files: collected, isolation: isolation, timings: timings)
    }

    // MARK: Stages

    private func runStages(
        _ program: PreparedProgram, in taken: WarmStarts.Taken, input: ProgramInput?, place: PairPlace?,
        held: HeldCompilation?,
        onEvent: @escaping @Sendable (RunEvent) async throws -> Void
    ) async throws -> StageResults {
        var results = StageResults()
        let sandbox = taken.sandbox
        do {
            var files = program.files.map { GuestInput(path: $0.path, content: $0.content) }
            if program.compileSpec != nil { try await put(&files, sandbox) }
            if let compile = program.compileSpec {
                let outcome = try await compileStage(compile, program, sandbox, held, onEvent)
                results.compile = outcome
                guard outcome.verdict(isCompile: true) == .ok else { return results }
                try await sandbox.apply(program.limits)
            }
            files += program.laterFiles.map { GuestInput(path: $0.path, content: $0.content) }
            if files.reduce(0, { $0 + $1.content.count }) > Self.mostBytesAlong { try await put(&files, sandbox) }
            if let place, await !place.link.begin(place.side) {
                results.isCancelled = true
                return results
            }
            let processor = program.conditions.map { _ in processors.take() }
            defer { processor.map { processors.give(back: $0) } }
            if let processor {
                sandbox.guest.setConditions(
                    processor: processor, fixedAddresses: program.driver.properties.fixedAddresses)
            }
            do {
                results.run = try await stage(
                    program.runSpec, program, sandbox, adopted: taken.adopted, files: files, input: input, place: place,
                    isCompile: false, onEvent)
            } catch let error as ProgramStartError where taken.adopted != nil && error.step == .descriptors {
                // The interpreter that waited is gone, killed for want of memory perhaps. Nothing of the program has run.
                results.startedCold = true
                results.run = try await stage(
                    program.runSpec, program, sandbox, files: files, input: input, place: place, isCompile: false,
                    onEvent)
            }
        } catch let error as GuestRequestError where error.isFull {
            results.noRoomForInput = true
        } catch is CancellationError {
            results.isCancelled = true
        } catch let error as IsolationError {
            results.failure = "\(error)"
        } catch let error as GuestRequestError {
            results.failure = "\(error)"
        } catch let error as ProgramStartError {
            let spec = results.compile == nil ? program.compileSpec ?? program.runSpec : program.runSpec
            results.failure = "\(spec.arguments.first ?? ""): \(error)"
        }
        return results
    }

    /// Writes files, and leaves none to be written.
    private func put(_ files: inout [GuestInput], _ sandbox: any Sandbox) async throws {
        let wanted = files
        files = []
        try await Deadline.within(Self.guestTime, "put files") {
            for file in wanted {
                try await sandbox.guest.put(file.content, at: file.path, root: file.root, mode: file.mode)
            }
        }
    }

    func stage(
        _ spec: ProgramSpec, _ program: PreparedProgram, _ sandbox: any Sandbox, adopted: AdoptedProgram? = nil,
        files: [GuestInput] = [], input: ProgramInput? = nil, place: PairPlace? = nil, isCompile: Bool,
        _ onEvent: @escaping @Sendable (RunEvent) async throws -> Void
    ) async throws -> StageOutcome {
        let limits = isCompile ? program.compileLimits : program.limits
        let runner = StageRunner(
            sandbox: sandbox, limits: limits, stdin: isCompile ? [] : program.stdin, files: files, input: input,
            place: place,
            isCompile: isCompile, onEvent: onEvent)
        let outcome = try await runner.run(spec, adopted: adopted)
        try await onEvent(
            .result(
                verdict: outcome.verdict(isCompile: isCompile), exitCode: outcome.end?.exitCode,
                signal: outcome.end?.signalName, compile: isCompile))
        return outcome
    }

    // MARK: Files

    private func collect(
        _ program: PreparedProgram, from sandbox: any Sandbox, id: String
    ) async -> ([CollectedFile], StageResults.Uncollected?) {
        let spec = CollectSpec(
            root: SandboxPath.home, patterns: program.collect, mostFiles: UInt32(configuration.collectFiles),
            mostFileBytes: UInt64(configuration.collectBytes), mostTotalBytes: UInt64(configuration.collectBytes),
            mostEntries: Self.mostEntries, mostDepth: Self.mostDepth)
        do {
            let files = try await Deadline.within(Self.guestTime, "collect files") {
                try await sandbox.guest.collect(spec).files.map(CollectedFile.init)
            }
            return (files, nil)
        } catch {
            logger.warning("files could not be collected", metadata: ["run": "\(id)", "error": "\(error)"])
            // Anything else is the program's own doing, such as a working directory that it removed, or the client's.
            guard let error = error as? IsolationError else { return ([], nil) }
            // Files are memory: a program that left none for the agent has met its limit.
            let isFull = ((try? sandbox.usage())?.memoryKills ?? 0) > 0
            return ([], isFull ? .memory : .failure("\(error)"))
        }
    }
}

extension ProgramRunner {
    func destroy(_ sandbox: any Sandbox, id: String) async {
        if let reaper { return await reaper.destroyLater(sandbox, id: id) }
        do {
            try await sandbox.destroy()
        } catch {
            logger.error("sandbox could not be removed", metadata: ["run": "\(id)", "error": "\(error)"])
        }
    }
}

/// What the stages of a program came to.
struct StageResults: Sendable {
    var compile: StageOutcome?
    var run: StageOutcome?
    var isCancelled = false
    /// Why files that were asked for are not there.
    var uncollected: Uncollected?
    /// The caller's own files did not fit into `disk_bytes`.
    var noRoomForInput = false
    /// The interpreter that waited could not be used.
    var startedCold = false
    var failure: String?

    enum Uncollected: Sendable {
        /// Our own failure.
        case failure(String)
        /// The sandbox had no memory left.
        case memory
    }
}

extension Limits {
    /// Each limit at least as large as in `other`; time and output stay.
    mutating func raise(to other: Limits) {
        memoryBytes = max(memoryBytes, other.memoryBytes)
        processes = max(processes, other.processes)
        openFiles = max(openFiles, other.openFiles)
        milliCPU = max(milliCPU, other.milliCPU)
    }
}

extension CollectedFile {
    init(_ file: GuestFile) {
        let reason: String? =
            switch file.skip {
            case .none: nil
            case .tooLarge: "too_large"
            case .totalTooLarge: "total_too_large"
            case .notAFile: "not_a_file"
            case .unreadable: "unreadable"
            }
        self.init(
            path: String(decoding: file.path, as: UTF8.self), sizeBytes: Int(clamping: file.size),
            contentBase64: reason == nil ? Data(file.content).base64EncodedString() : nil, skipped: reason)
    }
}
