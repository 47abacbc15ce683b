// SPDX-License-Identifier: Apache-2.0
internal import CSeccomp

extension SeccompProfile {
    /// Makes the program that a sandbox installs.
    ///
    /// libseccomp decides what is allowed: it gets the allow rules only, so their order cannot matter. What a refused
    /// call returns is not part of that decision and is added behind it, see ``SeccompRefusals``.
    ///
    /// - Parameter architecture: another one than this machine's is for tests: libseccomp then takes calls by their
    ///   name only, so allowing one of ``newerCalls`` that it does not know fails.
    /// - Throws: ``SeccompError`` when libseccomp fails, a rule cannot be expressed, or the program is too large.
    public func compile(for architecture: SeccompArchitecture = .native) throws(SeccompError) -> SeccompProgram {
        let otherABIAction =
            switch otherABI {
            case .killProcess: nestbox_action_kill_process()
            case .refuse(let errno): nestbox_action_errno(errno.rawValue)
            }
        let context = try SeccompContext.make(
            architecture: architecture, fallback: nestbox_action_errno(SeccompRefusals.marker), otherABI: otherABIAction
        )
        var refusals = SeccompRefusals(unlisted: unlisted)
        for rule in rules where rule.applies(to: architecture) {
            for call in rule.calls {
                let number = try number(of: call, on: architecture, line: rule.line)
                // libseccomp takes the number of the machine's architecture and translates it by name.
                let native = architecture == .native ? number : try self.number(of: call, on: .native, line: rule.line)
                switch rule.effect {
                case .allow:
                    try located(rule) { () throws(SeccompError) in try context.allow(native, when: []) }
                case .allowWhen(let alternatives, let otherwise):
                    for comparisons in alternatives.flatMap(SeccompComparison.combinations) {
                        try located(rule) { () throws(SeccompError) in try context.allow(native, when: comparisons) }
                    }
                    refusals.add(number, otherwise)
                case .deny(let errno):
                    refusals.add(number, errno)
                }
            }
        }
        let program = try refusals.append(to: BPFInstruction.decode(context.exportProgram()))
        try Self.check(program, actions: refusals.actions + [nestbox_action_allow(), otherABIAction])
        return SeccompProgram(architecture: architecture, bytes: BPFInstruction.encode(program))
    }

    /// The number of a call that a rule names.
    func number(of call: String, on architecture: SeccompArchitecture, line: Int) throws(SeccompError) -> Int32 {
        if case .number(let number) = SyscallTable.lookup(call, on: architecture) { return number }
        guard let number = newerCalls[call] else {
            throw SeccompError(
                .unknownSyscall, "\(architecture.rawValue) has no system call '\(call)'", file: file, line: line)
        }
        return number
    }

    private func located(
        _ rule: SeccompRule, _ body: () throws(SeccompError) -> Void
    ) throws(SeccompError) {
        do {
            try body()
        } catch {
            throw SeccompError(error.code, error.message, file: file, line: rule.line)
        }
    }

    /// Holds what the kernel would check (known instructions, jumps stay inside, the end is reached, not too long) and
    /// that nothing but the profile's own actions can come out.
    private static func check(_ program: [BPFInstruction], actions: [UInt32]) throws(SeccompError) {
        guard (1...SeccompProgram.maximumInstructions).contains(program.count) else {
            throw SeccompError(
                .invalidProgram,
                "the program has \(program.count) instructions; the kernel takes \(SeccompProgram.maximumInstructions)")
        }
        for (index, instruction) in program.enumerated() {
            let left = program.count - index - 1
            let isSound =
                switch instruction.code {
                case BPFInstruction.Code.return: actions.contains(instruction.operand)
                case BPFInstruction.Code.jump: instruction.operand < left
                case BPFInstruction.Code.load, BPFInstruction.Code.and: left > 0
                case BPFInstruction.Code.jumpIfEqual, BPFInstruction.Code.jumpIfGreater,
                    BPFInstruction.Code.jumpIfGreaterOrEqual, BPFInstruction.Code.jumpIfAnySet:
                    max(instruction.jumpTrue, instruction.jumpFalse) < left
                default: false
                }
            guard isSound else {
                throw SeccompError(
                    .invalidProgram, "instruction \(index) is unknown, leaves the program or ends it wrongly")
            }
        }
    }
}
