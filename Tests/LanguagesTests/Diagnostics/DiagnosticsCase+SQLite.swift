// SPDX-License-Identifier: Apache-2.0
import NestboxCore

@testable import Languages

extension DiagnosticsCase {
    static let sqlite: [DiagnosticsCase] = [
        DiagnosticsCase(
            "a constraint", .sqlite, .run, files: [],
            stderr: #"""
                Runtime error near line 5: NOT NULL constraint failed: t.name (19)
                """#,
            error: ("Runtime error", "NOT NULL constraint failed: t.name (19)", 5)),
        DiagnosticsCase(
            "a missing column", .sqlite, .run, files: [],
            stderr: #"""
                Parse error near line 2: no such column: FORM
                  SELECT FORM t;
                         ^--- error here
                """#,
            error: ("Parse error", "no such column: FORM", 2)),
        DiagnosticsCase(
            "a dot command", .sqlite, .run, files: [],
            stderr: #"""
                Error: unknown command or invalid arguments:  "nosuch". Enter ".help" for help
                """#,
            error: ("Error", "unknown command or invalid arguments:  \"nosuch\". Enter \".help\" for help", nil)),
        DiagnosticsCase(
            "an open quote", .sqlite, .run, files: [],
            stderr: #"""
                Parse error near line 3: unrecognized token: ""unclosed;"
                  SELECT "unclosed;
                         ^--- error here
                """#,
            error: ("Parse error", "unrecognized token: \"\"unclosed;\"", 3)),
    ]
}
