// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Isolation

/// The compiled program does what the profile says, whatever the call.
@Suite struct SeccompProgramTests {
    @Test(arguments: SeccompArchitecture.allCases)
    func everyNumberIsDecidedAsTheProfileSays(_ architecture: SeccompArchitecture) throws {
        let profile = try SeccompProfile.bundled("run").compilable(for: architecture)
        let machine = SeccompFilterMachine(try profile.compile(for: architecture))
        for number in Array(0..<1200) + [0x3fff_ffff, 0xffff_ffff] as [UInt32] {
            for argument in [0, UInt64.max] {
                let call = SeccompCall(
                    number: number, architecture: architecture.token,
                    arguments: Array(repeating: argument, count: 6))
                #expect(try machine.run(call) == profile.meaning(of: call, on: architecture), "\(call)")
            }
        }
    }

    @Test(arguments: SeccompArchitecture.allCases)
    func everyArgumentIsJudgedAsTheProfileSays(_ architecture: SeccompArchitecture) throws {
        let profile = try SeccompProfile.bundled("run").compilable(for: architecture)
        let machine = SeccompFilterMachine(try profile.compile(for: architecture))
        var random = SplitMix(state: 20)
        var allowed = 0
        var refused = 0
        for rule in profile.rules where rule.applies(to: architecture) {
            guard case .allowWhen(let alternatives, _) = rule.effect else { continue }
            let pools = (0..<6).map { argument in
                interesting(alternatives.joined().filter { $0.argument == argument }, using: &random)
            }
            for name in rule.calls {
                var call = try SeccompCall(name, arguments: [], on: architecture)
                for _ in 0..<3000 {
                    call.arguments = pools.map { $0.randomElement(using: &random) ?? 0 }
                    let outcome = try machine.run(call)
                    #expect(try outcome == profile.meaning(of: call, on: architecture), "\(name): \(call)")
                    if outcome == .allow { allowed += 1 } else { refused += 1 }
                }
            }
        }
        // Both sides of the rules were really walked.
        #expect(allowed > 1000 && refused > 1000)
    }

    /// Values at and around those of the conditions, with bits added, removed and set in the half that must not matter.
    private func interesting(_ conditions: [SeccompCondition], using random: inout SplitMix) -> [UInt64] {
        var values: [UInt64] = [0, 1, 0x7fff_ffff, 0xffff_ffff, .max, random.next(), random.next()]
        for condition in conditions {
            for value in condition.values.map(UInt64.init) {
                values += [value, value, value &+ 1, value &- 1, value | 1 << 32, value | 0xffff_ffff << 32, value << 32]
                values += (0..<32).map { value ^ 1 << UInt64($0) }
                values.append(value | UInt64(~condition.mask))
            }
        }
        return values
    }

    @Test(arguments: SeccompArchitecture.allCases)
    func callsOfAnotherABIKill(_ architecture: SeccompArchitecture) throws {
        let machine = SeccompFilterMachine(try SeccompProfile.bundled("run").compilable(for: architecture).compile(for: architecture))
        let i386: UInt32 = 0x4000_0003
        let arm: UInt32 = 0x4000_0028
        let others = [i386, arm, 0, 0xffff_ffff] + SeccompArchitecture.allCases.map(\.token)
        for other in others where other != architecture.token {
            for number in 0..<500 as Range<UInt32> {
                #expect(try machine.run(SeccompCall(number: number, architecture: other)) == .killProcess)
            }
        }
    }

    /// x32 shares the architecture of x86-64 and marks its numbers with bit 30.
    @Test func callsOfX32Kill() throws {
        let machine = SeccompFilterMachine(try SeccompProfile.bundled("run").compile(for: .x86_64))
        for number in Array(0..<600) + [0x3fff_ffff, 0xbfff_fffe] as [UInt32] {
            let call = SeccompCall(
                number: 0x4000_0000 + number, architecture: SeccompArchitecture.x86_64.token)
            #expect(try machine.run(call) == .killProcess, "x32 call \(number)")
        }
    }

    @Test func aRefusingABIActionIsCompiledToo() throws {
        let profile = try SeccompProfile(
            yaml: SeccompSample.yaml(otherABI: "{action: EACCES, why: x}"), file: "sample.yaml")
        let machine = SeccompFilterMachine(try profile.compile(for: .x86_64))
        #expect(try machine.run(SeccompCall(number: 0, architecture: 0x4000_0003)) == .refused(.EACCES))
    }

    @Test(arguments: SeccompArchitecture.allCases)
    func theProgramFitsIntoTheKernel(_ architecture: SeccompArchitecture) throws {
        let program = try SeccompProfile.bundled("run").compilable(for: architecture).compile(for: architecture)
        #expect(program.architecture == architecture)
        #expect(program.bytes.count == program.instructionCount * 8)
        #expect((100...SeccompProgram.maximumInstructions).contains(program.instructionCount))
        #expect(BPFInstruction.encode(BPFInstruction.decode(program.bytes)) == program.bytes)
    }

    @Test func theOrderOfRulesDoesNotMatter() throws {
        let profile = try SeccompProfile.bundled("run")
        let reversed = SeccompProfile(
            name: profile.name, why: profile.why, unlisted: profile.unlisted, otherABI: profile.otherABI,
            rules: profile.rules.reversed(), newerCalls: profile.newerCalls, file: profile.file)
        let one = SeccompFilterMachine(try profile.compile(for: .x86_64))
        let other = SeccompFilterMachine(try reversed.compile(for: .x86_64))
        for number in 0..<500 as Range<UInt32> {
            let call = SeccompCall(number: number, architecture: SeccompArchitecture.x86_64.token)
            #expect(try one.run(call) == other.run(call))
        }
    }

    /// The kernel keeps a bitmap of calls that are allowed whatever their arguments (Linux 5.11) by running the program with
    /// only the number and architecture known. A call is in it when the path to its permission reads nothing else.
    @Test func plainCallsAreAllowedByTheirNumberAlone() throws {
        let profile = try SeccompProfile.bundled("run")
        let machine = SeccompFilterMachine(try profile.compile(for: .x86_64))
        for rule in profile.rules where rule.effect == .allow && rule.applies(to: .x86_64) {
            for name in rule.calls {
                let (outcome, steps) = try machine.trace(SeccompCall(name, arguments: [], on: .x86_64))
                #expect(outcome == .allow)
                #expect(steps <= 24, "\(name) takes \(steps) instructions")
            }
        }
    }

    @Test func aRuleThatTheArchitectureLacksIsAnErrorWithItsLine() throws {
        let profile = try SeccompProfile.bundled("run")
        let rule = SeccompRule(
            group: "files", calls: ["open"], architecture: nil, effect: .allow, why: "x", line: 7)
        let broken = SeccompProfile(
            name: "broken", why: "x", unlisted: .ENOSYS, otherABI: .killProcess, rules: [rule],
            newerCalls: profile.newerCalls, file: "broken.yaml")
        let error = #expect(throws: SeccompError.self) { try broken.compile(for: .aarch64) }
        #expect(error?.code == .unknownSyscall)
        #expect(error?.description == "broken.yaml:7: aarch64 has no system call 'open' (unknown_syscall)")
    }
}

extension SeccompProfile {
    /// The profile, on another architecture without the few newer calls that libseccomp cannot translate to it.
    func compilable(for architecture: SeccompArchitecture) -> SeccompProfile {
        guard architecture != .native else { return self }
        let rules = self.rules.map { rule in
            let known = rule.calls.filter { SyscallTable.lookup($0, on: .native) != .unknown }
            return SeccompRule(
                group: rule.group, calls: known, architecture: rule.architecture, effect: rule.effect, why: rule.why,
                line: rule.line)
        }
        return SeccompProfile(
            name: name, why: why, unlisted: unlisted, otherABI: otherABI, rules: rules, newerCalls: newerCalls, file: file)
    }
}

/// SplitMix64: the same numbers in every test run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
