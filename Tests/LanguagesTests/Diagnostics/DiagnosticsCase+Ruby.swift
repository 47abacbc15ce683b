// SPDX-License-Identifier: Apache-2.0
import NestboxCore

@testable import Languages

extension DiagnosticsCase {
    static let ruby: [DiagnosticsCase] = [
        DiagnosticsCase(
            "warnings and a cause", .ruby, .run, files: ["a1.rb"],
            stderr: #"""
                custom warning
                a1.rb:6: warning: already initialized constant X
                a1.rb:5: warning: previous definition of X was here
                a1.rb:7:in `rescue in outer': bad arg (ArgumentError)
                	from a1.rb:7:in `outer'
                	from a1.rb:8:in `<main>'
                a1.rb:2:in `inner': undefined method `foo' for nil:NilClass (NoMethodError)

                  x.foo
                   ^^^^
                	from a1.rb:7:in `outer'
                	from a1.rb:8:in `<main>'
                """#,
            warnings: [
                RunWarning(kind: "warning", message: "already initialized constant X", file: "a1.rb", line: 6),
                RunWarning(kind: "warning", message: "previous definition of X was here", file: "a1.rb", line: 5),
            ],
            error: ("ArgumentError", "bad arg", 7)),
        DiagnosticsCase(
            "warnings with -w", .ruby, .run, files: ["a1.rb"],
            stderr: #"""
                a1.rb:7: warning: assigned but unused variable - e
                custom warning
                a1.rb:6: warning: already initialized constant X
                a1.rb:5: warning: previous definition of X was here
                a1.rb:7:in `rescue in outer': bad arg (ArgumentError)
                	from a1.rb:7:in `outer'
                	from a1.rb:8:in `<main>'
                (none):7: warning: assigned but unused variable - e
                a1.rb:2:in `inner': undefined method `foo' for nil:NilClass (NoMethodError)

                  x.foo
                   ^^^^
                	from a1.rb:7:in `outer'
                	from a1.rb:8:in `<main>'
                """#,
            warnings: [
                RunWarning(kind: "warning", message: "assigned but unused variable - e", file: "a1.rb", line: 7),
                RunWarning(kind: "warning", message: "already initialized constant X", file: "a1.rb", line: 6),
                RunWarning(kind: "warning", message: "previous definition of X was here", file: "a1.rb", line: 5),
                RunWarning(kind: "warning", message: "assigned but unused variable - e"),
            ],
            error: ("ArgumentError", "bad arg", 7)),
        DiagnosticsCase(
            "a syntax error", .ruby, .run, files: ["a2.rb"],
            stderr: #"""
                a2.rb:2: syntax error, unexpected string literal, expecting ')'
                  puts "x"
                       ^
                """#,
            error: ("SyntaxError", "syntax error, unexpected string literal, expecting ')'", 2)),
        DiagnosticsCase(
            "a plain error", .ruby, .run, files: ["a3.rb"],
            stderr: #"""
                a3.rb:1:in `<main>': just a message (RuntimeError)
                """#,
            error: ("RuntimeError", "just a message", 1)),
        DiagnosticsCase(
            "an error in the library", .ruby, .run, files: ["a5.rb"],
            stderr: #"""
                /usr/lib/ruby/3.1.0/json/common.rb:216:in `parse': 859: unexpected token at '{bad' (JSON::ParserError)
                	from /usr/lib/ruby/3.1.0/json/common.rb:216:in `parse'
                	from a5.rb:2:in `<main>'
                """#,
            error: ("JSON::ParserError", "859: unexpected token at '{bad'", 2)),
        DiagnosticsCase(
            "a class without a message", .ruby, .run, files: ["a6.rb"],
            stderr: #"""
                a6.rb:2:in `<main>': E (E)
                """#,
            error: ("E", "E", 2)),
        DiagnosticsCase(
            "abort", .ruby, .run, files: [],
            stderr: #"""
                stop now
                """#),
        DiagnosticsCase(
            "two lines", .ruby, .run, files: ["a8.rb"],
            stderr: #"""
                a8.rb:1:in `<main>': a (RuntimeError)
                b
                """#,
            error: ("RuntimeError", "a\nb", 1)),
        DiagnosticsCase(
            "a deep stack", .ruby, .run, files: ["a9.rb"],
            stderr: #"""
                a9.rb:1:in `f': stack level too deep (SystemStackError)
                	from a9.rb:1:in `f'
                	from a9.rb:1:in `f'
                	from a9.rb:1:in `f'
                	from a9.rb:1:in `f'
                	from a9.rb:1:in `f'
                	from a9.rb:1:in `f'
                	from a9.rb:1:in `f'
                	from a9.rb:1:in `f'
                	 ... 10068 levels...
                	from a9.rb:1:in `f'
                	from a9.rb:1:in `f'
                	from a9.rb:1:in `f'
                	from a9.rb:2:in `<main>'
                """#,
            error: ("SystemStackError", "stack level too deep", 1)),
        DiagnosticsCase(
            "a thread, then a cause", .ruby, .run, files: ["a10.rb"],
            stderr: #"""
                #<Thread:0x00007fc0e9dc3f00 a10.rb:1 run> terminated with exception (report_on_exception is true):
                a10.rb:1:in `block in <main>': in thread (ArgumentError)
                a10.rb:6:in `rescue in <main>': outer (KeyError)
                	from a10.rb:3:in `<main>'
                a10.rb:4:in `Integer': invalid value for Integer(): "x" (ArgumentError)
                	from a10.rb:4:in `<main>'
                """#,
            error: ("KeyError", "outer", 6)),
    ]
}
