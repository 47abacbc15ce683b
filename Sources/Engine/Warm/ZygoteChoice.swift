// SPDX-License-Identifier: Apache-2.0
import Isolation
import Languages

/// Which zygote a program may start from. A start from a zygote must not be told from a cold one, so whatever an interpreter
/// looks at while it starts has to be what the zygote saw.
struct ZygoteChoice: Sendable {
    static let interpreter = "/usr/bin/python3"
    static let entry = "main.py"

    let zygotes: [WarmConfiguration.Zygote]
    /// What a Python program of the pack finds in its environment when the caller adds nothing.
    let environment: [String: String]

    /// Beginnings of variables that an interpreter or the C library reads when it starts.
    private static let readAtStart = [
        "PYTHON", "LD_", "LC_", "LANG", "LOCPATH", "NLSPATH", "GCONV_PATH", "MALLOC_", "GLIBC_", "HOME",
    ]
    /// Beginnings of variables that a module may read when it is imported.
    private static let readAtImport = [
        "OMP_", "OPENBLAS_", "GOTO_", "BLIS_", "MKL_", "KMP_", "VECLIB_", "NUMEXPR_", "NUMBA_", "NPY_", "NUMPY_",
        "SCIPY_",
        "MPL", "PANDAS_", "XDG_", "TZ", "TMPDIR", "TEMP", "TMP", "DISPLAY", "WAYLAND_", "QT_", "OPENSSL_", "SSL_",
        "SOURCE_DATE_EPOCH", "DATEUTIL_", "SETUPTOOLS_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TERM",
    ]

    /// The name of the zygote for a program, nil when only a cold start is the same.
    func zygote(for program: PreparedProgram) -> String? {
        let spec = program.runSpec
        // A zygote has asked for the time, its hashes have a seed, and its memory is where it is.
        guard program.conditions == nil, let code = program.files.first(where: { $0.path == program.entry })?.content,
            program.compileSpec == nil,
            spec.arguments.first == Self.interpreter, spec.arguments.count > 1, spec.arguments[1] == program.entry,
            !program.entry.hasPrefix("-"), Self.isSame(Self.readAtStart, spec.environment, environment),
            // An interpreter looks for an archive in its program before it opens it (zipimport), and such a file holds zeros.
            !code.contains(0),
            // What an interpreter looks for in its home when it starts.
            !program.files.contains(where: { $0.path.hasPrefix(".local/") })
        else { return nil }
        // Files of the program may bear the names of modules, which a zygote would have imported from elsewhere already, or of
        // settings that modules read.
        let hasOtherModules = program.files.contains { $0.path != program.entry && Self.mattersToImports($0.path) }
        guard !hasOtherModules, program.entry == Self.entry,
            Self.isSame(Self.readAtImport, spec.environment, environment)
        else {
            return bare
        }
        let known = zygotes.reduce(into: Set<String>()) { $0.formUnion($1.packages) }
        let wanted = PythonImports.packages(in: code).intersection(known)
        if wanted.isEmpty { return bare }
        return zygotes.first { wanted.isSubset(of: $0.packages) }?.name
            ?? zygotes.max { $0.packages.intersection(wanted).count < $1.packages.intersection(wanted).count }?.name
    }

    private var bare: String? { zygotes.first { $0.modules.isEmpty }?.name }

    private static func mattersToImports(_ path: String) -> Bool {
        [".py", ".so", ".pyc", ".zip", "matplotlibrc"].contains(where: path.hasSuffix) || path.hasPrefix(".")
    }

    /// Whether an interpreter that starts with one environment, and what it imports then, is like one that starts with the other.
    static func isSameStart(_ wanted: [String: String], as environment: [String: String]) -> Bool {
        isSame(readAtStart + readAtImport, wanted, environment)
    }

    /// Whether the variables that begin so are the same in both.
    static func isSame(
        _ beginnings: [String], _ wanted: [String: String], _ environment: [String: String]
    ) -> Bool {
        let names = Set(wanted.keys).union(environment.keys)
        return names.allSatisfy { name in
            wanted[name] == environment[name] || !beginnings.contains(where: name.hasPrefix)
        }
    }
}
