// SPDX-License-Identifier: Apache-2.0
import Isolation
import Languages
import NestboxCore

/// Makes hash functions and random generators of a run the same each time, as far as its language lets itself be told before
/// its program begins. docs/judge.md has the table of what that covers.
struct Seeding: Sendable, Hashable {
    let seed: Int

    private static let folder = FixedConditions.folder

    /// What is put beside the program for it.
    func files(for pack: LanguagePack) -> [PreparedProgram.File] {
        let file: (name: String, text: String)? =
            switch pack.name {
            case "python": ("sitecustomize.py", Self.python(seed))
            case "ruby": ("seed.rb", "srand(\(seed))\n")
            case "perl": ("NestboxSeed.pm", "srand(\(seed));\n1;\n")
            case "php": ("seed.php", "<?php mt_srand(\(seed));")
            case "bash": ("seed.sh", "RANDOM=\(seed)\n")
            case "r": ("seed.R", "set.seed(\(signed))\n")
            case "octave": ("seed.m", Self.octaveGenerators.map { "\($0)('twister', \(seed));\n" }.joined())
            default: nil
            }
        return file.map { [.init(path: "\(Self.folder)/\($0.name)", content: Array($0.text.utf8))] } ?? []
    }

    /// - Parameter own: Variables that the caller set, which stay as they are.
    func apply(to spec: inout ProgramSpec, _ pack: LanguagePack, own: [String: String]) {
        var variables: [String: String] = [:]
        let folder = "\(SandboxPath.home)/\(Self.folder)"
        func list(_ name: String, _ first: String) {
            spec.environment[name] = own[name].map { "\(first):\($0)" } ?? first
        }
        func words(_ name: String, _ first: String) {
            spec.environment[name] = own[name].map { "\(first) \($0)" } ?? first
        }
        switch pack.name {
        case "python":
            variables["PYTHONHASHSEED"] = String(seed)
            list("PYTHONPATH", folder)
        case "ruby": words("RUBYOPT", "-r\(folder)/seed.rb")
        case "perl":
            variables["PERL_HASH_SEED"] = String(seed)
            variables["PERL_PERTURB_KEYS"] = "0"
            list("PERL5LIB", folder)
            words("PERL5OPT", "-MNestboxSeed")
        case "php": spec.arguments.insert(contentsOf: ["-d", "auto_prepend_file=\(folder)/seed.php"], at: 1)
        case "bash": variables["BASH_ENV"] = "\(folder)/seed.sh"
        case "lua": variables["LUA_INIT"] = "math.randomseed(\(seed))"
        // Before Go 1.20 it is like that by itself.
        case "go": variables["GODEBUG"] = "randautoseed=0"
        case "r":
            // --vanilla without leaving out the user's profile, which is ours.
            spec.arguments = spec.arguments.flatMap { $0 == "--vanilla" ? Self.almostVanilla : [$0] }
            variables["R_PROFILE_USER"] = "\(folder)/seed.R"
        case "octave": variables["OCTAVE_SITE_INITFILE"] = "\(folder)/seed.m"
        default: break
        }
        for (name, value) in variables where own[name] == nil { spec.environment[name] = value }
        // V8 takes 0 for "none", and 31 bits.
        if spec.arguments.first == AheadChoice.interpreter {
            spec.arguments.insert("--random-seed=\(seed % 2_147_483_647 + 1)", at: 1)
        }
    }

    /// R's seeds are integers of 32 bits.
    private var signed: Int { Int(Int32(truncatingIfNeeded: seed == 1 << 31 ? 0 : seed)) }

    private static let almostVanilla = ["--no-save", "--no-restore", "--no-environ", "--no-site-file"]
    private static let octaveGenerators = ["rand", "randn", "rande", "randg", "randp"]

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
