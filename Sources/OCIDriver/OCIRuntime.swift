// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem

/// An OCI runtime: a program that makes containers from bundles (opencontainers/runtime-spec) by its command line.
public struct OCIRuntime: Sendable, Hashable {
    /// Whose command line it has.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case crun, runc
        /// gVisor: programs make their system calls to a kernel in user space.
        case runsc
    }

    /// The driver's name in requests and reports, such as `gvisor`.
    public let name: String
    public let kind: Kind
    /// Absolute path, or a name that is looked for in the usual places.
    public let program: String
    /// Options of the runtime itself, before its command.
    public let arguments: [String]

    public init(name: String, kind: Kind, program: String, arguments: [String] = []) {
        self.name = name
        self.kind = kind
        self.program = program
        self.arguments = arguments
    }

    /// What there is without any configuration.
    public static let builtIn = [
        OCIRuntime(name: "gvisor", kind: .runsc, program: "runsc"),
        OCIRuntime(name: "crun", kind: .crun, program: "crun"),
        OCIRuntime(name: "runc", kind: .runc, program: "runc"),
    ]

    private static let folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]

    /// - Throws: ``IsolationError`` `unavailable` saying how to get it.
    func locate() throws(IsolationError) -> String {
        let candidates = program.hasPrefix("/") ? [program] : Self.folders.map { "\($0)/\(program)" }
        if let found = candidates.first(where: Self.isExecutable) { return found }
        let remedy =
            program.hasPrefix("/")
            ? "check isolation.oci" : "'apt install \(program)' on Debian, or name its place with isolation.oci"
        throw IsolationError(
            .unavailable, step: "find \(program)",
            message: "no program at \(candidates.joined(separator: ", ")); \(remedy)")
    }

    private static func isExecutable(_ path: String) -> Bool {
        guard let status = try? Files.status(path, followLinks: true) else { return false }
        return status.kind == .regular && status.mode & 0o111 != 0
    }

    /// What comes before the command.
    ///
    /// - Parameters:
    ///   - state: Where the runtime keeps what it knows of its container.
    ///   - log: Where it says what went wrong.
    ///   - profile: What the container is for.
    func options(state: String, log: String, profile: SandboxProfile) -> [String] {
        let all = ["--root=\(state)", "--log=\(log)"]
        switch kind {
        // The control group is there already; the runtime is in it when it starts.
        case .crun: return all + ["--cgroup-manager=disabled"] + arguments
        case .runc: return all + arguments
        // The platform is the release's own choice: ptrace until May 2023, systrap since.
        case .runsc:
            return all + ["--network=none", "--ignore-cgroups", "--overlay2=none"] + caching(profile) + arguments
        }
    }

    /// Descriptor of the container's first process that is the stream to the host. runsc hands on the standard streams only.
    var controlDescriptor: Int { kind == .runsc ? 0 : 3 }

    func run(
        _ id: String, bundle: String, state: String, log: String, profile: SandboxProfile
    ) -> [String] {
        options(state: state, log: log, profile: profile) + ["run", "--bundle=\(bundle)"]
            + (kind == .runsc ? [] : ["--preserve-fds=1"]) + [id]
    }

    /// gVisor asks its file server about each name of a mount each time, unless it is told that nobody else changes what is there. It
    /// need not know of the host's changes while a run lasts. What a computer writes goes to the host's files at once.
    private func caching(_ profile: SandboxProfile) -> [String] {
        profile == .run ? ["--file-access-mounts=exclusive"] : []
    }

    var hasOwnKernel: Bool { kind == .runsc }
}
