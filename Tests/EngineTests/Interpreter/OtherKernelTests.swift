// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import Testing

/// JavaScript, TypeScript and Bash kernels.
@Suite struct OtherKernelTests {
    static let shared = Result { () throws -> (LocalComputer, InterpreterService) in
        let computer = try LocalComputer()
        return (computer, InterpreterService(computer: computer))
    }

    private func run(_ language: String, _ code: String, environment: [String: String] = [:]) async throws -> Outcome {
        try await Self.shared.get().1.run(code, language: language, environment: environment)
    }

    @Test(arguments: [
        ("1 + 1", "2"), ("'a'", "a"), ("const v1 = 5; v1", "5"),
        ("let v2 = await Promise.resolve({a: [1]}); v2", "{ a: [ 1 ] }"),
        ("import fs, { sep } from 'path'; sep + typeof fs.join", "/function"), ("(await import('os')).EOL.length", "1"),
        ("require('path').sep", "/"), ("10n ** 20n", "100000000000000000000n"),
        ("class A { q = 1 }; new A", "A { q: 1 }"),
        ("export const v3 = 3; v3", "3"), ("NaN", "NaN"), ("null", "null"),
    ])
    func javaScriptShowsTheLastExpression(code: String, expected: String) async throws {
        let outcome = try await run("js", code)
        #expect(outcome.text == expected, "\(outcome.events)")
    }

    @Test func javaScriptKeepsStateAndRedeclares() async throws {
        _ = try await run("javascript", "const s1 = 1; let s2 = 2; function f1() { return s1 + s2 }")
        #expect(try await run("javascript", "const s1 = 10; f1()").text == "12")
        let outcome = try await run("javascript", "console.log('o'); console.error('e'); undefined")
        #expect(outcome.stdout == ["o\n"] && outcome.stderr == ["e\n"] && outcome.results.isEmpty)
        #expect(try await run("javascript", "process.env.ONCE", environment: ["ONCE": "x"]).text == "x")
        #expect(try await run("javascript", "process.env.ONCE").results.isEmpty)
        #expect(try await run("javascript", "$$.html('<b>1</b>')").results.first?.texts["html"] == "<b>1</b>")
        #expect(try await run("javascript", "({a: [1, 2.5]})").results.first?.values["json"] == #"{"a": [1, 2.5]}"#)
    }

    @Test(arguments: [
        ("throw new TypeError('no')", "TypeError", "no"),
        ("null.x", "TypeError", "Cannot read properties of null (reading 'x')"),
        ("const a", "SyntaxError", "Missing initializer in const declaration"),
        ("process.exit(3)", "Exit", "process.exit(3) was called"),
        ("await Promise.reject(new RangeError('r'))", "RangeError", "r"), ("throw 'text'", "Error", "'text'"),
    ])
    func javaScriptErrors(code: String, name: String, value: String) async throws {
        let error = try #require(try await run("javascript", code).error)
        #expect(error.name == name && error.value == value)
        #expect(!error.traceback.contains("node:inspector") && !error.traceback.contains("[eval]"))
    }

    @Test func typeScriptLosesItsTypesOnly() async throws {
        let code =
            "interface P { a: number }\nenum E { A, B }\nconst p: P = { a: E.B };\nimport { sep } from 'path';\n`${p.a}${sep as string}`"
        #expect(try await run("ts", code).text == "1/")
        #expect(try await run("typescript", "const p: string = 'again'; p").text == "again")
        #expect(try await run("typescript", "await Promise.resolve<number>(4)").text == "4")
        #expect(try await run("typescript", "let q: = 4").error?.name == "SyntaxError")
        #expect(
            try #require(await Self.shared.get().1.contexts.last { $0.language == "typescript" }).directory
                == "/home/user")
    }

    @Test func bashKeepsItsState() async throws {
        _ = try await run("bash", "X=5; cd /usr; greet() { echo \"f $1\"; }")
        #expect(try await run("bash", "echo $X $PWD; greet 1").stdout.joined() == "5 /usr\nf 1\n")
        let both = try await run("bash", "echo 'it''s \"q\"'; echo e >&2")
        #expect(both.stdout == ["its \"q\"\n"] && both.stderr == ["e\n"] && both.error == nil)
        #expect(try await run("bash", "echo $ONCE", environment: ["ONCE": "a 'b'"]).stdout == ["a 'b'\n"])
        #expect(try await run("bash", "echo \"[$ONCE]\"; cat; read v; echo \"[$v]\"").stdout.joined() == "[]\n[]\n")
    }

    @Test(arguments: [
        ("false", "1"), ("exit 3", "3"), ("if then", "2"), ("f() { return 7; }; f", "7"), ("nosuchcommand", "127"),
    ])
    func bashTellsTheStatus(code: String, status: String) async throws {
        _ = try await run("bash", "kept=yes")
        let error = try await run("bash", code).error
        #expect(error?.name == "ExitStatus" && error?.value == status)
        #expect(try await run("bash", "echo $kept; (exit 4); echo $?").stdout.joined() == "yes\n4\n")
    }

    @Test(arguments: [
        ("javascript", "console.log('x'.repeat(1_000_000))"), ("bash", "head -c 1000000 /dev/zero | tr '\\0' x; echo"),
    ])
    func aMillionBytesArriveWhole(language: String, code: String) async throws {
        #expect(try await run(language, code).stdout.joined().utf8.count == 1_000_001)
    }
}
