// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import Testing

/// The Python kernel, run by the service on this machine.
@Suite struct PythonKernelTests {
    /// One kernel for what leaves nothing behind that others could trip over.
    static let shared = Result { () throws -> (LocalComputer, InterpreterService) in
        let computer = try LocalComputer(environment: ["NESTBOX_SANDBOX": "outer"])
        return (computer, InterpreterService(computer: computer))
    }

    private func run(_ code: String, environment: [String: String] = [:]) async throws -> Outcome {
        try await Self.shared.get().1.run(code, environment: environment)
    }

    @Test(arguments: [
        ("print(1)", ["1\n"]), ("!echo from a shell", ["from a shell\n"]), ("%%bash\necho cell", ["cell\n"]),
        ("print('é', '\\ud800')", ["é \\ud800\n"]),
        ("import subprocess; _ = subprocess.run(['echo', 'child'])", ["child\n"]),
        ("print('no end', end='')", ["no end"]),
    ])
    func printsOneEvent(code: String, expected: [String]) async throws {
        let outcome = try await run(code)
        #expect(outcome.stdout == expected)
        #expect(outcome.error == nil)
        #expect(outcome.events.last == .ended)
    }

    @Test(arguments: [
        ("1 + 1", "2"), ("'a'", "a"), ("x = 5\nx", "5"), ("  y = 3\n  y", "3"),
        ("await __import__('asyncio').sleep(0) or 7", "7"),
        ("import asyncio\nasync def f(): return 9\nasyncio.run(f())", "9"),
        ("len(repr(list(range(5000)))) > 20000", "True"),
    ])
    func showsTheLastExpression(code: String, expected: String) async throws {
        let outcome = try await run(code)
        #expect(outcome.text == expected)
        #expect(outcome.results.count == 1)
    }

    @Test func longListsAreNotCut() async throws {
        let text = try #require(try await run("list(range(3000))").text)
        #expect(text.contains("2999") && text.contains("1500") && !text.contains("..."))
    }

    @Test func outputStaysInOrder() async throws {
        let outcome = try await run(
            "import sys\nprint('a')\ndisplay(1)\nprint('b')\nsys.stdout.flush()\n!echo c\ndisplay(2)\nprint('d')")
        let told = outcome.events.compactMap { event -> String? in
            switch event {
            case .stdout(let text, _): text
            case .result(let result): result.texts["text"]
            default: nil
            }
        }
        #expect(told.joined() == "a\n1b\nc\n2d\n")
    }

    @Test func everyMIMETypeHasItsField() async throws {
        let outcome = try await run(
            """
            display({"text/plain": "p", "text/html": "h", "text/markdown": "m", "image/svg+xml": "s", "image/png": "cG5n",
                     "image/jpeg": "anBn", "application/pdf": "cGRm", "text/latex": "l", "application/json": {"a": [1, 2.0]},
                     "application/javascript": "j", "x/y": "z", "e2b/data": {"c": [1]}, "e2b/chart": {"type": "unknown"}}, raw=True)
            """)
        let result = try #require(outcome.results.first)
        #expect(
            result.texts == [
                "text": "p", "html": "h", "markdown": "m", "svg": "s", "png": "cG5n", "jpeg": "anBn", "pdf": "cGRm",
                "latex": "l",
                "javascript": "j",
            ])
        #expect(result.values["json"] == #"{"a": [1, 2.0]}"#)
        #expect(result.values["extra"] == #"{"x/y": "z"}"#)
        #expect(result.values["data"] == #"{"c": [1]}"# && result.values["chart"] == #"{"type": "unknown"}"#)
        #expect(!result.isMain)
    }

    @Test func errorsHaveNameValueAndPlainTraceback() async throws {
        let error = try #require(try await run("def f():\n    raise ValueError('bad\\nthing')\nf()").error)
        #expect(error.name == "ValueError" && error.value == "bad\nthing")
        #expect(error.traceback.contains("Traceback") && error.traceback.contains("raise ValueError"))
        #expect(!error.traceback.contains("\u{1B}") && !error.traceback.contains("<kernel>"))
        #expect(try await run("def f(:").error?.name == "SyntaxError")
        #expect(try await run("input('?')").error?.name == "StdinNotImplementedError")
    }

    @Test(arguments: ["import sys; sys.exit(3)", "exit()", "quit()", "raise SystemExit"])
    func exitingLeavesTheContext(code: String) async throws {
        _ = try await run("kept_over_exit = 1")
        #expect(try await run(code).error?.name == "SystemExit")
        #expect(try await run("kept_over_exit").text == "1")
    }

    @Test func variablesOfOneExecution() async throws {
        let ask = "import os; print(os.environ.get('NESTBOX_SANDBOX'), os.environ.get('NESTBOX_ONCE'))"
        #expect(try await run(ask).stdout == ["outer None\n"])
        #expect(try await run(ask, environment: ["NESTBOX_SANDBOX": "in", "NESTBOX_ONCE": "1"]).stdout == ["in 1\n"])
        #expect(try await run("!echo $NESTBOX_ONCE", environment: ["NESTBOX_ONCE": "shell"]).stdout == ["shell\n"])
        #expect(try await run(ask).stdout == ["outer None\n"])
    }

    @Test func countsExecutions() async throws {
        let (_, service) = try Self.shared.get()
        let context = try await service.create(language: nil, directory: nil)
        #expect(try await service.run("1", in: context.id).count == 1)
        #expect(try await service.run("1/0", in: context.id, environment: ["A": "b"]).count == 2)
        #expect(try await service.run("1", in: context.id).count == 3)
        try await service.delete(context.id)
    }

    @Test func dataFramesAndValuesAreJSON() async throws {
        let frame = try await run(
            """
            import pandas as pd
            pd.DataFrame({"n": [1, 2], "f": [0.5, None], "t": pd.to_datetime(["2024-01-01", "2024-01-02T03:04:05"]), 7: ["x", "y"]})
            """)
        let result = try #require(frame.results.first)
        #expect(
            result.values["data"]
                == #"{"n": [1, 2], "f": [0.5, null], "t": ["2024-01-01T00:00:00", "2024-01-02T03:04:05"], "7": ["x", "y"]}"#
        )
        #expect(
            result.texts["html"]?.contains("<table") == true && result.texts["text"]?.contains("2024-01-01") == true)
        let value = try await run(
            "import numpy as np; {'a': np.float64(1.5), 'n': float('nan'), 'v': np.arange(3), True: [np.int32(4), (1, 'x')]}"
        )
        #expect(value.results.first?.values["json"] == #"{"a": 1.5, "n": null, "v": [0, 1, 2], "true": [4, [1, "x"]]}"#)
        #expect(try await run("[object()]").results.first?.values["json"] == nil)
    }

    @Test func figuresAreShownWithTheirChart() async throws {
        let outcome = try await run(
            """
            import matplotlib.pyplot as plt
            plt.plot([1, 2], [3, 4]); plt.show(); print("between")
            plt.figure(); plt.bar(["a"], [1]); print("after")
            """)
        let pictures = outcome.results.filter { $0.texts["png"] != nil }
        #expect(pictures.count == 2)
        #expect(
            pictures.allSatisfy {
                $0.texts["png"]?.hasPrefix("iVBOR") == true && $0.texts["text"]?.hasPrefix("<Figure") == true
            })
        #expect(try pictures.map { try json($0.values["chart"]).value(forChart: "type") } == ["line", "bar"])
        #expect(outcome.stdout.joined() == "between\nafter\n")
    }

    @Test func imagesAreShown() async throws {
        let outcome = try await run(
            "from PIL import Image\nimage = Image.new('RGB', (2, 2))\nimage.save('x.png')\nimage.show()")
        #expect(outcome.results.count == 2)
        #expect(outcome.results.allSatisfy { $0.texts["png"] != nil && !$0.isMain })
    }

    @Test func aMillionBytesArriveWhole() async throws {
        let outcome = try await run("print('é' * 500_000)")
        #expect(outcome.stdout.joined().utf8.count == 1_000_001)
        #expect(outcome.stdout.count > 1 && !outcome.stdout.joined().contains("\u{FFFD}"))
        #expect(try await run("'y' * 1_000_000").text?.count == 1_000_000)
    }

    @Test func aResultBeyondTheLimitIsLeftOutAndSaid() async throws {
        let outcome = try await run("display({'text/plain': 'z' * (33 << 20)}, raw=True)\nprint('still here')")
        #expect(outcome.results.isEmpty && outcome.error == nil)
        #expect(outcome.stderr.joined().contains("more than 32 MiB"))
        #expect(outcome.stdout == ["still here\n"])
    }

    @Test func closedDescriptorsAreBackInTheNextCell() async throws {
        _ = try await run("import os; os.close(1); os.close(2)")
        #expect(try await run("print('again')").stdout == ["again\n"])
    }

    @Test func aForkedChildDoesNotSpeakForTheKernel() async throws {
        let outcome = try await run(
            "import os\npid = os.fork()\nif pid: os.waitpid(pid, 0)\nelse: print('child')\ndisplay(0)")
        #expect(outcome.stdout == ["child\n"] && outcome.results.count == 1)
        #expect(outcome.events.last == .ended)
    }
}

extension NSObject {
    func value(forChart key: String) -> String? { (self as? [String: Any])?[key] as? String }
}
