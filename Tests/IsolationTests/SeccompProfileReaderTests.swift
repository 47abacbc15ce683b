// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Isolation

/// A small valid profile with replaceable parts.
enum SeccompSample {
    static let rules = """
        rules:
          files:
            - allow: [read, write]
              why: everybody
        """

    static func yaml(
        head: String = "profile: sample\nwhy: a test",
        unlisted: String = "{errno: ENOSYS, why: x}",
        otherABI: String = "{action: kill_process, why: x}",
        more: String = "",
        rules: String = rules
    ) -> String {
        """
        \(head)
        unlisted: \(unlisted)
        other_abi: \(otherABI)
        \(more)
        \(rules)
        """
    }

    /// A profile whose only rule stands in line 8.
    static func yaml(rule: String) -> String {
        let lines = rule.split(separator: "\n", omittingEmptySubsequences: false)
        return yaml(rules: "rules:\n  group:\n    - " + lines.joined(separator: "\n      "))
    }
}

@Suite struct SeccompProfileReaderTests {
    @Test func readsEveryPart() throws {
        let profile = try SeccompProfile(
            yaml: SeccompSample.yaml(
                more: "newer_calls: {mseal: 462}",
                rules: """
                    rules:
                      memory:
                        - allow: [mseal, brk]
                          why: one
                        - allow: [open]
                          arch: x86_64
                          when:
                            - flags: {arg: 1, without: {A: 1, B: 0x4}}
                              mode: {arg: 2, is: {C: 8}, besides: {D: 0x10}}
                            - flags: {arg: 1, mask: 0xf, is: {E: 1, F: 2}}
                          otherwise: EACCES
                          why: two
                        - deny: [bpf]
                          errno: EPERM
                          why: three
                    """), file: "sample.yaml")
        #expect(profile.name == "sample")
        #expect(profile.why == "a test")
        #expect(profile.unlisted == .enosys)
        #expect(profile.otherABI == .killProcess)
        #expect(profile.newerCalls == ["mseal": 462])
        let conditions: [[SeccompCondition]] = [
            [
                SeccompCondition(name: "flags", argument: 1, mask: 5, values: [0]),
                SeccompCondition(name: "mode", argument: 2, mask: 0xffff_ffef, values: [8]),
            ],
            [SeccompCondition(name: "flags", argument: 1, mask: 0xf, values: [1, 2])],
        ]
        #expect(
            profile.rules == [
                SeccompRule(
                    group: "memory", calls: ["mseal", "brk"], architecture: nil, effect: .allow, why: "one", line: 8),
                SeccompRule(
                    group: "memory", calls: ["open"], architecture: .amd64,
                    effect: .allowWhen(conditions, otherwise: .eacces), why: "two", line: 10),
                SeccompRule(
                    group: "memory", calls: ["bpf"], architecture: nil, effect: .deny(.eperm), why: "three", line: 18),
            ])
        #expect(profile.rule(for: "open", on: .amd64)?.why == "two")
        #expect(profile.rule(for: "open", on: .arm64) == nil)
    }

    /// Each row: what is wrong, the profile, the code and line of the error, and a word that its text must hold.
    static let mistakes: [(what: String, yaml: String, code: SeccompError.Code, line: Int?, word: String)] = [
        ("no YAML", "profile: [", .invalidYAML, 2, ""),
        ("two documents", "a: b\n---\nc: d", .invalidYAML, 2, ""),
        ("an empty file", "", .missingKey, nil, "empty"),
        ("a list at the top", "- a", .wrongType, 1, "a mapping, not a list"),
        ("text at the top", "hello", .wrongType, 1, "a mapping, not text"),
        ("an unknown key", SeccompSample.yaml(more: "defaults: x"), .unknownKey, 5, "'defaults'"),
        ("a key twice", SeccompSample.yaml(more: "why: again"), .duplicate, 2, "'why'"),
        ("no name", SeccompSample.yaml(head: "why: x"), .missingKey, 1, "'profile'"),
        ("no purpose", SeccompSample.yaml(head: "profile: x"), .missingKey, 1, "'why'"),
        ("an odd name", SeccompSample.yaml(head: "profile: ../x\nwhy: x"), .invalidValue, 1, "../x"),
        ("no rules", "profile: x\nwhy: x\nunlisted: {errno: EPERM, why: x}", .missingKey, 1, "'rules'"),
        ("an unlisted errno without why", SeccompSample.yaml(unlisted: "{errno: ENOSYS}"), .missingKey, 3, "'why'"),
        ("an unknown errno", SeccompSample.yaml(unlisted: "{errno: EWHAT, why: x}"), .invalidValue, 3, "'EWHAT'"),
        ("errno 0", SeccompSample.yaml(unlisted: "{errno: 0, why: x}"), .invalidValue, 3, "'0'"),
        ("an ABI action without why", SeccompSample.yaml(otherABI: "{action: kill_process}"), .missingKey, 4, "'why'"),
        ("an unknown ABI action", SeccompSample.yaml(otherABI: "{action: allow, why: x}"), .invalidValue, 4, "'allow'"),
        ("rules as a list", SeccompSample.yaml(rules: "rules: [a]"), .wrongType, 6, "a mapping, not a list"),
        ("a group that is no list", SeccompSample.yaml(rules: "rules: {files: x}"), .wrongType, 6, "'files'"),
        ("an empty group", SeccompSample.yaml(rules: "rules: {files: []}"), .missingKey, 6, "'files' is empty"),
        ("a rule without why", SeccompSample.yaml(rule: "allow: [read]"), .missingKey, 8, "'why'"),
        ("a rule with an empty why", SeccompSample.yaml(rule: "allow: [read]\nwhy: ' '"), .missingKey, 9, "empty"),
        ("a rule that does nothing", SeccompSample.yaml(rule: "why: x"), .missingKey, 8, "'allow'"),
        (
            "an unknown key of a rule", SeccompSample.yaml(rule: "allow: [read]\nargs: 1\nwhy: x"), .unknownKey, 9,
            "'args'"
        ),
        ("a call that is no list", SeccompSample.yaml(rule: "allow: read\nwhy: x"), .wrongType, 8, "a list, not text"),
        ("no calls", SeccompSample.yaml(rule: "allow: []\nwhy: x"), .missingKey, 8, "empty"),
        (
            "an unknown call", SeccompSample.yaml(rule: "allow:\n  - read\n  - raed\nwhy: x"), .unknownSyscall, 10,
            "'raed'"
        ),
        ("a number as a call", SeccompSample.yaml(rule: "allow: [17]\nwhy: x"), .invalidValue, 8, "'17'"),
        (
            "a call of one architecture", SeccompSample.yaml(rule: "allow: [open]\nwhy: x"), .unknownSyscall, 8,
            "say arch: x86_64"
        ),
        (
            "a call of all architectures on one", SeccompSample.yaml(rule: "allow: [read]\narch: x86_64\nwhy: x"),
            .unknownSyscall, 8, "leave 'arch' out"
        ),
        (
            "a call of the other architecture", SeccompSample.yaml(rule: "allow: [open]\narch: aarch64\nwhy: x"),
            .unknownSyscall, 8, "say arch: x86_64"
        ),
        (
            "an unknown architecture", SeccompSample.yaml(rule: "allow: [read]\narch: s390\nwhy: x"), .invalidValue, 9,
            "'s390'"
        ),
        ("a call twice in a rule", SeccompSample.yaml(rule: "allow: [read, read]\nwhy: x"), .duplicate, 8, "'read'"),
        (
            "a call allowed and denied",
            SeccompSample.yaml(rule: "allow: [read]\nwhy: x")
                + "\n    - deny: [read]\n      errno: EPERM\n      why: x",
            .duplicate, 10, "line 8"
        ),
        (
            "allow beside deny", SeccompSample.yaml(rule: "allow: [read]\ndeny: [write]\nerrno: EPERM\nwhy: x"),
            .invalidValue, 8, "'allow'"
        ),
        ("deny without errno", SeccompSample.yaml(rule: "deny: [read]\nwhy: x"), .missingKey, 8, "'errno'"),
        (
            "deny with a condition", SeccompSample.yaml(rule: "deny: [read]\nerrno: EPERM\nwhen: [x]\nwhy: x"),
            .invalidValue, 10, "'when'"
        ),
        (
            "allow with an errno", SeccompSample.yaml(rule: "allow: [read]\nerrno: EPERM\nwhy: x"), .invalidValue, 9,
            "'otherwise'"
        ),
        (
            "otherwise without when", SeccompSample.yaml(rule: "allow: [read]\notherwise: EPERM\nwhy: x"),
            .invalidValue, 9, "'when'"
        ),
        (
            "when without otherwise",
            SeccompSample.yaml(rule: "allow: [read]\nwhen:\n  - a: {arg: 0, is: {A: 1}}\nwhy: x"), .missingKey, 8,
            "'otherwise'"
        ),
        ("when that is no list", condition("{a: {arg: 0, is: {A: 1}}}"), .wrongType, 10, "a list, not a mapping"),
        ("no alternatives", condition("[]"), .missingKey, 10, "empty"),
        ("a seventh argument", condition("[a: {arg: 6, is: {A: 1}}]"), .invalidValue, 10, "'6'"),
        ("no argument", condition("[a: {is: {A: 1}}]"), .missingKey, 10, "'arg'"),
        ("no question", condition("[a: {arg: 0}]"), .missingKey, 10, "'is'"),
        ("an unknown question", condition("[a: {arg: 0, above: 3}]"), .unknownKey, 10, "'above'"),
        ("is and without", condition("[a: {arg: 0, is: {A: 1}, without: {B: 1}}]"), .invalidValue, 10, "'is'"),
        (
            "mask and besides", condition("[a: {arg: 0, is: {A: 1}, mask: 1, besides: {B: 2}}]"), .invalidValue, 10,
            "'mask'"
        ),
        ("a mask of nothing", condition("[a: {arg: 0, is: {A: 0}, mask: 0}]"), .invalidValue, 10, "mask"),
        ("a value outside the mask", condition("[a: {arg: 0, is: {A: 3}, mask: 1}]"), .invalidValue, 10, "bits"),
        (
            "a value with a flag of besides", condition("[a: {arg: 0, is: {A: 3}, besides: {B: 2}}]"), .invalidValue,
            10, "bits"
        ),
        ("a value of 64 bits", condition("[a: {arg: 0, is: {A: 0x100000000}}]"), .invalidValue, 10, "0x100000000"),
        ("a negative value", condition("[a: {arg: 0, is: {A: -1}}]"), .invalidValue, 10, "'-1'"),
        ("a signed value", condition("[a: {arg: 0, is: {A: 0x+1}}]"), .invalidValue, 10, "'0x+1'"),
        ("a value that is a word", condition("[a: {arg: 0, is: {A: AF_UNIX}}]"), .invalidValue, 10, "'AF_UNIX'"),
        ("a value without a name", condition("[a: {arg: 0, is: [1]}]"), .wrongType, 10, "a mapping, not a list"),
        ("a value twice", condition("[a: {arg: 0, is: {A: 1, B: 1}}]"), .duplicate, 10, "twice"),
        ("a value's name twice", condition("[a: {arg: 0, is: {A: 1, A: 2}}]"), .duplicate, 10, "'A'"),
        ("an empty flag", condition("[a: {arg: 0, without: {A: 0}}]"), .invalidValue, 10, "bits"),
        ("overlapping flags", condition("[a: {arg: 0, without: {A: 1, B: 3}}]"), .invalidValue, 10, "bits"),
        (
            "two conditions on an argument", condition("[{a: {arg: 0, is: {A: 1}}, b: {arg: 0, is: {B: 1}}}]"),
            .duplicate, 10, "'a'"
        ),
        (
            "the same alternative twice", condition("[{a: {arg: 0, is: {A: 1}}}, {a: {arg: 0, is: {A: 1}}}]"),
            .duplicate, 10, "already"
        ),
        ("a wrong number", SeccompSample.yaml(more: "newer_calls: {read: 5}"), .invalidValue, 5, "not 5"),
        ("an unused number", SeccompSample.yaml(more: "newer_calls: {mseal: 462}"), .invalidValue, 5, "'mseal'"),
        ("a number twice", SeccompSample.yaml(more: "newer_calls: {mseal: 462, other: 462}"), .duplicate, 5, "462"),
        (
            "a number beyond all calls", SeccompSample.yaml(more: "newer_calls: {mseal: 0x40000000}"), .invalidValue, 5,
            "9999"
        ),
    ]

    /// A profile whose `when` stands in line 10.
    private static func condition(_ when: String) -> String {
        SeccompSample.yaml(rule: "allow: [read]\nwhy: x\nwhen: \(when)\notherwise: EPERM")
    }

    @Test(arguments: mistakes.indices)
    func refusesAMistake(_ index: Int) {
        let mistake = Self.mistakes[index]
        let error = #expect(throws: SeccompError.self, "\(mistake.what)") {
            try SeccompProfile(yaml: mistake.yaml, file: "sample.yaml")
        }
        #expect(error?.code == mistake.code, "\(mistake.what): \(error?.description ?? "")")
        #expect(error?.line == mistake.line, "\(mistake.what): \(error?.description ?? "")")
        #expect(error?.file == "sample.yaml")
        if !mistake.word.isEmpty {
            #expect(error?.message.contains(mistake.word) == true, "\(mistake.what): \(error?.description ?? "")")
        }
    }

    @Test func aCallThatLibseccompDoesNotKnowTakesItsNumberFromTheProfile() throws {
        let profile = try SeccompProfile(
            yaml: SeccompSample.yaml(
                more: "newer_calls: {invented: 9998}",
                rules: "rules: {group: [{allow: [invented], why: x}, {deny: [read], errno: EPERM, why: x}]}"),
            file: "sample.yaml")
        let machine = SeccompFilterMachine(try profile.compile())
        let native = SeccompArchitecture.native.token
        #expect(try machine.run(SeccompCall(number: 9998, architecture: native)) == .allow)
        #expect(try machine.run(SeccompCall(number: 9997, architecture: native)) == .refused(.enosys))
    }

    @Test func anUnknownProfileNamesTheKnownOnes() {
        let error = #expect(throws: SeccompError.self) { try SeccompProfile.bundled("walk") }
        #expect(error?.code == .unknownProfile)
        #expect(error?.message == "there is no profile 'walk'; there is computer, run")
    }
}
