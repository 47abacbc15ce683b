// SPDX-License-Identifier: Apache-2.0
import Engine
import NestboxCore
import Synchronization

/// Watchers that clients ask now and then, by computer and identifier.
final class WatcherTable: Sendable {
    struct Watcher: Sendable {
        let watch: any FileWatch
        let path: String
        let user: ComputerUser
        let includesEntries: Bool
    }

    /// Of one computer; each holds a program inside.
    static let most = 64

    private let watchers = Mutex<[String: [String: Watcher]]>([:])

    /// - Throws: ``RPCError`` `resource_exhausted`.
    func add(_ watcher: Watcher, of computer: String) throws(RPCError) -> String {
        let id = "w" + String((0..<20).map { _ in Self.letters.randomElement() ?? "0" })
        let isAdded = watchers.withLock { watchers in
            guard watchers[computer, default: [:]].count < Self.most else { return false }
            watchers[computer, default: [:]][id] = watcher
            return true
        }
        guard isAdded else {
            watcher.watch.close()
            throw RPCError(.resourceExhausted, "there are \(Self.most) watchers already; remove one first")
        }
        return id
    }

    /// - Throws: ``RPCError`` `not_found`.
    func find(_ id: String, of computer: String) throws(RPCError) -> Watcher {
        guard let watcher = watchers.withLock({ $0[computer]?[id] }) else {
            throw RPCError(.notFound, "watcher with id \(id.prefix(64)) not found")
        }
        return watcher
    }

    func remove(_ id: String, of computer: String) throws(RPCError) {
        try find(id, of: computer).watch.close()
        watchers.withLock { $0[computer]?[id] = nil }
    }

    /// Forgets the watchers of a computer that has gone.
    func removeAll(of computer: String) {
        let gone = watchers.withLock { $0.removeValue(forKey: computer) }
        for watcher in gone?.values.map(\.watch) ?? [] { watcher.close() }
    }

    private static let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
}
