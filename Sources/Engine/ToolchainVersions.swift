// SPDX-License-Identifier: Apache-2.0
import Foundation
import Isolation
import Languages
import NestboxCore
import Synchronization

/// Versions of the installed toolchains, asked once each, inside a sandbox like everything else.
///
/// Answers are kept on disk with the size and time of the toolchain's files, so that a command line that lives for
/// milliseconds need not ask again.
///
/// Held by a lock and not an actor, so that a known version costs a look and no wait.
final class ToolchainVersions: Sendable {
    private struct Entry: Codable {
        var fingerprint: String
        var version: String?
    }

    private struct State {
        var entries: [String: Entry]
        var asking: [String: Task<String?, Never>] = [:]
        /// Fingerprints by language, and when they were taken.
        var fingerprints: [String: (text: String, taken: ContinuousClock.Instant)] = [:]
    }

    /// A compiler of a hundred megabytes that nobody has used since the machine started is read from the disk first.
    private static let limits = Limits(
        wallMilliseconds: 30_000, cpuMilliseconds: 10_000, memoryBytes: 512 << 20, outputBytes: 64 << 10, processes: 64,
        diskBytes: 16 << 20, inodes: 1000, openFiles: 256, milliCPU: 2000)
    /// How long a fingerprint is taken for right: a toolchain changes when somebody installs one, and a run is no reason to
    /// look at its files each time.
    private static let freshTime = Duration.seconds(1)

    private let cacheFile: String?
    private let state: Mutex<State>

    /// - Parameter cacheDirectory: Nil keeps nothing on disk.
    init(cacheDirectory: String?) {
        cacheFile = cacheDirectory.map { $0 + "/toolchains.json" }
        state = Mutex(
            State(
                entries: cacheFile.flatMap { FileManager.default.contents(atPath: $0) }
                    .flatMap { try? JSONDecoder().decode([String: Entry].self, from: $0) } ?? [:]))
    }

    /// Nil when the toolchain printed none, or could not be asked; never an error, since a run does not depend on it.
    func version(of pack: LanguagePack, driver: any IsolationDriver) async -> String? {
        let fingerprint = fingerprint(of: pack)
        let (known, task) = state.withLock { state -> (Entry?, Task<String?, Never>?) in
            if let entry = state.entries[pack.toolchain], entry.fingerprint == fingerprint { return (entry, nil) }
            if let task = state.asking[pack.toolchain] { return (nil, task) }
            // Shared by every run that wants to know; none of them may cancel it for the others.
            let task = Task {
                let version = await Self.ask(pack, driver)
                answered(pack.toolchain, fingerprint, version)
                return version
            }
            state.asking[pack.toolchain] = task
            return (nil, task)
        }
        if let known { return known.version }
        return await task?.value
    }

    /// The version when it was asked for before, by this process or an earlier one.
    func known(of pack: LanguagePack) -> String? {
        let fingerprint = fingerprint(of: pack)
        return state.withLock { state in
            state.entries[pack.toolchain].flatMap { $0.fingerprint == fingerprint ? $0.version : nil }
        }
    }

    private func answered(_ name: String, _ fingerprint: String, _ version: String?) {
        let entries = state.withLock { state -> [String: Entry]? in
            state.asking[name] = nil
            guard let version else { return nil }
            state.entries[name] = Entry(fingerprint: fingerprint, version: version)
            return state.entries
        }
        if let entries { save(entries) }
    }

    /// Sizes and times of the toolchain's files; another text means another toolchain.
    func fingerprint(of pack: LanguagePack) -> String {
        let now = ContinuousClock.now
        if let known = state.withLock({ $0.fingerprints[pack.toolchain] }), now - known.taken < Self.freshTime {
            return known.text
        }
        let text = Self.fingerprint(pack)
        state.withLock { $0.fingerprints[pack.toolchain] = (text, now) }
        return text
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

    private func save(_ entries: [String: Entry]) {
        guard let cacheFile, let data = try? JSONEncoder().encode(entries) else { return }
        // A cache: what cannot be kept is asked again.
        try? FileManager.default.createDirectory(
            atPath: (cacheFile as NSString).deletingLastPathComponent, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        try? data.write(to: URL(filePath: cacheFile), options: .atomic)
    }
}
