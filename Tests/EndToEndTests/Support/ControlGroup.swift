// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// A control group of one test, with a place for a server in it and one for its sandboxes, so that a limit on it is a limit
/// on both together.
struct ControlGroup: Sendable {
    private static let root = "/sys/fs/cgroup"
    private static let controllers = ["memory", "pids", "cpu", "cpuacct", "freezer"]
    private static let isVersion2 = FileManager.default.fileExists(atPath: "\(root)/cgroup.controllers")

    private let name: String

    /// Path for `isolation.cgroup_parent`.
    var sandboxes: String { "/\(name)/sandboxes" }

    /// Makes a process that it wraps a member of the group.
    var entering: [String] {
        shell(
            Self.hierarchies(["memory", "pids"]).map { "echo $$ >\($0)/\(name)/server/cgroup.procs" }.joined(
                separator: "\n"))
    }

    /// Directories in which the controllers are, each once.
    private static func hierarchies(_ controllers: [String]) -> [String] {
        isVersion2 ? [root] : controllers.map { "\(root)/\($0)" }
    }

    private func set(_ value: String, version1: String, version2: String) throws {
        let controller = version1.prefix { $0 != "." }
        let file =
            Self.isVersion2 ? "\(Self.root)/\(name)/\(version2)" : "\(Self.root)/\(controller)/\(name)/\(version1)"
        try Data(value.utf8).write(to: URL(filePath: file))
    }

    func limitMemory(bytes: Int) throws {
        try set("\(bytes)", version1: "memory.limit_in_bytes", version2: "memory.max")
    }

    /// - Parameter count: Nil takes the limit away.
    func limitProcesses(_ count: Int?) throws {
        try set(count.map { "\($0)" } ?? "max", version1: "pids.max", version2: "pids.max")
    }

    /// Processes and threads in the group.
    func processes() throws -> Int {
        let hierarchy = try #require(Self.hierarchies(["pids"]).first)
        let text = try String(contentsOfFile: "\(hierarchy)/\(name)/pids.current", encoding: .utf8)
        return try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    /// Makes a group, and removes it when `body` has ended its processes.
    static func with(_ body: (ControlGroup) async throws -> Void) async throws {
        let group = ControlGroup(name: "nestbox-test-\(UUID().uuidString.prefix(8))")
        let folders = ["", "/server", "/sandboxes"]
        let places = hierarchies(controllers).map { "\($0)/\(group.name)" }
        for place in places {
            for folder in folders {
                try FileManager.default.createDirectory(atPath: place + folder, withIntermediateDirectories: true)
                guard isVersion2, folder.isEmpty else { continue }
                for parent in [root, place] {
                    try Data("+memory +pids +cpu".utf8).write(to: URL(filePath: "\(parent)/cgroup.subtree_control"))
                }
            }
        }
        do {
            try await body(group)
        } catch {
            _ = await remove(places, folders)
            throw error
        }
        #expect(await remove(places, folders), "the test's control group is still in use")
    }

    private static func remove(_ places: [String], _ folders: [String]) async -> Bool {
        await eventually {
            for place in places {
                for folder in folders.reversed() { rmdir(place + folder) }
            }
            return places.allSatisfy { !FileManager.default.fileExists(atPath: $0) }
        }
    }
}
