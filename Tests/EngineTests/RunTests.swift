// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import NestboxCore
import Synchronization
import Testing

/// What goes into a run and what comes out of it.
@Suite struct RunTests {
    let engine: Engine

    init() throws { engine = try EngineFixture.engine.get() }

    @Test func inputArgumentsVariablesAndFilesArrive() async throws {
        let report = try await engine.report(
            RunRequest(
                code:
                    "import os, sys\nprint(sys.argv[1:], input(), os.environ['GREETING'], open('data/a.txt').read(), os.getcwd())",
                files: [FileInput(path: "data/a.txt", content: "file")], language: "py", stdin: "line\n",
                args: ["a b", "--x"],
                env: ["GREETING": "hello"]))
        #expect(report.stage.stdout == "['a b', '--x'] line hello file /home/user\n")
        #expect(report.language.name == "python")
        #expect(report.language.detectedBy == .explicit)
    }

    @Test func severalFilesWithAnEntryPoint() async throws {
        let report = try await engine.report(
            RunRequest(
                files: [
                    FileInput(path: "app/main.py", content: "from lib.text import greet\nprint(greet())"),
                    FileInput(path: "app/lib/text.py", content: "def greet(): return 'hi'"),
                ], entrypoint: "app/main.py"))
        #expect(report.stage.stdout == "hi\n", "\(report.stage.stderr)")
        #expect(report.language.detectedBy == .filename)
    }

    @Test func severalSourceFilesAreCompiledTogether() async throws {
        let report = try await engine.report(
            RunRequest(
                files: [
                    FileInput(
                        path: "main.c",
                        content: "#include <stdio.h>\nint twice(int);\nint main(void) { printf(\"%d\\n\", twice(21)); }"
                    ),
                    FileInput(path: "twice.c", content: "int twice(int x) { return 2 * x; }"),
                ], entrypoint: "main.c"))
        #expect(report.stage.stdout == "42\n", "\(report.compile?.stderr ?? "")")
        #expect(report.compile?.verdict == .ok)
    }

    @Test func streamsAreApartAndExact() async throws {
        let report = try await engine.python(
            "import sys; sys.stdout.buffer.write(b'\\xff\\xfe ok'); sys.stderr.write('é')")
        #expect(report.stage.stdoutBase64 == Data([0xFF, 0xFE, 0x20, 0x6F, 0x6B]).base64EncodedString())
        #expect(report.stage.stdout == "\u{FFFD}\u{FFFD} ok")
        #expect(report.stage.stderr == "é")
        #expect(report.stage.stderrBase64 == nil)
    }

    @Test func aCutDoesNotSplitACharacter() async throws {
        let report = try await engine.python("print('é' * 1000, end='')", limits: .init(outputBytes: 5))
        #expect(report.stage.stdout == "éé")
        #expect(report.stage.stdoutBase64 == nil)
        #expect(report.stage.stdoutTruncated)
    }

    @Test func createdFilesComeBackAndInputsDoNot() async throws {
        let report = try await engine.report(
            RunRequest(
                code:
                    "open('out.txt', 'w').write('new'); open('in.txt', 'a').write('+'); import os; os.mkdir('d'); open('d/x.bin', 'wb').write(bytes([0, 255]))",
                files: [FileInput(path: "in.txt", content: "old"), FileInput(path: "same.txt", content: "same")],
                language: "python",
                collect: ["*.txt", "d/*"]))
        let files = Dictionary(uniqueKeysWithValues: report.files.map { ($0.path, $0) })
        #expect(Set(files.keys) == ["out.txt", "in.txt", "d/x.bin"])
        #expect(files["in.txt"]?.contentBase64 == Data("old+".utf8).base64EncodedString())
        #expect(files["d/x.bin"]?.contentBase64 == Data([0, 255]).base64EncodedString())
        #expect(files["out.txt"]?.sizeBytes == 3)
    }

    @Test func filesComeBackAlsoFromARunThatHitALimit() async throws {
        let report = try await engine.python(
            "open('partial', 'w').write('half')\nwhile True: print('x' * 1000)", limits: .init(outputBytes: 5000),
            collect: ["*"])
        #expect(report.verdict == .outputLimit)
        #expect(report.files.map(\.path) == ["partial"])
    }

    @Test func warningsAreStructuredAndStayInStderr() async throws {
        let report = try await engine.python(
            "import warnings\nwarnings.warn('old way', DeprecationWarning)\nprint('fine')")
        #expect(report.verdict == .ok)
        #expect(report.warnings.first?.kind == "DeprecationWarning")
        #expect(report.warnings.first?.message == "old way")
        #expect(report.warnings.first?.line == 2)
        #expect(report.stage.stderr.contains("DeprecationWarning: old way"))
    }

    @Test func compilerWarningsAreStructured() async throws {
        let report = try await engine.report(
            RunRequest(code: "int main(void) { int unused; return 0; }", language: "c"))
        #expect(report.verdict == .ok)
        #expect(report.warnings.first?.kind == "-Wunused-variable")
        #expect(report.warnings.first?.file == "main.c")
    }

    @Test func markdownRunsEachBlockInItsOwnSandbox() async throws {
        let answer = """
            First:
            ```python
            open('/tmp/mark', 'w'); print('one')
            ```
            Then:
            ~~~js
            console.log('two', require('fs').existsSync('/tmp/mark'))
            ~~~
            ```text
            not a program
            ```
            """
        let result = try await engine.run(RunRequest(markdown: answer), id: Identifier.make(prefix: "run")) { _ in }
        guard case .markdown(let report) = result else {
            Issue.record("no Markdown report")
            return
        }
        #expect(report.verdict == .ok)
        #expect(report.blocks.map(\.language) == ["python", "javascript"])
        #expect(report.blocks.map(\.line) == [3, 7])
        #expect(report.blocks.map(\.report.stage.stdout) == ["one\n", "two false\n"])
    }

    @Test func eventsArriveInOrderAndEndWithTheReport() async throws {
        let events = Mutex<[RunEvent]>([])
        let result = try await engine.run(
            RunRequest(code: "print('a', flush=True)", language: "python"), id: Identifier.make(prefix: "run")
        ) { event in events.withLock { $0.append(event) } }
        let seen = events.withLock { $0 }
        #expect(
            seen == [
                .stdout(Array("a\n".utf8), compile: false),
                .result(verdict: .ok, exitCode: 0, signal: nil, compile: false), .report(result),
            ])
    }

    @Test func aListenerThatFailsEndsTheRun() async throws {
        struct Gone: Error {}
        await #expect(throws: Gone.self) {
            try await engine.run(
                RunRequest(code: "while True: print('x')", language: "python", limits: .init(wallMilliseconds: 20_000)),
                id: Identifier.make(prefix: "run")
            ) { event in
                if case .stdout = event { throw Gone() }
            }
        }
    }

    @Test func timingsAndIsolationAreReported() async throws {
        let report = try await engine.python("print(1)")
        #expect(report.isolation.driver == "namespace")
        #expect(report.isolation.start == "cold")
        let status = try await EngineFixture.status
        #expect(report.isolation.limitsEnforcedBy == status.limitsEnforcedBy)
        #expect(report.isolation.enforcement == status.enforcement && status.enforcement != nil)
        #expect(report.timings.sandboxMilliseconds > 0)
        #expect(report.timings.runMilliseconds >= report.stage.wallMilliseconds)
        #expect(report.language.version?.hasPrefix("3.") == true)
    }
}
