// SPDX-License-Identifier: Apache-2.0

/// The kept machines of one maker, each started once; those that were asked for last stay.
struct MachineShelf<Kept: Sendable> {
    typealias Start = Task<Kept, any Error>

    /// Each holds the memory that its kernel has used, some tens of MiB.
    private let most = 4
    private var starts: [MachineShape: Start] = [:]
    /// The one asked for last is last.
    private var order: [MachineShape] = []

    /// The machine of a shape, or its start that goes on.
    ///
    /// - Parameter start: Called when there is none yet.
    mutating func machine(_ shape: MachineShape, start: @escaping @Sendable () async throws -> Kept) -> Start {
        let task = starts[shape] ?? Task { try await start() }
        starts[shape] = task
        order.removeAll { $0 == shape }
        order.append(shape)
        if order.count > most { starts[order.removeFirst()] = nil }
        return task
    }

    /// Has the next who asks try again; nothing when another start took its place.
    mutating func forget(_ failed: Start, of shape: MachineShape) {
        if starts[shape] == failed { starts[shape] = nil }
    }

    mutating func forgetAll() { starts = [:] }
}
