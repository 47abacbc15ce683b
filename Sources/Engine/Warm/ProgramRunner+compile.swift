// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import NestboxCore
import Synchronization

extension ProgramRunner {
    /// Compiles, or puts in place what the compiler made of the same program before.
    ///
    /// - Parameter held: Of this very program, also where the cache keeps nothing of it.
    func compileStage(
        _ spec: ProgramSpec, _ program: PreparedProgram, _ sandbox: any Sandbox, _ held: HeldCompilation?,
        _ onEvent: @escaping @Sendable (RunEvent) async throws -> Void
    ) async throws -> StageOutcome {
        if let entry = held?.entry { return try await put(entry, of: program, into: sandbox, onEvent) }
        let key = compiled.flatMap { _ in
            CompileCache.key(of: program, spec, toolchain: versions.fingerprint(of: program.pack))
        }
        if let key, let entry = compiled?.find(key) {
            held?.hold(entry)
            return try await put(entry, of: program, into: sandbox, onEvent)
        }
        let outcome = try await stage(spec, program, sandbox, isCompile: true, onEvent)
        let mostBytes = max(held == nil ? 0 : HeldCompilation.mostBytes, key == nil ? 0 : compiled?.mostEntryBytes ?? 0)
        guard mostBytes > 0, outcome.verdict(isCompile: true) == .ok, !outcome.output.isOver else { return outcome }
        // A compiler's files that cannot be kept are no reason to fail: the program is compiled, and runs.
        let entry = try? await Deadline.within(Self.guestTime, "keep compiled files") {
            try await CompileCache.Entry.take(from: sandbox.guest, outcome.output, mostBytes: mostBytes)
        }
        if let entry {
            held?.hold(entry)
            if let key { compiled?.keep(entry, for: key) }
        }
        return outcome
    }

    private func put(
        _ entry: CompileCache.Entry, of program: PreparedProgram, into sandbox: any Sandbox,
        _ onEvent: @escaping @Sendable (RunEvent) async throws -> Void
    ) async throws -> StageOutcome {
        let clock = SuspendingClock()
        let began = clock.now
        try await Deadline.within(Self.guestTime, "put compiled files") {
            for file in entry.files {
                try await sandbox.guest.put(
                    file.content, at: file.path, root: SandboxPath.build, mode: file.executableMode)
            }
        }
        let outcome = StageOutcome.cached(
            entry.output, wall: began.duration(to: clock.now), limits: program.compileLimits)
        if !entry.output.stdout.isEmpty { try await onEvent(.stdout(entry.output.stdout, compile: true)) }
        if !entry.output.stderr.isEmpty { try await onEvent(.stderr(entry.output.stderr, compile: true)) }
        try await onEvent(.result(verdict: .ok, exitCode: 0, signal: nil, compile: true))
        return outcome
    }
}

/// What the compiler made of one program that runs several times, for as long as it does. The compile cache may be switched
/// off, or have no room for it.
final class HeldCompilation: Sendable {
    /// Larger results are made anew for each run.
    static let mostBytes = 128 << 20

    private let state = Mutex<CompileCache.Entry?>(nil)

    var entry: CompileCache.Entry? { state.withLock { $0 } }

    func hold(_ entry: CompileCache.Entry) { state.withLock { $0 = entry } }
}
