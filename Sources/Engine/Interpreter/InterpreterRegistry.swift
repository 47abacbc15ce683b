// SPDX-License-Identifier: Apache-2.0

/// The interpreter of each computer, made when it is first asked for. Goes when its computer goes.
public actor InterpreterRegistry {
    private struct Entry {
        weak var computer: (any Computer)?
        let service: InterpreterService
    }

    private var entries: [String: Entry] = [:]

    public init() {}

    public func service(for computer: any Computer) -> InterpreterService {
        entries = entries.filter { $0.value.computer != nil }
        if let entry = entries[computer.id], entry.computer === computer { return entry.service }
        let service = InterpreterService(computer: computer)
        entries[computer.id] = Entry(computer: computer, service: service)
        return service
    }
}
