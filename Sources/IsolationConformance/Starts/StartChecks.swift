// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import NestboxCore

/// Programs that start from a zygote: nothing but time may tell.
enum StartChecks {
    static let all: [ConformanceCheck] =
        [
            [], ["numpy"], ["numpy", "pandas"], ["numpy", "matplotlib", "matplotlib.pyplot"],
            ["numpy", "pandas", "matplotlib", "matplotlib.pyplot"],
        ].map { modules in
            ConformanceCheck(
                "start/same_outcome_from_zygote_\(modules.isEmpty ? "python" : modules.joined(separator: "_"))"
            ) {
                driver in
                try await isTheSame(driver, modules: modules)
            }
        } + [
            ConformanceCheck("start/every_program_is_for_some_check") { _ in
                let known: Set<[String]> = [
                    [], ["numpy"], ["numpy", "pandas"], ["numpy", "matplotlib", "matplotlib.pyplot"],
                    ["numpy", "pandas", "matplotlib", "matplotlib.pyplot"],
                ]
                for program in try StartProgram.all.get() {
                    try require(known.contains(program.modules), "\(program.name) wants a zygote that no check makes")
                }
            }
        ]

    /// Small, but enough for what the heaviest zygote's children need.
    static let limits = Limits(
        wallMilliseconds: 60_000, cpuMilliseconds: 30_000, memoryBytes: 256 << 20, outputBytes: 16 << 20, processes: 64,
        diskBytes: 64 << 20, inodes: 5000, openFiles: 256, milliCPU: 1000)

    private static func isTheSame(_ driver: any IsolationDriver, modules: [String]) async throws {
        var differences: [String] = []
        try await withZygote(driver, modules: modules) { zygote in
            for program in try StartProgram.all.get()
            where program.modules == modules && !program.startsCold && !program.isForEngine {
                let cold = try await outcome(of: program, driver, nil)
                let forked = try await outcome(of: program, driver, zygote)
                differences += forked.differences(fromCold: cold, of: program)
            }
        }
        try require(differences.isEmpty, "differences:\n\(differences.joined(separator: "\n"))")
    }

    static func withZygote(
        _ driver: any IsolationDriver, modules: [String], _ body: (any Zygote) async throws -> Void
    ) async throws {
        let zygote = try await driver.makeZygote(
            ZygoteSpec(
                name: modules.isEmpty ? "python" : modules.count > 1 ? "several" : modules[0],
                program: "/usr/bin/python3",
                entry: "main.py", modules: modules, environment: StartProgram.environment))
        do {
            try await body(zygote)
            await zygote.retire()
        } catch {
            await zygote.retire()
            throw error
        }
    }

    static func outcome(
        of program: StartProgram, _ driver: any IsolationDriver, _ zygote: (any Zygote)?
    ) async throws -> StartOutcome {
        try await outcome(of: program, arguments: ["/usr/bin/python3"], driver) { sandbox, _ in
            try await zygote?.bear(into: sandbox, user: .standard)
        }
    }

    /// - Parameters:
    ///   - arguments: What starts the interpreter.
    ///   - adopt: Makes an interpreter wait in the sandbox, where it shall.
    static func outcome(
        of program: StartProgram, arguments: [String], _ driver: any IsolationDriver,
        _ adopt: @Sendable @escaping (any Sandbox, ProgramSpec) async throws -> AdoptedProgram?
    ) async throws -> StartOutcome {
        try await withSandbox(driver, limits: limits) { sandbox in
            let spec = ProgramSpec(
                arguments: arguments + [program.entry] + program.arguments,
                environment: program.interpreter.environment.merging(program.environment) { _, new in new },
                directory: SandboxPath.home)
            let adopted = try await adopt(sandbox, spec)
            for (path, content) in program.files {
                try await sandbox.guest.put(content, at: path, root: SandboxPath.home, mode: 0o644)
            }
            let transcript: Transcript
            do {
                transcript = try await sandbox.guest.start(spec, adopted: adopted)
                    .transcript(input: program.stdin, within: 60)
            } catch let failure as ConformanceFailure {
                throw ConformanceFailure(description: "\(program.name): \(failure)")
            } catch let error as IsolationError where error.code == .guestFailed {
                // With some kernels a program that has met its limit of memory takes its whole sandbox along.
                guard try sandbox.usage().memoryKills > 0 else { throw error }
                return StartOutcome(
                    stdout: [], stderr: [], end: "ended with its sandbox, for want of memory", files: [:])
            }
            var files: [String: [UInt8]] = [:]
            if !program.collect.isEmpty {
                let collected = try await sandbox.guest.collect(
                    CollectSpec(
                        root: SandboxPath.home, patterns: program.collect, mostFiles: 20, mostFileBytes: 4 << 20,
                        mostTotalBytes: 16 << 20, mostEntries: 1000, mostDepth: 8))
                for file in collected.files { files[String(decoding: file.path, as: UTF8.self)] = file.content }
            }
            return StartOutcome(
                stdout: transcript.stdout, stderr: transcript.stderr,
                end: transcript.end.map { "\($0)" } ?? "no end", files: files)
        }
    }
}
