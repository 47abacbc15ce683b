// SPDX-License-Identifier: Apache-2.0

/// Has tests that run in one program with the submission say a secret at their end. A program that ends earlier, however it
/// does that, never says it.
enum TestsEnd {
    /// The tests with a statement at their end that prints `secret` as a line of its own on standard error.
    ///
    /// - Parameter secret: Letters, digits and `_`.
    /// - Returns: Nil where the end of such tests cannot be found.
    static func saying(_ secret: String, in tests: String, language: String) -> String? {
        let line = "\"\\n\(secret)\\n\""
        switch language {
        case "bash", "sh": return append(shell(secret), to: tests)
        case "clojure": return append("(binding [*out* *err*] (print \(line)) (flush))", to: tests)
        case "commonlisp": return append("(format *error-output* \"~%\(secret)~%\")", to: tests)
        case "elixir": return elixir("IO.write(:stderr, \(line))", in: tests)
        case "groovy": return append("System.err.print(\(line))", to: tests)
        case "javascript", "typescript":
            // What was asked for may still be at work when the last statement was done.
            let say = "if (code === 0) process.stderr.write(\(line));"
            return tests + "\n;process.on('exit', (code) => { \(say) });\n"
        case "julia": return append("print(stderr, \(line))", to: tests)
        case "nim": return append("stderr.write(\(line))", to: tests)
        case "ocaml": return tests + "\n;;\nlet () = prerr_string \(line)\n"
        case "lua": return lua("io.stderr:write(\(line))", in: tests)
        case "perl": return append("print STDERR \(line);", to: tests)
        case "php": return php("fwrite(STDERR, \(line));", in: tests)
        case "r": return append("cat(\(line), file = stderr())", to: tests)
        case "racket": return append("(eprintf \(line))", to: tests)
        case "raku": return append("$*ERR.print(\(line));", to: tests)
        case "tcl": return append("puts stderr \(line)", to: tests)
        case "ruby": return ruby("STDERR.write(\(line))", in: tests)
        case "swift":
            return append("import Glibc\n_ = Glibc.write(2, \(line), \(secret.utf8.count + 2))", to: tests)
        case "c", "objectivec":
            return inMain("(fputs)(\(line), stderr);", of: tests).map { "#include <stdio.h>\n" + $0 }
        case "cpp": return inMain("::fputs(\(line), stderr);", of: tests).map { "#include <cstdio>\n" + $0 }
        case "csharp": return inMain("System.Console.Error.Write(\(line));", of: tests, named: "Main")
        case "d":
            let say = "import core.stdc.stdio : fputs, stderr; fputs(\(line), stderr);"
            // Where there are unit tests, nothing else runs.
            return hasUnitTests(tests) ? append("unittest { \(say) }", to: tests) : inMain(say, of: tests)
        case "go": return inMain("println(\"\\n\(secret)\")", of: tests)
        case "java", "kotlin": return inMain("System.err.print(\(line));", of: tests)
        case "rust":
            guard isRustTest(tests) else { return inMain("::std::eprint!(\(line));", of: tests) }
            // One after the other, they run in the order of their names. What they print is kept from standard error.
            let say = "use std::io::Write; std::io::stderr().write_all(b\(line)).unwrap();"
            return append("#[cfg(test)]\nmod zz_nestbox_end { #[test] fn end() { \(say) } }", to: tests)
        case "scala":
            let say = "java.lang.System.err.print(\(line));"
            return inMain(say, of: tests) ?? beforeLastBrace(say, of: tests)
        default: return nil
        }
    }

    /// A file beside tests that the language's own tool runs, and what it is called; nil for all others.
    static func file(saying secret: String, for package: String) -> (name: String, code: String) {
        let code = """
            package \(package)

            import (
                "os"
                "testing"
            )

            func TestMain(m *testing.M) {
                code := m.Run()
                if code == 0 {
                    println("\\n\(secret)")
                }
                os.Exit(code)
            }

            """
        return ("main_end_test.go", code)
    }

    /// Functions for Rust's own harness.
    static func isRustTest(_ tests: String) -> Bool { tests.contains("#[test]") }

    static func hasUnitTests(_ tests: String) -> Bool { tests.contains("unittest") }

    // MARK: Scripts

    /// Where tests end the program themselves, it is said before that.
    private static func append(_ statement: String, to tests: String) -> String {
        var lines = tests.split(separator: "\n", omittingEmptySubsequences: false)
        if let last = lines.lastIndex(where: { !$0.allSatisfy(\.isWhitespace) }), lines[last].contains(leaving) {
            lines.insert(Substring(statement), at: last)
            return lines.joined(separator: "\n")
        }
        return tests + "\n" + statement + "\n"
    }

    /// A line that does nothing but end the program.
    private static var leaving: Regex<Substring> {
        /^(?:exit|quit|q|\(exit|process\.exit|os\._exit|sys\.exit)\b(?!.*\b(?:if|unless|or|and)\b).*$/
    }

    /// What the last test ended with is the program's exit code. It is kept and asked by assignments: any command that could ask
    /// (`[`, `test`, and reserved words too in Bash) may be a function or an alias of the submission, and so may `printf`, which is not
    /// given the secret unless it is 0.
    private static func shell(_ secret: String) -> String {
        """
        \(secret)=$?
        \(secret)_ok=${\(secret)%%[!0]*}
        printf '%s' "${\(secret)_ok:+
        \(secret)
        }" >&2
        exit $\(secret)
        """
    }

    private static func php(_ statement: String, in tests: String) -> String {
        let opened = tests.ranges(of: "<?php").last?.lowerBound
        if let closed = tests.ranges(of: "?>").last?.lowerBound, opened.map({ $0 < closed }) ?? true {
            return tests + "<?php " + statement + "\n"
        }
        return append(statement, to: tests)
    }

    /// Test::Unit and Minitest would run their tests when the program ends, and any end of the program would do.
    private static func ruby(_ statement: String, in tests: String) -> String? {
        if tests.contains("minitest/autorun") {
            return
                "require 'minitest'\ndef Minitest.autorun; end\n\(tests)\nexit(1) unless Minitest.run([])\n\(statement)\n"
        }
        if tests.contains("minitest") { return nil }
        guard tests.contains("test/unit") else { return append(statement, to: tests) }
        return tests + """

            Test::Unit::AutoRunner.need_auto_run = false
            exit(1) unless Test::Unit::AutoRunner.run
            \(statement)

            """
    }

    /// ExUnit runs its tests when the script has ended.
    private static func elixir(_ statement: String, in tests: String) -> String {
        guard tests.contains("ExUnit") else { return append(statement, to: tests) }
        return tests + """

            ExUnit.after_suite(fn
              %{failures: 0} -> \(statement)
              _ -> nil
            end)

            """
    }

    /// Tests of LuaUnit end with `os.exit(lu.LuaUnit.run())`.
    private static func lua(_ statement: String, in tests: String) -> String {
        guard let call = tests.ranges(of: "os.exit(").last,
            let close = tests.lastIndex(where: { !$0.isWhitespace }), tests[close] == ")", call.upperBound <= close
        else { return tests + "\n" + statement + "\n" }
        let status = String(tests[call.upperBound..<close])
        return tests[..<call.lowerBound] + """
            local nestbox_status = \(status.allSatisfy(\.isWhitespace) ? "true" : status)
            if nestbox_status == 0 or nestbox_status == true then \(statement) end
            os.exit(nestbox_status)

            """
    }

    // MARK: Programs with a main function

    /// Before what ends `main`: its closing brace, or a `return` before that.
    private static func inMain(_ statement: String, of tests: String, named name: String = "main") -> String? {
        let bytes = Array(tests.utf8)
        guard let end = CodeMask(bytes).lastStatement(of: Array(name.utf8)) else { return nil }
        return String(decoding: bytes[..<end], as: UTF8.self) + "\n" + statement + "\n"
            + String(decoding: bytes[end...], as: UTF8.self)
    }

    private static func beforeLastBrace(_ statement: String, of tests: String) -> String? {
        guard let brace = tests.lastIndex(where: { !$0.isWhitespace }), tests[brace] == "}" else { return nil }
        return tests[..<brace] + "\n" + statement + "\n" + tests[brace...]
    }
}
