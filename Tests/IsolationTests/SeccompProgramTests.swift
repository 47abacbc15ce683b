// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Isolation

/// The compiled program does what the profile says, whatever the call.
@Suite struct SeccompProgramTests {
    @Test(arguments: SeccompArchitecture.allCases)
    func everyNumberIsDecidedAsTheProfileSays(_ architecture: SeccompArchitecture) throws {
        let fixture = try SeccompFixture.run(on: architecture)
        for number in Array(0..<1200) + [0x3fff_ffff, 0xffff_ffff] as [UInt32] {
            for argument in [0, UInt64.max] {
                let call = SeccompCall(
                    number: number, architecture: architecture.token,
                    arguments: Array(repeating: argument, count: 6))
                #expect(try fixture.machine.run(call) == fixture.meaning.outcome(of: call), "\(call)")
            }
        }
    }

    @Test(arguments: SeccompArchitecture.allCases)
    func everyArgumentIsJudgedAsTheProfileSays(_ architecture: SeccompArchitecture) throws {
        let fixture = try SeccompFixture.run(on: architecture)
        var random = SplitMix(state: 20)
        var allowed = 0
        var refused = 0
        for rule in fixture.profile.rules where rule.applies(to: architecture) {
            guard case .allowWhen(let alternatives, _) = rule.effect else { continue }
            let pools = (0..<6).map { argument in
                interesting(alternatives.joined().filter { $0.argument == argument }, using: &random)
            }
            for name in rule.calls {
                var call = try SeccompCall(name, arguments: [], on: architecture)
                for _ in 0..<3000 {
                    call.arguments = pools.map { $0.randomElement(using: &random) ?? 0 }
                    let outcome = try fixture.machine.run(call)
                    #expect(outcome == fixture.meaning.outcome(of: call), "\(name): \(call)")
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
                values += [
                    value, value, value &+ 1, value &- 1, value | 1 << 32, value | 0xffff_ffff << 32, value << 32,
                ]
                values += (0..<32).map { value ^ 1 << UInt64($0) }
                values.append(value | UInt64(~condition.mask))
            }
        }
        return values
    }

    @Test(arguments: SeccompArchitecture.allCases)
    func callsOfAnotherABIKill(_ architecture: SeccompArchitecture) throws {
        let machine = try SeccompFixture.run(on: architecture).machine
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
        let machine = try SeccompFixture.run(on: .amd64).machine
        for number in Array(0..<600) + [0x3fff_ffff, 0xbfff_fffe] as [UInt32] {
            let call = SeccompCall(
                number: 0x4000_0000 + number, architecture: SeccompArchitecture.amd64.token)
            #expect(try machine.run(call) == .killProcess, "x32 call \(number)")
        }
    }

    @Test func aRefusingABIActionIsCompiledToo() throws {
        let profile = try SeccompProfile(
            yaml: SeccompSample.yaml(otherABI: "{action: EACCES, why: x}"), file: "sample.yaml")
        let machine = SeccompFilterMachine(try profile.compile(for: .amd64))
        #expect(try machine.run(SeccompCall(number: 0, architecture: 0x4000_0003)) == .refused(.eacces))
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
        let fixture = try SeccompFixture.run(on: .amd64)
        let profile = fixture.profile
        let reversed = SeccompProfile(
            name: profile.name, why: profile.why, unlisted: profile.unlisted, otherABI: profile.otherABI,
            rules: profile.rules.reversed(), newerCalls: profile.newerCalls, file: profile.file)
        let other = SeccompFilterMachine(try reversed.compile(for: .amd64))
        for number in 0..<500 as Range<UInt32> {
            let call = SeccompCall(number: number, architecture: SeccompArchitecture.amd64.token)
            #expect(try fixture.machine.run(call) == other.run(call))
        }
    }

    /// The kernel keeps a bitmap of calls that are allowed whatever their arguments (Linux 5.11) by running the program
    /// with only the number and architecture known. A call is in it when the path to its permission reads nothing else.
    @Test func plainCallsAreAllowedByTheirNumberAlone() throws {
        let fixture = try SeccompFixture.run(on: .amd64)
        for rule in fixture.profile.rules where rule.effect == .allow && rule.applies(to: .amd64) {
            for name in rule.calls {
                let (outcome, steps) = try fixture.machine.trace(SeccompCall(name, arguments: [], on: .amd64))
                #expect(outcome == .allow)
                #expect(steps <= 24, "\(name) takes \(steps) instructions")
            }
        }
    }

    /// Values are put together into fewer comparisons; together they must say the same, and no two of them at once.
    @Test func comparisonsOfAConditionHoldForItsValuesOnly() {
        var random = SplitMix(state: 7)
        var saved = 0
        for _ in 0..<200 {
            let width = UInt32.random(in: 1...64, using: &random)
            let mask: UInt32 = [0xff, 0x7e, UInt32.max].randomElement(using: &random) ?? 0xff
            let values = Set((0..<width).map { _ in UInt32.random(in: 0...127, using: &random) & mask })
            let condition = SeccompCondition(name: "x", argument: 3, mask: mask, values: values.sorted())
            let comparisons = condition.comparisons
            saved += values.count - comparisons.count
            for argument in 0..<256 as Range<UInt64> {
                let holding = comparisons.count { UInt32(argument) & $0.mask == $0.value }
                #expect(holding == (condition.holds(for: argument) ? 1 : 0))
            }
        }
        #expect(saved > 1000)
    }

    @Test func aRuleThatTheArchitectureLacksIsAnErrorWithItsLine() throws {
        let profile = try SeccompProfile.bundled("run")
        let rule = SeccompRule(
            group: "files", calls: ["open"], architecture: nil, effect: .allow, why: "x", line: 7)
        let broken = SeccompProfile(
            name: "broken", why: "x", unlisted: .enosys, otherABI: .killProcess, rules: [rule],
            newerCalls: profile.newerCalls, file: "broken.yaml")
        let error = #expect(throws: SeccompError.self) { try broken.compile(for: .arm64) }
        #expect(error?.code == .unknownSyscall)
        #expect(error?.description == "broken.yaml:7: aarch64 has no system call 'open' (unknown_syscall)")
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
