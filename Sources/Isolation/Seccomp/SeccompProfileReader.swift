// SPDX-License-Identifier: Apache-2.0

extension SeccompProfile {
    /// Reads a profile strictly: what is not understood completely is an error that names the line.
    ///
    /// - Parameters:
    ///   - yaml: the text, in the format of `docs/seccomp.md`.
    ///   - file: how errors name it.
    public init(yaml: String, file: String) throws(SeccompError) {
        let root = try SeccompProfileNode(yaml: yaml, file: file).fields(
            "the profile", known: ["profile", "why", "extends", "unlisted", "other_abi", "newer_calls", "rules"])
        if let base = root["extends"] {
            try root.refuse("unlisted", "other_abi", "newer_calls", because: "beside 'extends'")
            self = try Self.extending(SeccompProfile.bundled(base.identifier("extends")), with: root, file: file)
            return
        }
        var reader = SeccompProfileReader(newerCalls: try root["newer_calls"].map(Self.newerCalls) ?? [:])
        let rules = try reader.rules(root.required("rules"))
        try reader.checkNewerCallsAreUsed()
        self.init(
            name: try root.required("profile").identifier("profile"),
            why: try root.required("why").text("why"),
            unlisted: try Self.unlisted(root.required("unlisted")),
            otherABI: try Self.otherABI(root.required("other_abi")),
            rules: rules,
            newerCalls: reader.newerCalls.mapValues(\.number),
            file: file
        )
    }

    /// The rules of another profile, except for the calls that this one judges anew.
    private static func extending(
        _ base: SeccompProfile, with root: SeccompProfileNode.Fields, file: String
    ) throws(SeccompError) -> SeccompProfile {
        var reader = SeccompProfileReader(newerCalls: [:])
        let rules = try reader.rules(root.required("rules"))
        for rule in rules {
            for call in rule.calls where !base.rules.contains(where: { $0.calls.contains(call) }) {
                throw try root.required("rules").error(
                    .invalidValue, "profile '\(base.name)' has no rule for '\(call)'")
            }
        }
        let judged = Set(rules.flatMap(\.calls))
        let kept = base.rules.compactMap { rule -> SeccompRule? in
            let calls = rule.calls.filter { !judged.contains($0) }
            guard !calls.isEmpty else { return nil }
            return SeccompRule(
                group: rule.group, calls: calls, architecture: rule.architecture, effect: rule.effect, why: rule.why,
                line: rule.line)
        }
        return SeccompProfile(
            name: try root.required("profile").identifier("profile"), why: try root.required("why").text("why"),
            unlisted: base.unlisted, otherABI: base.otherABI, rules: kept + rules, newerCalls: base.newerCalls,
            file: file)
    }

    private static func unlisted(_ node: SeccompProfileNode) throws(SeccompError) -> SeccompErrno {
        let fields = try node.fields("unlisted", known: ["errno", "why"])
        _ = try fields.required("why").text("why")
        return try fields.required("errno").errno()
    }

    private static func otherABI(_ node: SeccompProfileNode) throws(SeccompError) -> OtherABI {
        let fields = try node.fields("other_abi", known: ["action", "why"])
        _ = try fields.required("why").text("why")
        let action = try fields.required("action")
        return try action.text("action") == "kill_process" ? .killProcess : .refuse(action.errno())
    }

    private static func newerCalls(_ node: SeccompProfileNode) throws(SeccompError) -> [String: SeccompNewerCall] {
        var calls: [String: SeccompNewerCall] = [:]
        for (key, value) in try node.pairs("newer_calls") {
            let name = try key.identifier("a system call")
            // __X32_SYSCALL_BIT is 0x40000000; real numbers are far below.
            let number = try Int32(value.number("the number of \(name)", maximum: 9999))
            if let twin = calls.first(where: { $0.value.number == number }) {
                throw value.error(.duplicate, "\(name) and \(twin.key) have the same number \(number)")
            }
            calls[name] = SeccompNewerCall(number: number, place: key)
        }
        return calls
    }
}

/// A number that a profile gives for a call, and where it does.
struct SeccompNewerCall {
    let number: Int32
    let place: SeccompProfileNode
}

/// Reads the rules and remembers which calls they name.
struct SeccompProfileReader {
    let newerCalls: [String: SeccompNewerCall]
    private var namedAt: [String: Int] = [:]

    init(newerCalls: [String: SeccompNewerCall]) {
        self.newerCalls = newerCalls
    }

    mutating func rules(_ node: SeccompProfileNode) throws(SeccompError) -> [SeccompRule] {
        var rules: [SeccompRule] = []
        for (key, value) in try node.pairs("rules") {
            let group = try key.identifier("a group of rules")
            for item in try value.items("the group '\(group)'") {
                rules.append(try rule(item, group: group))
            }
        }
        return rules
    }

    func checkNewerCallsAreUsed() throws(SeccompError) {
        for (name, call) in newerCalls.sorted(by: { $0.value.number < $1.value.number }) where namedAt[name] == nil {
            throw call.place.error(.invalidValue, "no rule names '\(name)'; take its number out or write a rule")
        }
    }

    private mutating func rule(_ node: SeccompProfileNode, group: String) throws(SeccompError) -> SeccompRule {
        let fields = try node.fields(
            "a rule", known: ["allow", "deny", "arch", "when", "otherwise", "errno", "why"])
        let architecture = try fields["arch"].map { (node) throws(SeccompError) in try node.architecture() }
        let effect: SeccompRule.Effect
        let list: SeccompProfileNode
        if let denied = fields["deny"] {
            try fields.refuse("allow", "when", "otherwise", because: "beside 'deny'")
            effect = .deny(try fields.required("errno").errno())
            list = denied
        } else {
            list = try fields.required("allow")
            try fields.refuse("errno", because: "beside 'allow'; say 'otherwise' together with 'when'")
            if let when = fields["when"] {
                effect = .allowWhen(try when.alternatives(), otherwise: try fields.required("otherwise").errno())
            } else {
                try fields.refuse("otherwise", because: "without 'when'")
                effect = .allow
            }
        }
        var calls: [String] = []
        for item in try list.items("the list of calls") {
            calls.append(try call(item, architecture: architecture))
        }
        return SeccompRule(
            group: group, calls: calls, architecture: architecture, effect: effect,
            why: try fields.required("why").text("why"), line: node.line ?? 0)
    }

    /// A call that exists exactly where the rule says it does, and that no other rule names.
    private mutating func call(
        _ node: SeccompProfileNode, architecture: SeccompArchitecture?
    ) throws(SeccompError) -> String {
        let name = try node.identifier("a system call")
        if let line = namedAt[name] {
            throw node.error(.duplicate, "'\(name)' is named by the rule in line \(line) already; one rule per call")
        }
        namedAt[name] = node.line ?? 0
        var existsOn: Set<SeccompArchitecture> = []
        for candidate in SeccompArchitecture.allCases {
            switch SyscallTable.lookup(name, on: candidate) {
            case .number(let number):
                existsOn.insert(candidate)
                if let newer = newerCalls[name], newer.number != number {
                    throw newer.place.error(
                        .invalidValue, "'\(name)' has number \(number) on \(candidate.rawValue), not \(newer.number)")
                }
            case .elsewhere: break
            case .unknown:
                guard newerCalls[name] != nil else {
                    throw node.error(
                        .unknownSyscall,
                        "libseccomp knows no system call '\(name)'; give its number in newer_calls if it exists")
                }
                if architecture == nil || architecture == candidate { existsOn.insert(candidate) }
            }
        }
        let wanted = architecture.map { [$0] } ?? Set(SeccompArchitecture.allCases)
        guard existsOn == wanted else {
            let places = existsOn.map(\.rawValue).sorted().joined(separator: ", ")
            let remedy = existsOn.count == 1 ? "say arch: \(places)" : "leave 'arch' out"
            throw node.error(.unknownSyscall, "'\(name)' is a system call of \(places); \(remedy)")
        }
        return name
    }
}
