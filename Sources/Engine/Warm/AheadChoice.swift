// SPDX-License-Identifier: Apache-2.0
import Isolation
import Languages

/// Which programs may go on in an interpreter that was started ahead, before they were there: those of Node.js, which has threads
/// and therefore cannot be forked. What an interpreter looks at while it starts has to be what it will be for the program.
struct AheadChoice: Sendable {
    static let interpreter = "/usr/bin/node"
    /// In metrics.
    static let name = "node"

    /// Beginnings of variables that the interpreter or the C library reads before it looks for its program.
    private static let readAtStart = [
        "NODE_", "LD_", "LC_", "LANG", "LOCPATH", "NLSPATH", "GCONV_PATH", "MALLOC_", "GLIBC_", "HOME", "TZ", "ICU_",
        "UV_", "SSL_", "OPENSSL_", "V8_", "NESTBOX_AHEAD_",
    ]

    /// What a program of the pack finds in its environment when the caller adds nothing. Nil: no pack has the interpreter.
    let environment: [String: String]?

    init(pack: LanguagePack?) {
        environment = pack.map { PreparedProgram.environment(of: $0) }
    }

    /// How to start the interpreter ahead of a program like this one, nil when only a cold start is the same.
    func start(for program: PreparedProgram) -> AheadStart? {
        var spec = program.runSpec
        guard let environment, program.seeding == nil, program.compileSpec == nil,
            spec.arguments.first == Self.interpreter,
            spec.arguments.contains(program.entry), !program.entry.hasPrefix("-"),
            program.files.contains(where: { $0.path == program.entry }),
            ZygoteChoice.isSame(Self.readAtStart, spec.environment, environment)
        else { return nil }
        // Whatever else the program has in its environment comes with it.
        spec.environment = environment
        return AheadStart(program: spec, entry: "\(spec.directory)/\(program.entry)")
    }
}
