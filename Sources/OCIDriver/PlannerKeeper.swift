// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import Synchronization

/// Looks at the host when the first plan is made; whoever makes none pays nothing.
final class PlannerKeeper: Sendable {
    private let configuration: OCIConfiguration
    private let guest: String
    private let hasLibrary: Bool
    private let landlockABI: Int
    private let known = Mutex<BundlePlanner?>(nil)

    init(_ configuration: OCIConfiguration, guest: String, hasLibrary: Bool, landlockABI: Int) {
        self.configuration = configuration
        self.guest = guest
        self.hasLibrary = hasLibrary
        self.landlockABI = landlockABI
    }

    /// - Throws: ``IsolationError`` `unavailable`, such as for an extra path that does not exist.
    func planner() throws(IsolationError) -> BundlePlanner {
        try known.withLock { known throws(IsolationError) in
            if let known { return known }
            let view = try HostView.detect(
                extraPaths: configuration.extraPaths, configurationEntries: configuration.configurationEntries)
            let hasOwnKernel = configuration.runtime.hasOwnKernel
            let planner = BundlePlanner(
                runtime: configuration.runtime, view: view, root: PreparedRootPlan(copying: view), guest: guest,
                showsLibrary: hasOwnKernel && hasLibrary, landlockABI: landlockABI, seccomp: try Self.compileFilter(),
                bootTime: MadeUpKernelFiles.bootTime,
                mostOpenFiles: (try? ResourceLimit.current(.openFiles).hard) ?? 1024,
                hiddenKernelFiles: hasOwnKernel ? [] : BundlePlanner.readableKernelFiles())
            known = planner
            return planner
        }
    }

    private static func compileFilter() throws(IsolationError) -> [UInt8] {
        do {
            return try SeccompProfile.bundled("run").compile().bytes
        } catch {
            throw IsolationError(.unavailable, step: "compile the seccomp profile", message: "\(error)")
        }
    }
}

extension BundlePlanner {
    /// What of the host's /proc somebody in a sandbox could read: not what only root of the host may.
    static func readableKernelFiles() -> [KernelFile] {
        SandboxLayout.maskedKernelFiles.compactMap { path in
            guard let status = try? Files.status(path) else { return nil }
            if status.kind != .directory && status.mode & 0o077 == 0 { return nil }
            return KernelFile(path: path, isDirectory: status.kind == .directory)
        }
    }
}
