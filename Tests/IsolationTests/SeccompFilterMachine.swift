// SPDX-License-Identifier: Apache-2.0
@testable import Isolation

/// `struct seccomp_data`: what a filter sees of one call.
struct SeccompCall: CustomStringConvertible {
    var number: UInt32
    /// `AUDIT_ARCH_*`
    var architecture: UInt32
    var arguments: [UInt64] = [0, 0, 0, 0, 0, 0]

    /// The call by name, on an architecture that has it; missing arguments are 0.
    init(_ name: String, _ arguments: UInt64..., on architecture: SeccompArchitecture = .amd64) throws {
        try self.init(name, arguments: arguments, on: architecture)
    }

    init(_ name: String, arguments: [UInt64], on architecture: SeccompArchitecture) throws {
        let profile = try SeccompFixture.run(on: architecture).profile
        number = UInt32(bitPattern: try profile.number(of: name, on: architecture, line: 0))
        self.architecture = architecture.token
        self.arguments.replaceSubrange(0..<arguments.count, with: arguments)
    }

    init(number: UInt32, architecture: UInt32, arguments: [UInt64] = [0, 0, 0, 0, 0, 0]) {
        self.number = number
        self.architecture = architecture
        self.arguments = arguments
    }

    var description: String {
        let list = arguments.map { "0x" + String($0, radix: 16) }.joined(separator: ", ")
        return "call \(number) of 0x\(String(architecture, radix: 16)) (\(list))"
    }

    /// The 32-bit word at a byte offset of the structure, on a little-endian machine.
    fileprivate func word(at offset: UInt32) -> UInt32? {
        switch offset {
        case 0: number
        case 4: architecture
        case 16..<64 where offset.isMultiple(of: 8): UInt32(truncatingIfNeeded: arguments[Int(offset - 16) / 8])
        case 16..<64 where offset.isMultiple(of: 4): UInt32(truncatingIfNeeded: arguments[Int(offset - 16) / 8] >> 32)
        default: nil
        }
    }
}

/// What a filter says.
enum SeccompOutcome: Hashable {
    case allow
    case errno(UInt16)
    case killProcess

    static func refused(_ errno: SeccompErrno) -> SeccompOutcome { .errno(errno.rawValue) }
}

/// Runs a program as the kernel does, instruction for instruction (<linux/filter.h>, seccomp_check_filter). Knows just
/// the instructions that libseccomp writes; anything else is an error.
struct SeccompFilterMachine {
    struct Fault: Error { var reason: String }

    let program: [BPFInstruction]

    init(_ program: SeccompProgram) {
        self.program = BPFInstruction.decode(program.bytes)
    }

    func run(_ call: SeccompCall) throws -> SeccompOutcome {
        try trace(call).outcome
    }

    /// The outcome and the number of instructions it took.
    func trace(_ call: SeccompCall) throws -> (outcome: SeccompOutcome, steps: Int) {
        var accumulator: UInt32 = 0
        var position = 0
        var steps = 0
        while program.indices.contains(position) {
            let instruction = program[position]
            position += 1
            steps += 1
            func branch(_ condition: Bool) { position += Int(condition ? instruction.jumpTrue : instruction.jumpFalse) }
            switch instruction.code {
            case 0x20:  // LD W ABS
                guard let word = call.word(at: instruction.operand) else {
                    throw Fault(reason: "load of offset \(instruction.operand)")
                }
                accumulator = word
            case 0x54: accumulator &= instruction.operand  // ALU AND K
            case 0x05: position += Int(instruction.operand)  // JA
            case 0x15: branch(accumulator == instruction.operand)  // JEQ K
            case 0x25: branch(accumulator > instruction.operand)  // JGT K
            case 0x35: branch(accumulator >= instruction.operand)  // JGE K
            case 0x45: branch(accumulator & instruction.operand != 0)  // JSET K
            case 0x06: return (try outcome(instruction.operand), steps)  // RET K
            default: throw Fault(reason: "instruction \(instruction.code)")
            }
        }
        throw Fault(reason: "ran off the end")
    }

    private func outcome(_ action: UInt32) throws -> SeccompOutcome {
        switch action {
        case 0x7fff_0000: .allow
        case 0x8000_0000: .killProcess
        case 0x0005_0000...0x0005_ffff: .errno(UInt16(truncatingIfNeeded: action))
        default: throw Fault(reason: "action 0x\(String(action, radix: 16))")
        }
    }
}

/// What the text of a profile says, by plain reading: the judge of the compiler.
struct SeccompMeaning {
    private let effects: [UInt32: SeccompRule.Effect]
    private let unlisted: SeccompErrno

    init(of profile: SeccompProfile, on architecture: SeccompArchitecture) throws {
        var effects: [UInt32: SeccompRule.Effect] = [:]
        for rule in profile.rules where rule.applies(to: architecture) {
            for name in rule.calls {
                let number = try profile.number(of: name, on: architecture, line: rule.line)
                effects[UInt32(bitPattern: number)] = rule.effect
            }
        }
        self.effects = effects
        unlisted = profile.unlisted
    }

    func outcome(of call: SeccompCall) -> SeccompOutcome {
        switch effects[call.number] {
        case nil: return .refused(unlisted)
        case .allow: return .allow
        case .deny(let errno): return .refused(errno)
        case .allowWhen(let alternatives, let otherwise):
            let holds = alternatives.contains { conditions in
                conditions.allSatisfy { $0.holds(for: call.arguments[$0.argument]) }
            }
            return holds ? .allow : .refused(otherwise)
        }
    }
}

/// The bundled `run` profile, read and compiled once for all tests.
struct SeccompFixture {
    let profile: SeccompProfile
    let machine: SeccompFilterMachine
    let meaning: SeccompMeaning

    static func run(on architecture: SeccompArchitecture) throws -> SeccompFixture {
        switch architecture {
        case .amd64: try x86.get()
        case .arm64: try arm.get()
        }
    }

    private static let x86 = Result { try SeccompFixture(.amd64) }
    private static let arm = Result { try SeccompFixture(.arm64) }

    private init(_ architecture: SeccompArchitecture) throws {
        profile = try SeccompProfile.bundled("run").compilable(for: architecture)
        machine = SeccompFilterMachine(try profile.compile(for: architecture))
        meaning = try SeccompMeaning(of: profile, on: architecture)
    }
}

extension SeccompProfile {
    /// The profile, on another architecture than this machine's without the few newer calls that libseccomp cannot
    /// translate to it.
    func compilable(for architecture: SeccompArchitecture) -> SeccompProfile {
        guard architecture != .native else { return self }
        let rules = self.rules.map { rule in
            let known = rule.calls.filter { SyscallTable.lookup($0, on: .native) != .unknown }
            return SeccompRule(
                group: rule.group, calls: known, architecture: rule.architecture, effect: rule.effect, why: rule.why,
                line: rule.line)
        }
        return SeccompProfile(
            name: name, why: why, unlisted: unlisted, otherABI: otherABI, rules: rules, newerCalls: newerCalls,
            file: file)
    }
}
