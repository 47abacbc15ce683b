// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

extension EndToEnd {
    @Suite struct HTTPRunTests {
        @Test func answersWithTheReportAndKeepsIt() async throws {
            try await withServer { server in
                let answer = try await server.exchange(
                    .post(
                        json:
                            #"{"language": "python", "code": "print(6 * 7)\nopen('made.txt', 'w').write('x')", "collect": ["*.txt"]}"#
                    ))
                #expect(answer.headers["content-type"]?.hasPrefix("application/json") == true)
                let report = try answer.report()
                #expect(report.verdict == .ok)
                #expect(report.stage.stdout == "42\n")
                #expect(report.files.map(\.path) == ["made.txt"])
                #expect(report.files.first?.contentBase64 == "eA==")
                #expect(report.isolation.driver == "namespace")
                #expect(report.isolation.limitsEnforcedBy.hasPrefix("cgroup"))
                #expect(report.timings.sandboxMilliseconds > 0)
                let kept = try await server.get("/v1/runs/\(report.id)").report()
                #expect(kept == report)
            }
        }

        @Test func runsSeveralFilesFromTheirEntrypoint() async throws {
            try await withServer { server in
                let report = try await server.run(
                    RunRequest(
                        files: [
                            FileInput(path: "main.py", content: "import parts.words; print(parts.words.WORD)"),
                            FileInput(
                                path: "parts/words.py", contentBase64: Data("WORD = 'deep'".utf8).base64EncodedString()),
                        ], entrypoint: "main.py"))
                #expect(report.stage.stdout == "deep\n")
                #expect(report.language.detectedBy == .filename)
            }
        }

        @Test func runsTheBlocksOfAnAnswer() async throws {
            try await withServer { server in
                let markdown = "Text.\n\n```python\nprint('p')\n```\n\nMore.\n\n```bash\necho b\n```\n"
                let answer = try await server.exchange(.run(RunRequest(markdown: markdown)))
                let report = try JSONDecoder().decode(MarkdownReport.self, from: answer.body)
                #expect(report.blocks.map(\.language) == ["python", "bash"])
                #expect(report.blocks.map(\.line) == [4, 10])
                #expect(report.blocks.map(\.report.stage.stdout) == ["p\n", "b\n"])
            }
        }

        @Test func joinsOrPicksTheBlocksOfAnAnswer() async throws {
            let markdown =
                "First:\n\n```python\nx = 20\n```\n\nThen:\n\n```python\nprint(globals().get('x', 0) + 22)\n```\n"
            try await withServer { server in
                for (blocks, expected) in [
                    ("joined", ["42\n"]), ("last", ["22\n"]), ("first", [""]), ("separate", ["", "22\n"]),
                ] {
                    let answer = try await server.exchange(.run(RunRequest(markdown: markdown, blocks: blocks)))
                    let report = try JSONDecoder().decode(MarkdownReport.self, from: answer.body)
                    #expect(report.verdict == .ok && report.blocks.map(\.report.stage.stdout) == expected, "\(blocks)")
                }
                let refused = try await server.exchange(.run(RunRequest(markdown: markdown, blocks: "3")))
                #expect(refused.status == 422 || refused.status == 400)
            }
        }

        @Test func streamsEventsWhileTheProgramRuns() async throws {
            try await withServer { server in
                let code = "import sys, time; print('one', flush=True); sys.stdin.read(); time.sleep(2); print('two')"
                let connection = try await server.open(
                    .run(RunRequest(code: code, language: "python"), headers: streamed))
                let (early, events) = try await blocking {
                    var reader = try EventReader(connection)
                    var events: [StreamedEvent] = []
                    var early = false
                    while let event = try reader.next() {
                        events.append(event)
                        // The first line is here while the program still sleeps.
                        if event.text == "one\n" { early = !server.sandboxProcesses.isEmpty }
                    }
                    return (early, events)
                }
                #expect(early)
                #expect(events.first?.event == "started")
                #expect(events.filter { $0.event == "stdout" }.compactMap(\.text).joined() == "one\ntwo\n")
                #expect(events.map(\.event).suffix(2) == ["result", "report"])
                let report = try #require(events.last?.report)
                #expect(report.verdict == .ok && report.stage.stdout == "one\ntwo\n")
                #expect(report.id == events.first?.id)
            }
        }

        @Test func deleteCancelsARun() async throws {
            try await withServer { server in
                let connection = try await server.open(.run(ServerLifeTests.sleeper, headers: streamed))
                let id = try await blocking {
                    var reader = try EventReader(connection)
                    var id: String?
                    while let event = try reader.next() {
                        id = id ?? event.id
                        if event.text == "up\n" { break }
                    }
                    return id
                }
                let run = try #require(id)
                let answer = try await server.exchange(HTTPRequest(method: "DELETE", path: "/v1/runs/\(run)"))
                #expect((200...299).contains(answer.status), "\(answer.status): \(answer.text)")
                #expect(await eventually(within: .seconds(20)) { server.sandboxProcesses.isEmpty })
                _ = try await eventually { try await server.get("/v1/runs/\(run)").status == 200 }
                #expect(try await server.get("/v1/runs/\(run)").report().verdict == .cancelled)
                let again = try await server.exchange(HTTPRequest(method: "DELETE", path: "/v1/runs/\(run)"))
                #expect((400...499).contains(again.status))
            }
        }

        @Test func endlessOutputCostsTheServerNothing() async throws {
            try await withServer { server in
                _ = try await server.run(python: "print(1)")
                let before = try server.residentBytes()
                let report = try await server.run(python: "while True: print('x' * 65536)")
                #expect(report.verdict == .outputLimit)
                #expect(report.stage.stdoutTruncated)
                #expect(report.stage.stdout.utf8.count <= 1 << 20)
                #expect(try server.residentBytes() - before < 48 << 20)
            }
        }

        @Test func outputThatIsNotTextArrivesExactly() async throws {
            try await withServer { server in
                let report = try await server.run(python: "import sys; sys.stdout.buffer.write(bytes([0, 255, 10]))")
                #expect(report.stage.stdoutBase64 == Data([0, 255, 10]).base64EncodedString())
            }
        }

        @Test func saysWhatItIs() async throws {
            try await withServer { server in
                #expect(try await server.get("/healthz").status == 200)
                let api = try await server.get("/openapi.json").object()
                #expect((api["openapi"] as? String)?.hasPrefix("3.1") == true)
                let capabilities = try await server.get("/v1/capabilities").object()
                #expect((capabilities["network"] as? [String: Any])?["egress"] as? String == "none")
                #expect(capabilities["isolation_default"] as? String == "namespace")
                let languages = try await server.get("/v1/languages")
                #expect(languages.status == 200)
                #expect(languages.text.contains(#""python""#) && languages.text.contains(#""sql""#))
            }
        }
    }

    /// A sandbox is fresh, and knows nothing of the others and of the machine.
    @Suite struct FreshnessTests {
        @Test func runsDoNotSeeEachOther() async throws {
            try await withServer { server in
                let code = """
                    import os
                    for place in ('/tmp', '/home/user', '/dev/shm'):
                        path = os.path.join(place, 'mark')
                        print(os.path.exists(path))
                        open(path, 'w').write('x')
                    """
                for _ in 0..<2 {
                    let report = try await server.run(python: code)
                    #expect(report.verdict == .ok, "\(report.stage.stderr)")
                    #expect(report.stage.stdout == "False\nFalse\nFalse\n")
                }
            }
        }

        @Test func runsSeeNothingOfTheHost() async throws {
            try await withServer { server in
                let code = """
                    import os, socket
                    print(sorted(name for name in os.environ if name.startswith(('NESTBOX', 'XDG'))))
                    print(os.path.exists('\(server.process.home.path)'))
                    print([name for _, name in socket.if_nameindex()])
                    print(len([p for p in os.listdir('/proc') if p.isdigit()]) < 5)
                    print(os.getuid() != 0, sorted(os.listdir('/proc/self/fd'))[:3])
                    """
                let report = try await server.run(python: code)
                let lines = report.stage.stdout.split(separator: "\n")
                try #require(lines.count == 5, "\(report.stage.stderr)")
                #expect(lines[0] == "[]")
                #expect(lines[1] == "False")
                #expect(lines[2] == "['lo']")
                #expect(lines[3] == "True")
                #expect(lines[4].hasPrefix("True"))
            }
        }
    }
}
