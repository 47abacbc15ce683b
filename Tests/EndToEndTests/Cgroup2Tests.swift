// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

/// A control group of one test.
struct UnifiedGroup {
    static let top = "/sys/fs/cgroup"
    static var canBeMade: Bool { geteuid() == 0 && FileManager.default.fileExists(atPath: top + "/cgroup.controllers") }

    let path: String
    var directory: String { Self.top + path }

    init() throws {
        path = "/test-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    }

    func read(_ file: String) throws -> String {
        try String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8).trimmingCharacters(
            in: .whitespacesAndNewlines)
    }

    func has(_ group: String) -> Bool { FileManager.default.fileExists(atPath: "\(directory)/\(group)/cgroup.procs") }

    /// A wrapper that starts Nestbox in this group, after more shell commands.
    func wrapper(_ commands: String = "true") -> [String] {
        ["/bin/sh", "-c", #"echo $$ >"$0/cgroup.procs" && \#(commands) && exec "$@""#, directory]
    }

    /// Ends what is in it and removes it; to be tried again while processes are ending.
    func remove() {
        try? "1".write(toFile: directory + "/cgroup.kill", atomically: false, encoding: .utf8)
        let below = FileManager.default.subpaths(atPath: directory)?.filter { has($0) } ?? []
        for group in below.sorted(by: >) { rmdir("\(directory)/\(group)") }
        rmdir(directory)
    }
}

extension EndToEnd {
    /// Control groups of version 2 as hosts, services and containers arrange them. `make test-cgroup2` has a machine for it.
    @Suite(.enabled(if: UnifiedGroup.canBeMade, "needs root and cgroup version 2; `make test-cgroup2` runs it"))
    struct Cgroup2Tests {
        private func withGroup(_ body: (UnifiedGroup, URL) async throws -> Void) async throws {
            try await withScratchDirectory { home in
                let group = try UnifiedGroup()
                var failure: (any Error)?
                do { try await body(group, home) } catch { failure = error }
                let isGone = await eventually {
                    group.remove()
                    return !FileManager.default.fileExists(atPath: group.directory)
                }
                #expect(isGone, "\(group.directory) cannot be removed")
                if let failure { throw failure }
            }
        }

        private static let probe = ["run", "--json", "--language", "python", "--code", "print(1)"]

        /// The file names are the kernel's; the numbers are those of the request.
        @Test func everyLimitIsInTheKernel() async throws {
            try await withServer { server in
                var request = ServerLifeTests.sleeper
                request.limits = LimitsRequest(memoryBytes: 96 << 20, processes: 20)
                let connection = try await server.open(.run(request))
                #expect(await eventually(within: .seconds(30)) { server.guestAgents.count == 1 })
                let agent = try #require(server.guestAgents.first)
                let line = try String(contentsOfFile: "/proc/\(agent)/cgroup", encoding: .utf8)
                let own = try #require(line.split(separator: "\n").first { $0.hasPrefix("0::") }).dropFirst(3)
                func value(_ file: String) throws -> String {
                    try String(contentsOfFile: "\(UnifiedGroup.top)\(own)/\(file)", encoding: .utf8).trimmingCharacters(
                        in: .newlines)
                }
                #expect(try value("memory.max") == "\(96 << 20)")
                #expect(try value("memory.swap.max") == "0")
                #expect(try value("pids.max") == "21", "the program's and the agent")
                #expect(try value("cpu.max").wholeMatch(of: /[0-9]+ 100000/) != nil)
                connection.abandon()
            }
        }

        /// A service of systemd with `Delegate=yes` is alone in a group that may have groups below, but then no process.
        @Test func aServiceMovesIntoALeafOfItsOwnGroup() async throws {
            try await withGroup { group, home in
                for _ in 0..<2 {
                    let run = try NestboxProcess(
                        Self.probe, home: home, environment: ["NESTBOX_CGROUP_PARENT": group.path],
                        wrapper: group.wrapper())
                    let report = try await run.finish().report()
                    #expect(report.verdict == .ok)
                    #expect(report.isolation.limitsEnforcedBy == "cgroup-v2")
                    #expect(group.has("supervisor"))
                    #expect(
                        Set(try group.read("cgroup.subtree_control").split(separator: " ")).isSuperset(of: [
                            "memory", "pids", "cpu",
                        ]))
                    // Processes can enter it again only when it hands nothing down.
                    try "-memory -pids -cpu".write(
                        toFile: group.directory + "/cgroup.subtree_control", atomically: false, encoding: .utf8)
                }
            }
        }

        @Test func groupsMayBeBesideTheServersLeaf() async throws {
            try await withGroup { group, home in
                let run = try NestboxProcess(
                    Self.probe, home: home, environment: ["NESTBOX_CGROUP_PARENT": group.path + "/deep/runs"],
                    wrapper: group.wrapper())
                #expect(try await run.finish().report().verdict == .ok)
                #expect(group.has("supervisor") && group.has("deep/runs"))
            }
        }

        /// Only what is in Nestbox's own group is moved.
        @Test func aGroupWithOtherPeoplesProcessesIsRefused() async throws {
            try await withGroup { group, home in
                let other = Process()
                other.executableURL = URL(filePath: "/bin/sh")
                other.arguments = group.wrapper().dropFirst() + ["sleep", "100"]
                try other.run()
                defer { other.terminate() }
                #expect(await eventually { (try? group.read("cgroup.procs"))?.isEmpty == false })
                let outcome = try await nestbox(Self.probe, environment: ["NESTBOX_CGROUP_PARENT": group.path])
                #expect(outcome.exitCode == 125)
                #expect(outcome.stderr.contains("because processes run in this very group"), "\(outcome.stderr)")
                #expect(other.isRunning)
            }
        }

        /// What a container with a cgroup namespace of its own has for a root is not the hierarchy's root.
        @Test func aContainerWithItsOwnNamespace() async throws {
            try await withGroup { group, home in
                let run = try NestboxProcess(
                    Self.probe, home: home,
                    wrapper: group.wrapper() + [
                        "/usr/bin/unshare", "--mount", "--cgroup", "--", "/bin/sh", "-c",
                        #"umount /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec "$@""#, "sh",
                    ])
                #expect(try await run.finish().report().verdict == .ok)
                #expect(group.has("supervisor") && group.has("nestbox"))
            }
        }

        /// Without such a namespace its paths begin at the host's root, and its mount does not.
        @Test func aContainerInTheHostsNamespace() async throws {
            try await withGroup { group, home in
                let run = try NestboxProcess(
                    Self.probe, home: home, environment: ["NESTBOX_CGROUP_PARENT": group.path + "/runs"],
                    wrapper: group.wrapper() + [
                        "/usr/bin/unshare", "--mount", "--", "/bin/sh", "-c",
                        #"mount --bind "$0" /sys/fs/cgroup && exec "$@""#, group.directory,
                    ])
                #expect(try await run.finish().report().verdict == .ok)
                #expect(group.has("supervisor") && group.has("runs"))
            }
        }
    }
}
