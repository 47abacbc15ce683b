// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import Synchronization
import Testing

@testable import NamespaceDriver

/// Agents that are executed, and those that are cloned from a template.
@Suite(.enabled(if: Processes.userID == 0)) struct GuestLauncherTests {
    private static func launcher() throws -> GuestLauncher {
        try GuestLauncher(
            executable: GuestImage.open(configured: nil).descriptor, namespaces: SandboxPlanner.namespaces,
            usesTemplate: true)
    }

    private static func template(of launcher: GuestLauncher) -> SharedDescriptor? {
        launcher.template.withLock { if case .running(_, let process) = $0 { process } else { nil } }
    }

    private static func end(_ agent: GuestLauncher.Launched) throws {
        try Processes.signal(agent.process.raw, Processes.sigKill)
        #expect(try Processes.wait(agent.process.raw) == .signaled(Processes.sigKill))
    }

    @Test func theFirstIsExecutedAndTheOthersAreCloned() async throws {
        let launcher = try Self.launcher()
        let first = try await launcher.launch()
        #expect(Self.template(of: launcher) == nil)
        let second = try await launcher.launch()
        #expect(Self.template(of: launcher) != nil)
        for agent in [first, second] {
            let status = try Files.readText("/proc/\(agent.pid)/status")
            #expect(status.contains("PPid:\t\(Processes.ownPID)\n"), "its parent is not the host")
            #expect(status.contains("\nNSpid:\t\(agent.pid)\t1\n"), "it is not PID 1")
            #expect(status.contains("\nThreads:\t1\n"))
            for kind in ["user", "pid", "mnt", "net", "ipc", "uts"] {
                #expect(
                    try Files.readLink("/proc/\(agent.pid)/ns/\(kind)") != Files.readLink("/proc/self/ns/\(kind)"))
            }
        }
        // /dev/null and its own stream; nothing of the template, once it has begun.
        var descriptors: [String] = []
        for _ in 0..<1000 where descriptors != ["0", "1", "2", "3"] {
            descriptors = try Files.list("/proc/\(second.pid)/fd")
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(descriptors == ["0", "1", "2", "3"])
        try Self.end(first)
        try Self.end(second)
    }

    @Test func aTemplateThatIsGoneIsDoneWithout() async throws {
        let launcher = try Self.launcher()
        try Self.end(try await launcher.launch())
        let before = try await launcher.launch()
        let template = try #require(Self.template(of: launcher))
        try Processes.signal(template.raw, Processes.sigKill)
        while !(try Processes.hasEnded(template.raw)) { await Task.yield() }
        let after = try await launcher.launch()
        #expect(Self.template(of: launcher) == nil)
        // Who was cloned from it lives on.
        #expect(!(try Processes.hasEnded(before.process.raw)))
        try Self.end(before)
        try Self.end(after)
    }

    @Test func theTemplateEndsWithTheLauncher() async throws {
        var launcher: GuestLauncher? = try Self.launcher()
        try Self.end(try #require(await launcher?.launch()))
        try Self.end(try #require(await launcher?.launch()))
        let template = try #require(launcher.flatMap { Self.template(of: $0) })
        launcher = nil
        while !(try Processes.hasEnded(template.raw)) { await Task.yield() }
    }
}
