// SPDX-License-Identifier: Apache-2.0
@testable import Isolation

/// A system call profile, read and compiled.
enum SeccompText {
    static func check(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.unicodeScalars.count { "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) } + 1
        let profile: SeccompProfile
        do throws(SeccompError) {
            profile = try SeccompProfile(yaml: text, file: "x.yaml")
        } catch {
            try check(error, lines: lines)
            return
        }
        for rule in profile.rules {
            try hold((1...lines).contains(rule.line), "a rule in line \(rule.line) of \(lines)")
            try hold(!rule.calls.isEmpty && !rule.why.isEmpty, "\(rule)")
            if case .allowWhen(let alternatives, _) = rule.effect { try check(alternatives) }
        }
        _ = profile.summary()
        try compile(profile, lines: lines)
    }

    private static func check(_ alternatives: [[SeccompCondition]]) throws {
        try hold(!alternatives.isEmpty, "no alternative")
        for conditions in alternatives {
            try hold(!conditions.isEmpty, "an alternative that always holds")
            for condition in conditions {
                let isSound =
                    (0...5).contains(condition.argument) && !condition.values.isEmpty
                    && condition.values.allSatisfy { $0 & ~condition.mask == 0 }
                try hold(isSound, "\(condition)")
            }
        }
    }

    private static func compile(_ profile: SeccompProfile, lines: Int) throws {
        do throws(SeccompError) {
            let program = try profile.compile()
            let again = try profile.compile()
            guard program == again else { throw SeccompError(.invalidProgram, "NOT THE SAME TWICE") }
        } catch {
            try hold(!error.message.contains("NOT THE SAME TWICE"), "a profile compiles to two programs")
            try check(error, lines: lines)
        }
    }

    private static func check(_ error: SeccompError, lines: Int) throws {
        try hold(!error.message.isEmpty, "an error says nothing")
        if let line = error.line { try hold((1...lines + 1).contains(line), "\(error): line \(line) of \(lines)") }
    }
}
