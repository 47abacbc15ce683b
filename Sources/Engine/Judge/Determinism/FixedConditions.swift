// SPDX-License-Identifier: Apache-2.0
import Isolation
import Languages
import NestboxCore

/// What a run finds the same each time: a seed, a clock, one processor, and addresses where its driver can. docs/judge.md says what
/// that comes to in each language.
struct FixedConditions: Sendable {
    /// Beside the program, where what belongs to it is put.
    static let folder = ".nestbox-seed"

    let seeding: Seeding?
    let clock: FixedClock?
    /// The library that a program asks for the time, and how many processors there are.
    private let library: [UInt8]

    /// Nil when nothing is asked for.
    ///
    /// - Throws: ``RequestError`` `unsupported_determinism` where the machine lacks the library: a run that says that its clock was
    ///   fixed must not be wrong.
    init?(_ determinism: Determinism?) throws(RequestError) {
        guard let determinism, determinism.seed != nil || determinism.clock != nil else { return nil }
        seeding = determinism.seed.map { Seeding(seed: $0) }
        clock = determinism.clock
        do throws(IsolationError) {
            library = try ClockLibrary.content()
        } catch {
            throw RequestError(
                .unsupportedDeterminism, "nothing can be made the same each time on this server: \(error.message)",
                field: "deterministic")
        }
    }

    /// - Throws: ``RequestError`` `unsupported_determinism` where programs of the language would not see the clock.
    func check(_ pack: LanguagePack) throws(RequestError) {
        guard let clock else { return }
        switch (pack.clock, clock.mode) {
        case (.any?, _), (.running?, .running): return
        case (.running?, .frozen):
            throw RequestError(
                .unsupportedDeterminism,
                "the clock of programs in '\(pack.name)' cannot stand still, as their runtime counts the time itself; let it run: "
                    + #"{"at": "\#(clock.at)", "mode": "running"}"#,
                field: "deterministic.clock.mode")
        case (nil, _):
            throw RequestError(
                .unsupportedDeterminism,
                "the clock of programs in '\(pack.name)' cannot be fixed: they ask the kernel itself for the time, or it was never tried; leave "
                    + "deterministic.clock away, and pass the time to the program in its input",
                field: "deterministic.clock")
        }
    }

    /// - Throws: ``RequestError`` for a file where ours are.
    static func check(_ files: [PreparedProgram.File]) throws(RequestError) {
        guard let file = files.first(where: { $0.path == folder || PathText.isFolder(folder, of: $0.path) }) else {
            return
        }
        throw RequestError(
            .conflictingFields,
            "'\(file.path)' cannot be there in a run with deterministic: '\(folder)' holds what makes it the same; rename the file",
            field: "files")
    }

    /// What is put beside the program for it.
    func files(for pack: LanguagePack) -> [PreparedProgram.File] {
        (seeding?.files(for: pack) ?? []) + [.init(path: "\(Self.folder)/\(ClockLibrary.name)", content: library)]
    }

    /// What the compiler finds: macros such as `__TIME__` tell the run's time (reproducible-builds.org, SOURCE_DATE_EPOCH).
    func applyToCompiler(_ spec: inout ProgramSpec) {
        guard let clock else { return }
        spec.environment["SOURCE_DATE_EPOCH"] = String(clock.at.unixMilliseconds / 1000)
    }

    /// - Parameter own: Variables that the caller set, which stay as they are.
    func apply(to spec: inout ProgramSpec, _ pack: LanguagePack, own: [String: String]) {
        let variables = [
            // What asks these takes it for the number of processors.
            "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "GOMAXPROCS": "1",
            "PYTHON_CPU_COUNT": "1",
        ]
        for (name, value) in variables where own[name] == nil { spec.environment[name] = value }
        let library = "\(SandboxPath.home)/\(Self.folder)/\(ClockLibrary.name)"
        spec.environment["LD_PRELOAD"] = own["LD_PRELOAD"].map { "\(library):\($0)" } ?? library
        if let clock { spec.environment["NESTBOX_CLOCK"] = Self.variable(clock) }
        seeding?.apply(to: &spec, pack, own: own)
    }

    /// As `CClock` reads it.
    private static func variable(_ clock: FixedClock) -> String {
        let digits = String(clock.at.unixMilliseconds)
        let time = String(repeating: "0", count: 15 - digits.count) + digits
        return switch clock.mode {
        case .frozen: "frozen:\(time)"
        // Room for the moment at which it began, which the first process writes there for those that it starts.
        case .running: "running:\(time):\(String(repeating: "-", count: 19))"
        }
    }
}
