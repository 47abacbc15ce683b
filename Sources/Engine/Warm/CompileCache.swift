// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestWire
import Isolation
import Languages
import NestboxCore
import Synchronization

/// What compilers made of programs, in memory, so that a program that comes again, with other input perhaps, is not compiled
/// again.
///
/// A key holds everything a compiler is given and is compared whole: no digest stands between two programs. What is kept was
/// taken out of the sandbox before the program ran, so no program has a say in what another run finds.
final class CompileCache: Sendable {
    struct Key: Hashable, Sendable {
        let driver: String
        let language: String
        /// Sizes and times of the toolchain's files.
        let toolchain: String
        let arguments: [String]
        let environment: [String: String]
        /// What the compiler had: with less, it might not have ended.
        let limits: Limits
        let files: [PreparedProgram.File]

        fileprivate var bytes: Int {
            files.reduce(0) { $0 + $1.content.count + $1.path.utf8.count }
                + arguments.reduce(0) { $0 + $1.utf8.count }
        }
    }

    struct Entry: Sendable {
        /// What the compiler left in its directory.
        let files: [PreparedProgram.File]
        let output: CappedOutput

        fileprivate var bytes: Int {
            files.reduce(0) { $0 + $1.content.count + $1.path.utf8.count } + output.stdout.count + output.stderr.count
        }
    }

    private struct Kept {
        let entry: Entry
        let bytes: Int
        var used: UInt64
    }

    private struct State {
        var kept: [Key: Kept] = [:]
        var bytes = 0
        var clock: UInt64 = 0
        var hits = 0
    }

    /// What an entry costs beside its bytes.
    private static let overhead = 1024
    /// Programs with more files than this are compiled each time.
    static let mostFiles = 256
    /// Macros whose value is not in the source (C standard, 6.10.8.1; GCC's __TIMESTAMP__).
    private static let timeMacros = ["__DATE__", "__TIME__", "__TIMESTAMP__"].map { Data($0.utf8) }

    private let mostBytes: Int
    private let state = Mutex(State())

    /// - Parameter mostBytes: Of everything kept, keys included. At least 1.
    init(mostBytes: Int) { self.mostBytes = mostBytes }

    /// The largest result that is worth keeping.
    var mostEntryBytes: Int { mostBytes / 4 }

    var counts: (entries: Int, bytes: Int, hits: Int) { state.withLock { ($0.kept.count, $0.bytes, $0.hits) } }

    /// Nil for a program whose result depends on more than its text.
    static func key(of program: PreparedProgram, _ spec: ProgramSpec, toolchain: String) -> Key? {
        guard program.files.count <= mostFiles, !program.files.contains(where: { tellsTime($0.content) }) else {
            return nil
        }
        return Key(
            driver: program.driver.name, language: program.pack.name, toolchain: toolchain, arguments: spec.arguments,
            environment: spec.environment, limits: program.compileLimits, files: program.files)
    }

    private static func tellsTime(_ text: [UInt8]) -> Bool {
        let text = Data(text)
        return timeMacros.contains { text.range(of: $0) != nil }
    }

    func find(_ key: Key) -> Entry? {
        state.withLock { state in
            guard let kept = state.kept[key] else { return nil }
            state.clock += 1
            state.hits += 1
            state.kept[key]?.used = state.clock
            return kept.entry
        }
    }

    /// Keeps an entry, and lets go of those that were used longest ago.
    func keep(_ entry: Entry, for key: Key) {
        let bytes = entry.bytes + key.bytes + Self.overhead
        guard bytes <= mostEntryBytes else { return }
        state.withLock { state in
            if let old = state.kept.removeValue(forKey: key) { state.bytes -= old.bytes }
            while state.bytes + bytes > mostBytes, let oldest = state.kept.min(by: { $0.value.used < $1.value.used }) {
                state.kept[oldest.key] = nil
                state.bytes -= oldest.value.bytes
            }
            state.clock += 1
            state.kept[key] = Kept(entry: entry, bytes: bytes, used: state.clock)
            state.bytes += bytes
        }
    }
}

extension CompileCache.Entry {
    /// What a compiler left that ended well; nil when it is not all in the compiler's own directory, or no plain files.
    static func take(
        from guest: GuestSession, _ output: CappedOutput, mostBytes: Int
    ) async throws -> CompileCache.Entry? {
        func collect(_ root: String, files: Int) async throws -> GuestFiles {
            try await guest.collect(
                CollectSpec(
                    root: root, patterns: ["**"], mostFiles: UInt32(files), mostFileBytes: UInt64(mostBytes),
                    mostTotalBytes: UInt64(mostBytes), mostEntries: 4096, mostDepth: 16))
        }
        // Nothing but the caller's files, unchanged.
        guard try await collect(SandboxPath.home, files: 1).files.isEmpty else { return nil }
        let made = try await collect(SandboxPath.build, files: CompileCache.mostFiles)
        let files = made.files.compactMap(\.whole)
        guard made.complete, !files.isEmpty, files.count == made.files.count else { return nil }
        return CompileCache.Entry(files: files, output: output)
    }
}

extension GuestFile {
    fileprivate var whole: PreparedProgram.File? {
        guard skip == .none, UInt64(content.count) == size, let path = String(validating: path, as: UTF8.self) else {
            return nil
        }
        return PreparedProgram.File(path: path, content: content)
    }
}

extension PreparedProgram.File {
    /// The wire does not tell a file's mode: what the kernel can execute is executable.
    var executableMode: UInt32 {
        content.starts(with: [0x7F, 0x45, 0x4C, 0x46]) || content.starts(with: Array("#!".utf8)) ? 0o755 : 0o644
    }
}
