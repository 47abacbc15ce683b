// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import NestboxCore
import Synchronization

/// Runs one program in a sandbox under limits, all of them watched from the host.
struct StageRunner: Sendable {
    /// How long the guest may take to kill its processes before the whole sandbox is killed.
    private static let killGrace = Duration.milliseconds(500)

    let sandbox: any Sandbox
    let limits: Limits
    let stdin: [UInt8]
    /// Files that are not there yet; see ``GuestSession/start(_:behind:endsSandboxProcesses:adopted:)``.
    var files: [GuestInput] = []
    /// Input that comes while the program runs, instead of ``stdin``.
    var input: ProgramInput?
    /// Who reads what the program prints, and whose end is the program's too.
    var place: PairPlace?
    let isCompile: Bool
    /// Until the program is started, its own limits say nothing. An emulated machine among many takes seconds.
    var startTime = Duration.seconds(30)
    let onEvent: @Sendable (RunEvent) async throws -> Void

    /// Runs to the end. The program's failure is a value; cancellation of the task ends the run as `cancelled`.
    ///
    /// - Throws: What `onEvent` throws, after the program was stopped; ``ProgramStartError`` when it never started;
    ///   ``IsolationError`` `guest_failed` when the agent says nothing of its start within ``startTime``;
    ///   ``GuestRequestError`` when one of its files could not be written.
    func run(_ spec: ProgramSpec, adopted: AdoptedProgram? = nil) async throws -> StageOutcome {
        let before = try sandbox.usage()
        let clock = SuspendingClock()
        let began = clock.now
        let hasNoInput = stdin.isEmpty && input == nil
        let program = try await Deadline.within(startTime, "start \(spec.arguments.first ?? "")") {
            try await sandbox.guest.start(spec, behind: files, closesInput: hasNoInput, adopted: adopted)
        }
        let stop = Stopper(sandbox: sandbox, grace: Self.killGrace, place: place)
        if let place { place.link.run(place.side) { stop.now(.partnerEnded) } }
        let watch = StageWatch(sandbox: sandbox, limits: limits, since: began, before: before) { stop.now($0) }
        let seen: Seen
        if hasNoInput {
            seen = await listen(to: program, stop)
        } else {
            seen = await withTaskGroup(of: Void.self) { group in
                group.addTask { await feed(program) }
                let seen = await listen(to: program, stop)
                group.cancelAll()
                return seen
            }
        }
        watch.end()
        if let place { place.link.end(place.side) }
        await stop.finish()
        if let error = seen.listenerError, !(error is CancellationError) { throw error }
        var output = seen.output
        if seen.ended == nil { output.cutOff() }

        let wall = began.duration(to: clock.now)
        let after = try sandbox.usage()
        return StageOutcome(
            end: seen.ended?.0, stopped: stop.reason, failure: seen.failure, output: output, wall: wall,
            cpu: after.cpu - before.cpu, memoryPeakBytes: after.memoryPeakBytes,
            memoryKills: after.memoryKills - before.memoryKills,
            hostMemoryKills: after.hostMemoryKills - before.hostMemoryKills,
            processRefusals: after.processRefusals - before.processRefusals, space: seen.ended?.1, limits: limits)
    }

    /// What a program let be known of itself.
    private struct Seen {
        var output: CappedOutput
        var ended: (ProcessEnd, ScratchSpace)?
        var failure: String?
        var listenerError: (any Error)?
    }

    private func listen(to program: GuestProgram, _ stop: Stopper) async -> Seen {
        var seen = Seen(output: CappedOutput(limit: limits.outputBytes))
        var said = 0
        do {
            while let event = try await program.next() {
                switch event {
                case .ended(let end, let space): seen.ended = (end, space)
                case .output(.stdout, let bytes) where place != nil:
                    guard let place, stop.reason == nil else { continue }
                    said += bytes.count
                    seen.output.appendTalk(bytes, kept: place.keptBytes)
                    if said > place.mostBytes {
                        stop.now(.output)
                    } else {
                        await place.link.say(bytes, from: place.side)
                    }
                case .output(let stream, let bytes):
                    let kept =
                        stream == .stdout ? seen.output.appendStdout(bytes) : seen.output.appendStderr(bytes)
                    if seen.output.isOver { stop.now(.output) }
                    guard !kept.isEmpty, seen.listenerError == nil else { continue }
                    do {
                        try await onEvent(
                            stream == .stdout ? .stdout(kept, compile: isCompile) : .stderr(kept, compile: isCompile))
                    } catch {
                        // Go on draining: the program's end still has to be seen.
                        seen.listenerError = error
                        stop.now(.cancelled)
                    }
                }
            }
        } catch is CancellationError {
            stop.now(.cancelled)
        } catch {
            // The whole sandbox was killed on our order, or the guest failed.
            if stop.reason == nil { seen.failure = "\(error)" }
        }
        return seen
    }

    private func feed(_ program: GuestProgram) async {
        if let input { return await input.feed(program) }
        try? await program.write(stdin)
        program.closeInput()
    }
}

/// Ends a stage early, once, for the first reason given.
private final class Stopper: Sendable {
    private struct State {
        var reason: StopReason?
        var killer: Task<Void, Never>?
    }

    private let sandbox: any Sandbox
    private let grace: Duration
    private let place: PairPlace?
    private let state = Mutex(State())

    init(sandbox: any Sandbox, grace: Duration, place: PairPlace?) {
        self.sandbox = sandbox
        self.grace = grace
        self.place = place
    }

    var reason: StopReason? { state.withLock { $0.reason } }

    /// The guest kills the programs, so that their output and end still arrive; a guest that cannot is killed itself.
    func now(_ reason: StopReason) {
        state.withLock { state in
            guard state.reason == nil else { return }
            state.reason = reason
            // Not a child task: it must do its work although the run's own tasks are being cancelled. finish() awaits it.
            state.killer = Task { [sandbox, grace] in
                let isDone = await withTaskGroup(of: Bool.self) { group in
                    group.addTask { (try? await sandbox.guest.killAll()) != nil }
                    group.addTask {
                        try? await Task.sleep(for: grace)
                        return false
                    }
                    let first = await group.next() ?? false
                    group.cancelAll()
                    return first
                }
                if !isDone { sandbox.guest.close() }
            }
        }
        // Whoever waits for the other to take what this one said need not.
        guard let place else { return }
        if reason == .partnerEnded { place.link.hush(place.side) } else { place.link.giveUp(place.side) }
    }

    func finish() async {
        await state.withLock { $0.killer }?.value
    }
}
