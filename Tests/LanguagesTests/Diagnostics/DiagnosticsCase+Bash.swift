// SPDX-License-Identifier: Apache-2.0
import NestboxCore

@testable import Languages

extension DiagnosticsCase {
    static let bash: [DiagnosticsCase] = [
        DiagnosticsCase(
            "commands that fail", .bash, .run, files: ["s1.sh"],
            stderr: #"""
                s1.sh: line 2: nosuchcmd: command not found
                ls: cannot access '/nonexistent': No such file or directory
                s1.sh: line 4: UNSET_VAR: must be set
                """#,
            error: ("error", "UNSET_VAR: must be set", 4)),
        DiagnosticsCase(
            "an unexpected end", .bash, .run, files: ["s2.sh"],
            stderr: #"""
                s2.sh: line 3: syntax error: unexpected end of file
                """#,
            error: ("error", "syntax error: unexpected end of file", 3)),
        DiagnosticsCase(
            "an unbound variable", .bash, .run, files: ["s3.sh"],
            stderr: #"""
                s3.sh: line 2: UNDEF: unbound variable
                """#,
            error: ("error", "UNDEF: unbound variable", 2)),
        DiagnosticsCase(
            "division by zero", .bash, .run, files: ["s5.sh"],
            stderr: #"""
                s5.sh: line 1: 1/0: division by 0 (error token is "0")
                """#,
            error: ("error", "1/0: division by 0 (error token is \"0\")", 1)),
        DiagnosticsCase(
            "a repeated source line", .bash, .run, files: ["s7.sh"],
            stderr: #"""
                s7.sh: line 2: [: x: integer expression expected
                s7.sh: line 2: [: x: integer expression expected
                s7.sh: line 4: syntax error near unexpected token `fi'
                s7.sh: line 4: `fi'
                """#,
            error: ("error", "syntax error near unexpected token `fi'", 4)),
        DiagnosticsCase(
            "a killed child", .bash, .run, files: ["s9.sh"],
            stderr: #"""
                s9.sh: line 1:     3 Killed                  bash -c "kill -9 \$\$"
                s9.sh: line 4: X: readonly variable
                """#,
            error: ("error", "X: readonly variable", 4)),
        DiagnosticsCase(
            "an open here-document", .bash, .run, files: ["s10.sh"],
            stderr: #"""
                s10.sh: line 2: warning: here-document at line 1 delimited by end-of-file (wanted `EOT')
                """#,
            warnings: [
                RunWarning(
                    kind: "warning", message: "here-document at line 1 delimited by end-of-file (wanted `EOT')", file: "s10.sh", line: 2),
            ]),
    ]
}
