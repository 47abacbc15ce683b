// SPDX-License-Identifier: Apache-2.0

/// One context: its kernel, started when it is first needed and again when it has ended, and the executions in it, one at a
/// time.
actor ContextRunner {
    /// How often an execution that nobody waits for is interrupted, once a second, before its kernel is killed.
    private static let interrupts = 10

    nonisolated let info: InterpreterContext
    private weak var computer: (any Computer)?
    private let turns = Turns()
    private var kernel: Kernel?
    private var executions = 0
    private var isDeleted = false

    init(_ info: InterpreterContext, on computer: any Computer) {
        self.info = info
        self.computer = computer
    }

    /// Starts the kernel, unless it runs or is being started.
    ///
    /// - Throws: ``InterpreterError`` `kernelFailure` or `gone`.
    func warmUp() async throws(InterpreterError) {
        guard kernel == nil, turns.tryTake() else { return }
        defer { turns.give() }
        _ = try await runningKernel()
    }

    /// Ends the kernel. What runs in it ends with `ContextRestarting`.
    func restart() {
        kernel?.kill()
        kernel = nil
    }

    func delete() {
        isDeleted = true
        restart()
    }

    private func runningKernel() async throws(InterpreterError) -> Kernel {
        if let kernel { return kernel }
        guard let computer, !isDeleted else { throw InterpreterError(.gone, "the context is gone") }
        let started = try await Kernel.start(info.language, directory: info.directory, on: computer)
        if isDeleted {
            started.kill()
            throw InterpreterError(.gone, "the context is gone")
        }
        kernel = started
        return started
    }

    /// Begins an execution; a kernel that is not there is started first.
    ///
    /// - Throws: ``InterpreterError`` when the kernel cannot be started.
    func begin(_ request: ExecutionRequest) async throws(InterpreterError) -> Execution {
        try await warmUp()
        let execution = Execution()
        // A task of its own: what was begun must end in order, whoever has stopped listening.
        Task { await perform(request, execution) }
        return execution
    }

    private func perform(_ request: ExecutionRequest, _ execution: Execution) async {
        await turns.take()
        defer { turns.give() }
        guard !execution.isAbandoned else { return execution.finish(.success(())) }
        var used: Kernel?
        do {
            let kernel = try await runningKernel()
            used = kernel
            executions += 1
            let id = executions
            try await kernel.execute(id, code: request.code, environment: request.environment)
            execution.whenAbandoned { Task { await self.stop(id, of: kernel) } }
            execution.finish(try await relay(id, from: kernel, to: execution))
        } catch let error as InterpreterError {
            await execution.give(.error(name: "KernelError", value: error.message, traceback: error.message))
            await execution.give(.ended)
            execution.finish(error.code == .gone && !isDeleted ? .failure(error) : .success(()))
        } catch {
            // It takes nothing any more: it has ended since the last execution.
            if let used { forget(used) }
            await kernelHasEnded(execution)
        }
        // No number is under way any more.
        finished = executions
    }

    private var finished = 0

    private func relay(_ id: Int, from kernel: Kernel, to execution: Execution) async throws -> Result<
        Void, InterpreterError
    > {
        while true {
            switch await kernel.next() {
            case .message(.event(let event)):
                await execution.give(event)
            case .message(.end(id)):
                await execution.give(.ended)
                return .success(())
            case .message(.died), .died:
                forget(kernel)
                await kernelHasEnded(execution)
                return .success(())
            case .gone:
                forget(kernel)
                return .failure(InterpreterError(.gone, "the sandbox was not found"))
            case .message:
                continue
            }
        }
    }

    private func forget(_ ended: Kernel) {
        ended.kill()
        if kernel === ended { kernel = nil }
    }

    private func kernelHasEnded(_ execution: Execution) async {
        await execution.give(.error(name: "ContextRestarting", value: "Context was restarted", traceback: ""))
        await execution.give(.ended)
        execution.finish(.success(()))
    }

    /// Interrupts an execution until it ends; code that does not let itself be interrupted ends with its kernel.
    private func stop(_ id: Int, of kernel: Kernel) async {
        for _ in 0..<Self.interrupts {
            await kernel.interrupt(id)
            try? await Task.sleep(for: .seconds(1))
            if finished >= id { return }
        }
        kernel.kill()
    }
}
