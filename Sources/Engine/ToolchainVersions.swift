// SPDX-License-Identifier: Apache-2.0
import Foundation
import Isolation
import Languages
import NestboxCore

/// Versions of the installed toolchains, asked once each, inside a sandbox like everything else.
///
/// Answers are kept on disk with the size and time of the toolchain's files, so that a command line that lives for
/// milliseconds need not ask again.
actor ToolchainVersions {
    private struct Entry: Codable {
        var fingerprint: String
        var version: String?
    }

    private static let limits = Limits(
        wallMilliseconds: 10_000, cpuMilliseconds: 10_000, memoryBytes: 512 << 20, outputBytes: 64 << 10, processes: 64,
        diskBytes: 16 << 20, inodes: 1000, openFiles: 256, milliCPU: 2000)

    private let cacheFile: String?
    private var entries: [String: Entry]
    private var asking: [String: Task<String?, Never>] = [:]

    /// - Parameter cacheDirectory: Nil keeps nothing on disk.
    init(cacheDirectory: String?) {
        cacheFile = cacheDirectory.map { $0 + "/toolchains.json" }
        entries =
            cacheFile.flatMap { FileManager.default.contents(atPath: $0) }
            .flatMap { try? JSONDecoder().decode([String: Entry].self, from: $0) } ?? [:]
    }

    /// Nil when the toolchain printed none, or could not be asked; never an error, since a run does not depend on it.
    func version(of pack: LanguagePack, driver: any IsolationDriver) async -> String? {
        let fingerprint = Self.fingerprint(pack)
        if let entry = entries[pack.name], entry.fingerprint == fingerprint { return entry.version }
        if let task = asking[pack.name] { return await task.value }
        // Shared by every run that wants to know; none of them may cancel it for the others.
        let task = Task { await Self.ask(pack, driver) }
        asking[pack.name] = task
        let version = await task.value
        asking[pack.name] = nil
        if let version {
            entries[pack.name] = Entry(fingerprint: fingerprint, version: version)
            save()
        }
        return version
    }

    private static func fingerprint(_ pack: LanguagePack) -> String {
        pack.requires.map { path in
            let attributes = try? FileManager.default.attributesOfItem(
                atPath: URL(filePath: path).resolvingSymlinksInPath().path)
            let size = (attributes?[.size] as? Int) ?? -1
            let time = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            return "\(path):\(size):\(Int(time))"
        }.joined(separator: "|")
    }

    private static func ask(_ pack: LanguagePack, _ driver: any IsolationDriver) async -> String? {
        let spec = SandboxSpec(id: Identifier.make(prefix: "version"), limits: limits)
        guard let sandbox = try? await driver.makeSandbox(spec) else { return nil }
        let runner = StageRunner(sandbox: sandbox, limits: limits, stdin: [], isCompile: false) { _ in }
        let program = ProgramSpec(
            arguments: pack.version.arguments,
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": SandboxPath.home, "LANG": "C.UTF-8"],
            directory: SandboxPath.home)
        let outcome = try? await runner.run(program)
        try? await sandbox.destroy()
        guard let outcome, outcome.verdict(isCompile: false) == .ok else { return nil }
        return pack.version.version(in: String(decoding: outcome.output.stdout + outcome.output.stderr, as: UTF8.self))
    }

    private func save() {
        guard let cacheFile, let data = try? JSONEncoder().encode(entries) else { return }
        // A cache: what cannot be kept is asked again.
        try? FileManager.default.createDirectory(
            atPath: (cacheFile as NSString).deletingLastPathComponent, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        try? data.write(to: URL(filePath: cacheFile), options: .atomic)
    }
}
