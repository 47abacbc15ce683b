// SPDX-License-Identifier: Apache-2.0
import NestboxCore

@testable import Languages

extension DiagnosticsCase {
    static let php: [DiagnosticsCase] = [
        DiagnosticsCase(
            "warnings and a chain", .php, .run, files: ["h1.php"],
            stderr: #"""
                Deprecated: Optional parameter $a declared before required parameter $b is implicitly treated as a required parameter in /home/user/h1.php on line 6
                Warning: Undefined variable $undefined in /home/user/h1.php on line 3
                Warning: custom notice in /home/user/h1.php on line 4
                Warning: Undefined array key 7 in /home/user/h1.php on line 5
                Fatal error: Uncaught DivisionByZeroError: Division by zero in /home/user/h1.php:2
                Stack trace:
                #0 /home/user/h1.php(2): intdiv()
                #1 /home/user/h1.php(7): inner()
                #2 {main}

                Next RuntimeException: outer
                line2 in /home/user/h1.php:7
                Stack trace:
                #0 {main}
                  thrown in /home/user/h1.php on line 7
                """#,
            warnings: [
                RunWarning(
                    kind: "Deprecated", message: "Optional parameter $a declared before required parameter $b is implicitly treated as a required parameter", file: "h1.php", line: 6),
                RunWarning(kind: "Warning", message: "Undefined variable $undefined", file: "h1.php", line: 3),
                RunWarning(kind: "Warning", message: "custom notice", file: "h1.php", line: 4),
                RunWarning(kind: "Warning", message: "Undefined array key 7", file: "h1.php", line: 5),
            ],
            error: ("RuntimeException", "outer\nline2", 7)),
        DiagnosticsCase(
            "a parse error", .php, .run, files: ["h2.php"],
            stderr: #"""
                Parse error: syntax error, unexpected token "echo", expecting "," or ";" in /home/user/h2.php on line 3
                """#,
            error: ("Parse error", "syntax error, unexpected token \"echo\", expecting \",\" or \";\"", 3)),
        DiagnosticsCase(
            "an undefined function", .php, .run, files: ["h3.php"],
            stderr: #"""
                Fatal error: Uncaught Error: Call to undefined function nope() in /home/user/h3.php:2
                Stack trace:
                #0 {main}
                  thrown in /home/user/h3.php on line 2
                """#,
            error: ("Error", "Call to undefined function nope()", 2)),
        DiagnosticsCase(
            "a missing file", .php, .run, files: ["h4.php"],
            stderr: #"""
                Warning: require(missing.php): Failed to open stream: No such file or directory in /home/user/h4.php on line 2
                Fatal error: Uncaught Error: Failed opening required 'missing.php' (include_path='.:/usr/share/php') in /home/user/h4.php:2
                Stack trace:
                #0 {main}
                  thrown in /home/user/h4.php on line 2
                """#,
            warnings: [
                RunWarning(
                    kind: "Warning", message: "require(missing.php): Failed to open stream: No such file or directory", file: "h4.php", line: 2),
            ],
            error: ("Error", "Failed opening required 'missing.php' (include_path='.:/usr/share/php')", 2)),
        DiagnosticsCase(
            "a class without a message", .php, .run, files: ["h5.php"],
            stderr: #"""
                Fatal error: Uncaught MyEx in /home/user/h5.php:3
                Stack trace:
                #0 {main}
                  thrown in /home/user/h5.php on line 3
                """#,
            error: ("MyEx", "", 3)),
        DiagnosticsCase(
            "no memory", .php, .run, files: ["h6.php"],
            stderr: #"""
                Fatal error: Allowed memory size of 52428800 bytes exhausted (tried to allocate 2097152 bytes) in /home/user/h6.php on line 2
                """#,
            error: ("Fatal error", "Allowed memory size of 52428800 bytes exhausted (tried to allocate 2097152 bytes)", 2)),
    ]
}
