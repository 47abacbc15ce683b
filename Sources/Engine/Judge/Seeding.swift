// SPDX-License-Identifier: Apache-2.0
import Isolation
import Languages
import NestboxCore

/// Makes hash functions and random generators of a run the same each time, as far as its language lets itself be told before
/// its program begins. docs/judge.md has the table of what that covers.
struct Seeding: Sendable, Hashable {
    private static let folder = ".nestbox-seed"

    let seed: Int

    /// - Throws: ``RequestError`` `unsupported_determinism` for a clock: nothing here can fix it for every program, and a run
    ///   that says it was fixed must not be wrong.
    init?(_ determinism: Determinism?) throws(RequestError) {
        guard let determinism else { return nil }
        guard determinism.clock == nil else {
            throw RequestError(
                .unsupportedDeterminism,
                "the clock of a program cannot be fixed on this server; leave deterministic.clock away",
                field: "deterministic.clock")
        }
        guard let seed = determinism.seed else { return nil }
        self.seed = seed
    }

    /// What is put beside the program for it.
    func files(for pack: LanguagePack) -> [PreparedProgram.File] {
        switch pack.name {
        case "python":
            [.init(path: "\(Self.folder)/sitecustomize.py", content: Array(Self.python(seed).utf8))]
        case "ruby": [.init(path: "\(Self.folder)/seed.rb", content: Array("srand(\(seed))\n".utf8))]
        default: []
        }
    }

    /// - Parameter own: Variables that the caller set, which stay as they are.
    func apply(to spec: inout ProgramSpec, _ pack: LanguagePack, own: [String: String]) {
        var variables = [
            // One CPU, whatever the machine has: what asks these takes it for their number.
            "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "GOMAXPROCS": "1",
            "PYTHON_CPU_COUNT": "1",
        ]
        let folder = "\(SandboxPath.home)/\(Self.folder)"
        switch pack.name {
        case "python":
            variables["PYTHONHASHSEED"] = String(seed)
            spec.environment["PYTHONPATH"] = own["PYTHONPATH"].map { "\(folder):\($0)" } ?? folder
        case "ruby":
            spec.environment["RUBYOPT"] = "-r\(folder)/seed.rb" + (own["RUBYOPT"].map { " \($0)" } ?? "")
        case "perl":
            variables["PERL_HASH_SEED"] = String(seed)
            variables["PERL_PERTURB_KEYS"] = "0"
            variables["PERL_RAND_SEED"] = String(seed)
        default: break
        }
        for (name, value) in variables where own[name] == nil { spec.environment[name] = value }
        // V8 takes 0 for "none", and 31 bits.
        if spec.arguments.first == AheadChoice.interpreter {
            spec.arguments.insert("--random-seed=\(seed % 2_147_483_647 + 1)", at: 1)
        }
    }

    /// Seeds the module `random` at once and what numpy had before its generators when it is imported.
    private static func python(_ seed: Int) -> String {
        """
        def _seed():
            import random, sys
            random.seed(\(seed))

            class Finder:
                @staticmethod
                def find_spec(name, path=None, target=None):
                    if name != "numpy.random":
                        return None
                    sys.meta_path.remove(Finder)
                    import importlib.util
                    spec = importlib.util.find_spec(name)
                    if spec is None or spec.loader is None:
                        return spec
                    load = spec.loader.exec_module
                    def exec_module(module):
                        load(module)
                        module.seed(\(seed))
                    spec.loader.exec_module = exec_module
                    return spec

            sys.meta_path.insert(0, Finder)

        _seed()
        del _seed

        """
    }
}
