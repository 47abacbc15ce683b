// SPDX-License-Identifier: Apache-2.0
import Isolation
import Languages

/// Which programs may go on in an interpreter that was started ahead, before they were there: those of Node.js, which has threads
/// and therefore cannot be forked, and those of Python where the driver has no zygotes. What an interpreter looks at while it starts
/// has to be what it will be for the program.
struct AheadChoice: Sendable {
    static let interpreter = "/usr/bin/node"

    /// Beginnings of variables that the interpreter or the C library reads before it looks for its program.
    private static let readAtStart = [
        "NODE_", "LD_", "LC_", "LANG", "LOCPATH", "NLSPATH", "GCONV_PATH", "MALLOC_", "GLIBC_", "HOME", "TZ", "ICU_",
        "UV_", "SSL_", "OPENSSL_", "V8_", "NESTBOX_AHEAD_",
    ]

    /// What a program of the pack finds in its environment when the caller adds nothing. Nil: no pack has the interpreter.
    let environment: [String: String]?

    /// Which programs of Python may: those that may be forked from a zygote that has imported nothing.
    private let python: ZygoteChoice?

    init(pack: LanguagePack?, python: LanguagePack? = nil) {
        environment = pack.map { PreparedProgram.environment(of: $0) }
        self.python = python.map { python in
            ZygoteChoice(
                zygotes: [.init(name: "python", modules: [])], environment: PreparedProgram.environment(of: python))
        }
    }

    /// In metrics; nil when nothing is started ahead.
    var name: String? { python != nil ? "ahead" : environment != nil ? "node" : nil }

    /// How to start the interpreter ahead of a program like this one, nil when only a cold start is the same.
    func start(for program: PreparedProgram) -> AheadStart? { pythonStart(for: program) ?? nodeStart(for: program) }

    private func pythonStart(for program: PreparedProgram) -> AheadStart? {
        guard let python, program.conditions == nil, python.zygote(for: program) != nil else { return nil }
        var spec = program.runSpec
        spec.environment = python.environment
        return AheadStart(program: spec, entry: "\(spec.directory)/\(program.entry)")
    }

    private func nodeStart(for program: PreparedProgram) -> AheadStart? {
        var spec = program.runSpec
        guard let environment, program.conditions == nil, program.compileSpec == nil,
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
