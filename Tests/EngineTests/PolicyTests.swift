// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

@testable import Engine

/// What a policy keeps from running, and what it cannot see.
@Suite struct PolicyTests {
    let engine: Engine

    init() throws { engine = try EngineFixture.engine.get() }

    private static let policy = CodePolicy(
        imports: .init(deny: ["os", "socket"]), calls: .init(deny: ["eval", "subprocess.run", "posix.system"]))

    private func run(
        _ code: String, _ policy: CodePolicy = policy, language: String = "python", files: [FileInput] = []
    ) async throws -> RunReport {
        try await engine.report(RunRequest(code: code, files: files, language: language, policy: policy))
    }

    /// What was found, without its file.
    private func found(_ report: RunReport) -> [String] {
        report.violations.map { "\($0.line ?? 0):\($0.column ?? 0) \($0.rule.rawValue) \($0.name)" }
    }

    // MARK: Python

    @Test func whatIsAllowedRuns() async throws {
        let report = try await run("import math, json\nprint(math.floor(2.5), 'import os', \"eval('1')\")")
        #expect(report.verdict == .ok, "\(report.violations)")
        #expect(report.stage.stdout == "2 import os eval('1')\n")
        #expect(report.violations.isEmpty)
    }

    @Test func aViolationHasItsPlaceAndNothingRuns() async throws {
        let report = try await run("print('ran')\nimport json\nif json:\n    'ü'; import os.path\n")
        #expect(report.verdict == .policyViolation)
        #expect(
            report.violations == [
                PolicyViolation(file: "main.py", line: 4, column: 10, rule: .imports, name: "os.path")
            ])
        #expect(report.stage.stdout.isEmpty)
        #expect(report.stage.exitCode == nil)
        #expect(report.isolation.start == "none")
        #expect(report.error?.type == "policy_violation")
        #expect(report.error?.message == "main.py:4:10: import of 'os.path' is not allowed")
        #expect(report.error?.line == 4)
    }

    @Test(
        arguments: [
            ("import os", "1:1 imports os"),
            ("import json, os as o", "1:1 imports os"),
            ("from os import getpid as g", "1:1 imports os"),
            ("from os.path import join", "1:1 imports os.path"),
            ("def f():\n  try:\n    import socket\n  except: pass", "3:5 imports socket"),
            ("__import__('os')", "1:1 imports os"),
            ("__import__(name='os')", "1:1 imports os"),
            ("i = __import__\ni('os')", "2:1 imports os"),
            ("import importlib as l\nl.import_module('os.path')", "2:1 imports os.path"),
            ("from importlib import import_module as m\nm('socket')", "2:1 imports socket"),
            ("import importlib\nimportlib.import_module('o' + 's')", "2:1 dynamic_import importlib.import_module"),
            ("__import__(input())", "1:1 dynamic_import __import__"),
            ("import sys\nsys.modules['os']", "2:1 imports os"),
            ("import sys\nsys.modules.get('os')", "2:1 imports os"),
            ("import subprocess\nsubprocess.run('x')", "2:1 calls subprocess.run"),
            ("import subprocess as s\nr = s.run\nr('x')", "2:5 calls subprocess.run"),
            ("from subprocess import run as r", "1:1 calls subprocess.run"),
            ("from subprocess import *", "1:1 dynamic_call subprocess.*"),
            ("import subprocess\ngetattr(subprocess, 'run')('x')", "2:1 calls subprocess.run"),
            ("import subprocess\ngetattr(subprocess, input())", "2:1 dynamic_call getattr(subprocess, ...)"),
            ("import subprocess\nsubprocess.__dict__['run']", "2:1 calls subprocess.run"),
            ("import subprocess\nvars(subprocess)['run']", "2:1 calls subprocess.run"),
            ("import subprocess\nlist(map(subprocess.run, []))", "2:10 calls subprocess.run"),
            ("a, b = 1, eval\nb('1')", "1:11 calls eval"),
            ("def f(g=eval): return g('1')", "1:9 calls eval"),
            ("import builtins\nbuiltins.eval('1')", "2:1 calls eval"),
            ("__builtins__.eval('1')", "1:1 calls eval"),
            ("globals()['__builtins__']", nil),
            ("globals()['__builtins__'].eval('1')", "1:1 calls eval"),
            ("ｅｖａｌ('1')", "1:1 calls eval"),
            ("(eval if 1 else print)('1')", "1:1 calls eval"),
            ("async def f():\n  return [eval(x) async for x in y]", "2:11 calls eval"),
        ] as [(String, String?)])
    func pythonIsSeenThrough(code: String, first: String?) async throws {
        let report = try await run(code)
        #expect(found(report).first == first, "\(found(report))")
        #expect((report.verdict == .policyViolation) == (first != nil))
    }

    /// docs/policy.md says that these are not caught. Whoever catches one moves it up, and changes the page.
    @Test(arguments: [
        // Text that is run.
        "exec('import ' + 'o' + 's; print(os.getpid() > 0)')",
        // Objects that lead to others without a name.
        "print(type([c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'][0]) is type)",
        // A module that another one has imported.
        "import shutil\nprint(shutil.os.getpid() > 0)",
        // Values in containers, and of functions.
        "import subprocess\nprint([subprocess][0].run(['/bin/true']).returncode == 0)",
        // Code that is written while the program runs.
        "open('late.py', 'w').write('import os')\nimport late\nprint(late.os.getpid() > 0)",
    ])
    func whatAStaticCheckCannotSee(code: String) async throws {
        let report = try await run(code)
        #expect(report.verdict == .ok, "\(found(report)) \(report.stage.stderr)")
        #expect(report.stage.stdout == "True\n")
    }

    @Test(
        arguments: [
            ("x = (", "syntax"), ("x = 1\n\u{0}", "encoding"), ("# coding: utf-7\nx = 1", "encoding"),
            ("#!/usr/bin/python3\n# vim: set fileencoding=rot13 :\nx = 1", "encoding"),
            ("x = " + String(repeating: "(", count: 500) + String(repeating: ")", count: 500), "syntax"),
            ("x = " + String(repeating: "-", count: 300_000) + "1", "unchecked"),
            ("x = " + String(repeating: "a.", count: 200_000) + "b", "unchecked"),
            ("x = " + String(repeating: "[", count: 150) + String(repeating: "]", count: 150), nil),
            ("x = '" + String(repeating: "y", count: 1_000_000) + "'", nil),
            ("# coding: latin-1\nx = 1", nil), ("\u{FEFF}x = 1", nil),
        ] as [(String, String?)])
    func whatCannotBeCheckedDoesNotRun(code: String, rule: String?) async throws {
        let report = try await engine.report(
            RunRequest(
                files: [FileInput(path: "main.py", contentBase64: Data(code.utf8).base64EncodedString())],
                language: "python", policy: Self.policy))
        #expect(report.violations.first?.rule.rawValue == rule, "\(report.violations.first?.name ?? "")")
        #expect(report.verdict == (rule == nil ? .ok : .policyViolation))
    }

    @Test func otherFilesAreCheckedToo() async throws {
        let helper = FileInput(path: "lib/helper.py", content: "x = 1\nimport os")
        let report = try await run("import lib.helper", files: [helper])
        #expect(report.violations.map(\.file) == ["lib/helper.py"])
        #expect(report.violations.map(\.line) == [2])
        let opaque = try await run("import lib", files: [FileInput(path: "lib.pyc", contentBase64: "AAAA")])
        #expect(opaque.violations.map(\.rule) == [.unchecked])
        let data = try await run("print(1)", files: [FileInput(path: "data.txt", content: "import os")])
        #expect(data.verdict == .ok)
    }

    @Test func listsOfWhatIsAllowed() async throws {
        let helper = FileInput(path: "helper.py", content: "x = 1")
        let imports = CodePolicy(imports: .init(allow: ["math", "os.path", "helpers"]))
        #expect(try await run("import math, os.path, helper\nprint(1)", imports, files: [helper]).verdict == .ok)
        #expect(found(try await run("import os", imports)) == ["1:1 imports os"])
        #expect(found(try await run("import maths", imports)) == ["1:1 imports maths"])
        let both = CodePolicy(imports: .init(allow: ["os"], deny: ["os.path"]))
        #expect(found(try await run("import os\nimport os.path", both)) == ["2:1 imports os.path"])
        let calls = CodePolicy(calls: .init(allow: ["print", "math"]))
        #expect(
            try await run("import math\ndef f(): pass\nf(); print(math.sin(0)); [].append(1)", calls).verdict == .ok)
        #expect(found(try await run("print(len([]))", calls)) == ["1:7 calls len"])
    }

    @Test func packagesAreWhatIsNotOfTheLanguage() async throws {
        let policy = CodePolicy(packages: .init(allow: ["numpy"]))
        let helper = FileInput(path: "helper.py", content: "x = 1")
        #expect(try await run("import os, json, helper", policy, files: [helper]).verdict == .ok)
        #expect(found(try await run("import pandas.core", policy)) == ["1:1 packages pandas"])
        #expect(
            found(try await run("try:\n  import requests\nexcept: pass", .init(packages: .init(deny: ["requests"]))))
                .count == 1)
        let elsewhere = FileInput(path: "deep/pandas/x.py", content: "")
        #expect(found(try await run("import pandas", policy, files: [elsewhere])) == ["1:1 packages pandas"])
        let nothing = CodePolicy(packages: .init(allow: []))
        #expect(found(try await run("import numpy", nothing)) == ["1:1 packages numpy"])
    }

    /// Where scripts/setup-restricted-python and Debian put the package.
    private static let hasRestrictedPython =
        FileManager.default.fileExists(atPath: "/usr/lib/python3/dist-packages/RestrictedPython")
        || (try? FileManager.default.contentsOfDirectory(atPath: "/usr/local/lib"))?.contains {
            FileManager.default.fileExists(atPath: "/usr/local/lib/\($0)/dist-packages/RestrictedPython")
        } == true

    @Test(
        .enabled(if: hasRestrictedPython, "scripts/setup-restricted-python was not run"),
        arguments: [
            (
                "x = 1\ny = x._hidden",
                "2:1 restricted_python \"_hidden\" is an invalid attribute name because it starts with \"_\"."
            ),
            ("exec('1')", "1:1 restricted_python Exec calls are not allowed."),
            (
                "def f():\n    yield 1\nasync def g(): pass",
                "3:1 restricted_python AsyncFunctionDef statements are not allowed."
            ),
            ("x = (", "1:5 syntax '(' was never closed"), ("print(1 + 1)", nil),
            // Python warns of these when it compiles them.
            ("x = 1\nif x is 1: print(2)", nil), ("print(len('\\d'))", nil),
        ] as [(String, String?)])
    func restrictedPythonsCompileStepIsPassed(code: String, expected: String?) async throws {
        let report = try await run(code, CodePolicy(restrictedPython: true))
        #expect(found(report) == (expected.map { [$0] } ?? []), "\(report)")
        #expect(report.stage.stdout == (expected == nil ? "2\n" : ""))
    }

    // MARK: JavaScript and TypeScript

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/node")),
        arguments: [
            ("import fs from 'node:fs'", "1:1 imports fs"),
            ("const f = require('fs/promises')", "1:11 imports fs/promises"),
            ("import('f' + 's')", "1:1 dynamic_import import()"), ("const r = require\nr('fs')", "2:1 imports fs"),
            ("process.getBuiltinModule('fs')", "1:1 imports fs"),
            ("const { exec: e } = require('child_process')", "1:15 calls child_process.exec"),
            ("(0, eval)('1')", "1:1 calls eval"), ("globalThis['eval']('1')", "1:1 calls eval"),
            ("globalThis['ev' + 'al']", "1:1 dynamic_call globalThis[...]"),
            ("let x = (", "1:10 syntax Unexpected token"),
            ("import 'data:text/javascript,1'", "1:1 dynamic_import data:text/javascript,1"),
            ("console.log('fs', { eval: 1 }.eval)", nil),
            // Not caught: what is reached through objects.
            ("console.log([].constructor.constructor('return 1')())", nil),
        ] as [(String, String?)])
    func javaScriptIsSeenThrough(code: String, first: String?) async throws {
        let policy = CodePolicy(imports: .init(deny: ["fs"]), calls: .init(deny: ["eval", "child_process.exec"]))
        let report = try await run(code, policy, language: "javascript")
        #expect(found(report).first == first, "\(found(report)) \(report.error?.message ?? "")")
        #expect((report.verdict == .policyViolation) == (first != nil))
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/esbuild")))
    func typeScriptHasThePlacesOfItsText() async throws {
        let policy = CodePolicy(imports: .init(deny: ["fs"]))
        let code =
            "interface Point { x: number }\ntype Y = string;\n\nconst p: Point = { x: 1 };\nconst f: any = require('fs');\n"
        #expect(found(try await run(code, policy, language: "typescript")) == ["5:16 imports fs"])
        let fine = try await run("const n: number = 2;\nconsole.log(n);", policy, language: "typescript")
        #expect(fine.verdict == .ok, "\(found(fine))")
        #expect(found(try await run("const x: = 1", policy, language: "typescript")).first?.contains("syntax") ?? false)
    }

    // MARK: Elsewhere

    @Test func whatCannotBeCheckedIsRefused() async throws {
        for language in ["bash", "c"] {
            let error = await #expect(throws: RequestError.self) {
                try await run("exit 0", language: language)
            }
            #expect(error?.code == .policyUnsupported)
        }
        let error = await #expect(throws: RequestError.self) {
            try await run("1", CodePolicy(restrictedPython: true), language: "javascript")
        }
        #expect(error?.code == .policyUnsupported)
        // A policy that says nothing is none.
        #expect(try await run("echo 1", CodePolicy(), language: "bash").verdict == .ok)
    }

    @Test func theServersPolicyHoldsBesideTheRuns() async throws {
        let engine = try EngineFixture.make(
            EngineConfiguration(concurrency: 2, policy: CodePolicy(imports: .init(deny: ["socket"]))))
        func found(_ code: String, _ policy: CodePolicy?) async throws -> [String] {
            try await engine.report(RunRequest(code: code, language: "python", policy: policy)).violations.map(\.name)
        }
        #expect(try await found("import socket", nil) == ["socket"])
        #expect(
            try await found("import socket, json", CodePolicy(imports: .init(deny: ["json"]))) == ["json", "socket"])
        #expect(try await found("import socket", CodePolicy(imports: .init(allow: ["socket"]))) == ["socket"])
        #expect(try await found("import json", nil) == [])
        let error = await #expect(throws: RequestError.self) {
            try await engine.report(RunRequest(code: "echo 1", language: "bash"))
        }
        #expect(error?.code == .policyUnsupported)
    }

    @Test func theRulesOfAKeyHoldBesideTheServersAndTheRuns() async throws {
        let engine = try EngineFixture.make(
            EngineConfiguration(concurrency: 2, policy: CodePolicy(imports: .init(deny: ["socket"]))))
        var request = RunRequest(
            code: "import socket, json, os", language: "python",
            policy: CodePolicy(imports: .init(allow: ["json", "os", "socket"])))
        request.keyRules = KeyRules(policy: CodePolicy(imports: .init(deny: ["os"])))
        #expect(try await engine.report(request).violations.map(\.name) == ["os", "socket"])
        request.language = "bash"
        let error = await #expect(throws: RequestError.self) { try await engine.report(request) }
        #expect(error?.code == .policyUnsupported)
    }

    @Test func theLimitsOfAKeyAreTheMostThatItsRunsGet() async throws {
        let engine = try EngineFixture.make(EngineConfiguration(concurrency: 2))
        var request = RunRequest(code: "print('x' * 5000)", language: "python")
        request.keyRules = KeyRules(limits: LimitsRequest(wallMilliseconds: 60_000, outputBytes: 1000))
        #expect(try await engine.report(request).stage.verdict == .outputLimit)
        request.limits = LimitsRequest(wallMilliseconds: 60_001)
        let error = await #expect(throws: RequestError.self) { try await engine.report(request) }
        #expect(error?.code == .invalidLimit && error?.field == "limits.wall_ms", "\(String(describing: error))")
        request.limits = LimitsRequest(outputBytes: 1001)
        await #expect(throws: RequestError.self) { try await engine.report(request) }
        request.limits = LimitsRequest()
        request.keyRules = KeyRules(compileLimits: LimitsRequest(wallMilliseconds: 1000))
        request.compileLimits = LimitsRequest(wallMilliseconds: 1001)
        let compile = await #expect(throws: RequestError.self) { try await engine.report(request) }
        #expect(compile?.field == "compile_limits.wall_ms")
    }

    @Test(arguments: ["", "os; import", "a b", "os\n", "os*", String(repeating: "a", count: 201)])
    func namesThatAreNoneAreRefused(name: String) async throws {
        let error = await #expect(throws: RequestError.self) {
            try await run("1", CodePolicy(calls: .init(deny: [name])))
        }
        #expect(error?.code == .invalidField)
        #expect(error?.field == "policy.calls.deny")
    }
}
