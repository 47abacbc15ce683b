// SPDX-License-Identifier: Apache-2.0
import NestboxCore

/// The contexts of one computer.
public actor InterpreterService {
    public static let defaultDirectory = "/home/user"
    /// Languages whose default context is there from the start; its kernel starts when it is needed.
    static let initialLanguages = ["python", "javascript"]
    /// Contexts that a computer may have. Each is a process or two, which the sandbox's own limits bound more tightly.
    public static let contextLimit = 256

    weak var computer: (any Computer)?
    /// In the order of creation.
    private var runners: [ContextRunner] = []
    /// Identifiers of default contexts, by language.
    private var defaults: [String: String] = [:]

    public init(computer: any Computer) {
        self.computer = computer
        for language in Self.initialLanguages {
            let runner = ContextRunner(Self.context(language, Self.defaultDirectory), on: computer)
            runners.append(runner)
            defaults[language] = runner.info.id
        }
    }

    private static func context(_ language: String, _ directory: String) -> InterpreterContext {
        InterpreterContext(id: Identifier.make(prefix: "ctx"), language: language, directory: directory)
    }

    /// Lower case, with the usual short names resolved.
    static func canonical(_ language: String) -> String {
        let name = language.lowercased()
        return ["js": "javascript", "ts": "typescript"][name] ?? name
    }

    public var contexts: [InterpreterContext] { runners.map(\.info) }

    /// Starts the default Python kernel before anybody asks for it.
    public func warmUp() async {
        try? await runners.first?.warmUp()
    }

    /// - Throws: ``InterpreterError`` `kernelFailure` for a language there is no kernel for.
    public func create(language: String?, directory: String?) async throws(InterpreterError) -> InterpreterContext {
        let runner = try await add(Self.canonical(language ?? "python"), directory ?? Self.defaultDirectory)
        return runner.info
    }

    private func add(_ language: String, _ path: String) async throws(InterpreterError) -> ContextRunner {
        guard let computer else { throw InterpreterError(.gone, "the sandbox was not found") }
        guard runners.count < Self.contextLimit else {
            throw InterpreterError(.kernelFailure, "there are \(runners.count) contexts already; delete one first")
        }
        let directory: String
        do { directory = try ComputerUser.user.resolve(path) } catch {
            throw InterpreterError(.kernelFailure, error.message)
        }
        let runner = ContextRunner(Self.context(language, directory), on: computer)
        runners.append(runner)
        do {
            try await runner.warmUp()
        } catch {
            runners.removeAll { $0 === runner }
            throw error
        }
        return runner
    }

    /// - Throws: ``InterpreterError`` `notFound`.
    public func delete(_ id: String) async throws(InterpreterError) {
        let runner = try runner(id)
        runners.removeAll { $0 === runner }
        defaults = defaults.filter { $0.value != id }
        await runner.delete()
    }

    /// The same context with nothing in it.
    ///
    /// - Throws: ``InterpreterError`` `notFound`, `kernelFailure`.
    public func restart(_ id: String) async throws(InterpreterError) {
        let runner = try runner(id)
        await runner.restart()
        try await runner.warmUp()
    }

    /// Begins an execution in the context named, else in the default one of its language, else of Python.
    ///
    /// - Throws: ``InterpreterError``: `invalidArgument` for both a context and a language, `notFound`, `kernelFailure`.
    public func execute(_ request: ExecutionRequest) async throws(InterpreterError) -> Execution {
        try await target(of: request).begin(request)
    }

    private func target(of request: ExecutionRequest) async throws(InterpreterError) -> ContextRunner {
        if let id = request.contextID {
            guard request.language == nil else {
                throw InterpreterError(.invalidArgument, "Only one of context_id or language can be provided")
            }
            return try runner(id)
        }
        let language = Self.canonical(request.language ?? "python")
        if let id = defaults[language] { return try runner(id) }
        let runner = try await add(language, Self.defaultDirectory)
        if let other = defaults[language], let first = runners.first(where: { $0.info.id == other }) {
            // Made at the same time for somebody else; one is enough.
            runners.removeAll { $0 === runner }
            await runner.delete()
            return first
        }
        defaults[language] = runner.info.id
        return runner
    }

    private func runner(_ id: String) throws(InterpreterError) -> ContextRunner {
        guard let runner = runners.first(where: { $0.info.id == id }) else {
            throw InterpreterError(.notFound, "Context \(id) not found")
        }
        return runner
    }

    /// Ends every kernel.
    public func end() async {
        for runner in runners { await runner.delete() }
        runners = []
        defaults = [:]
    }
}
