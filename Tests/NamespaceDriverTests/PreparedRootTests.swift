// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestWire
import Isolation
import LinuxSystem
import NestboxCore
import Testing

@testable import NamespaceDriver

/// The root that is prepared once, without privileges: what is in it, and what sandboxes do with it.
@Suite struct PreparedRootTests {
    private static let view = HostView(
        entries: [
            .tree("/usr"), .symlink("/bin", target: "usr/bin"), .copy("/etc/services"), .tree("/etc/small"),
            .tree("/etc/ssl/large"), .file("/etc/huge"),
        ],
        readablePaths: ["/usr", "/etc"])

    private static func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tree-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appending(path: "b"), withIntermediateDirectories: true)
        try Data("x".utf8).write(to: folder.appending(path: "b/c"))
        try FileManager.default.createSymbolicLink(
            atPath: folder.appending(path: "d").path, withDestinationPath: "b/c")
        return folder
    }

    /// A plan that copies a small tree, under the name of one of the view.
    private static func plan() throws -> PreparedRootPlan {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let copy = try #require(TreeCopy(folder.path))
        let view = HostView(
            entries: Self.view.entries.map { $0 == .tree("/etc/small") ? .tree(folder.path) : $0 },
            readablePaths: Self.view.readablePaths)
        return PreparedRootPlan(view: view, copies: [copy])
    }

    private static func steps(_ prepared: PreparedRootPlan, buildBytes: Int? = nil) -> [GuestStep] {
        let planner = SandboxPlanner(
            view: view, isRoot: true, landlockABI: 6, hasOverlay: true, seccomp: [UInt8](repeating: 0, count: 8),
            bootTime: 1_700_000_000, hasCgroup: true, mostOpenFiles: 512)
        return planner.steps(
            SandboxSpec(id: "x", limits: .standard, buildBytes: buildBytes),
            identity: .unprivileged(user: 501, group: 501), passesMounts: true, prepared: prepared)
    }

    @Test func everythingIsMadeInADirectoryThatIsThereAndOnce() throws {
        var made: Set<String> = [""]
        for item in try Self.plan().items {
            let path =
                switch item {
                case .directory(let path, _), .symlink(let path, _), .file(let path, _, _), .copy(let path, _, _),
                    .tree(let path, _), .device(let path, _, _):
                    path
                }
            #expect(made.contains(path.split(separator: "/").dropLast().joined(separator: "/")), "\(path)")
            #expect(made.insert(path).inserted, "\(path) twice")
        }
        for place in [
            "root", "lower", "nothing", "scratch0", "scratch1", "build/run/build", "base/usr", "base/proc", "base/dev",
            "base/home/user", "base/etc/ssl/large", "base/etc/huge", "dev/pts", "dev/shm",
        ] { #expect(made.contains(place), "\(place) is missing") }
    }

    @Test func smallTreesAreCopiedAndOthersMounted() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let copy = try #require(TreeCopy(folder.path))
        #expect(copy.entries.map(\.path) == ["", "/d", "/b", "/b/c"])
        #expect(copy.entries[1].kind == .symlink(target: "b/c") && copy.entries[3].kind == .file)
        let steps = Self.steps(PreparedRootPlan(view: Self.view, copies: []))
        #expect(steps.contains { if case .bind("/etc/small", "/etc/small", _) = $0 { true } else { false } })
        #expect(steps.contains(.ownInodes(path: "/etc/ssl/large")))
    }

    @Test(arguments: [0o600, 0o640, 0o4755]) func whatNotEverybodyMayReadIsNotCopied(mode: Int) throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.setAttributes(
            [.posixPermissions: mode], ofItemAtPath: folder.appending(path: "b/c").path)
        #expect(TreeCopy(folder.path) == nil)
    }

    @Test func whatIsNoFileIsNotCopied() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(mkfifo(folder.appending(path: "b/fifo").path, 0o644) == 0)
        #expect(TreeCopy(folder.path) == nil)
    }

    @Test func theRootIsAnOverlayAndSoIsEveryTree() throws {
        let steps = Self.steps(try Self.plan())
        #expect(steps.contains(.mountPreparedRoot(index: 1, layers: ["nothing", "base"])))
        #expect(steps.contains(.attachOwn(index: 0, path: "/usr")))
        #expect(steps.contains(.attach(index: 2, path: "/dev")))
        for case .bind(let host, let path, let attributes) in steps {
            #expect(
                MountAttributes(rawValue: attributes).isSuperset(of: [.readOnly, .noSetuid, .noDevices]), "\(host)")
            #expect(path == "/etc/huge" || steps.contains(.ownInodes(path: path)), "\(path)")
        }
        for name in ["make_directory", "copy_file", "make_symlink", "write_file", "mount_root"] {
            #expect(!steps.contains { $0.name == name }, "\(name)")
        }
    }

    @Test func aBuildDirectoryIsThereOnlyWhenAskedFor() throws {
        let plan = try Self.plan()
        #expect(!plan.items.contains(.directory("base/run/build", mode: 0o755)))
        #expect(Self.steps(plan, buildBytes: 1).contains(.mountPreparedRoot(index: 1, layers: ["build", "base"])))
    }

    @Test func confinementIsThatOfEveryOtherRun() throws {
        let steps = Self.steps(try Self.plan())
        let names = steps.map(\.name)
        for (first, second) in [
            ("make_mounts_private", "mount_prepared_root"), ("mount_prepared_root", "attach_own"),
            ("mount_scratch", "mask_all"), ("mount_proc", "mask_all"), ("mask_all", "make_read_only"),
            ("cover_with_random_id", "make_read_only"), ("make_read_only", "enter_root"), ("enter_root", "seal_root"),
            ("seal_root", "prepare_landlock"), ("prepare_landlock", "protect_agent"),
        ] {
            let (a, b) = (try #require(names.firstIndex(of: first)), try #require(names.firstIndex(of: second)))
            #expect(a < b, "\(first) before \(second)")
        }
        #expect(steps.last == .protectAgent(keep: SandboxLayout.agentCapabilities, noNewPrivileges: true))
    }

    /// What hides and covers files of /proc lies in the scratch file system, and must not be taken from the program's share.
    @Test func theDiskLimitIsTheProgramsAlone() throws {
        let steps = Self.steps(try Self.plan())
        let covers = steps.count { ["cover", "cover_with_random_id"].contains($0.name) }
        guard case .mountScratch(let bytes, let inodes, _)? = steps.first(where: { $0.name == "mount_scratch" }) else {
            Issue.record("no scratch")
            return
        }
        #expect(bytes == UInt64(Limits.standard.diskBytes + 4096 * covers))
        #expect(inodes == UInt64(Limits.standard.inodes + 3 + covers))
    }
}
