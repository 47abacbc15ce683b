// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

@Suite struct RunRequestCodingTests {
    private func decode(_ json: String) throws -> RunRequest {
        try JSONDecoder().decode(RunRequest.self, from: Data(json.utf8))
    }

    @Test func namesOnTheWireAreAsDocumented() throws {
        let request = try decode(
            """
            {"code": "c", "files": [{"path": "p", "content_base64": "eA=="}], "entrypoint": "e", "markdown": "m", "language": "l",
             "stdin": "s", "args": ["a"], "env": {"K": "V"}, "collect": ["*"], "isolation": "i", "template": "t",
             "limits": {"wall_ms": 1, "cpu_ms": 2, "memory_bytes": 3, "output_bytes": 4, "processes": 5, "disk_bytes": 6}}
            """)
        #expect(request.code == "c" && request.entrypoint == "e" && request.markdown == "m" && request.language == "l")
        #expect(request.files == [FileInput(path: "p", contentBase64: "eA==")])
        #expect(
            request.limits
                == LimitsRequest(
                    wallMilliseconds: 1, cpuMilliseconds: 2, memoryBytes: 3, outputBytes: 4, processes: 5, diskBytes: 6)
        )
    }

    @Test(arguments: [
        (#"{"codes": "x"}"#, "codes"), (#"{"limits": {"walls": 1}}"#, "limits.walls"),
        (#"{"files": [{"path": "a", "data": "b"}]}"#, "data"),
    ])
    func unknownFieldsAreRefused(json: String, field: String) {
        #expect {
            try decode(json)
        } throws: { error in
            guard let error = error as? RequestError else { return false }
            return error.code == .unknownField && error.field?.hasSuffix(field) == true
        }
    }

    @Test func everythingIsOptional() throws {
        #expect(try decode("{}") == RunRequest())
    }
}

@Suite struct LimitsTests {
    @Test func absentLimitsTakeTheirDefaults() throws {
        #expect(try LimitsRequest().resolved(defaults: .standard, maximum: .standardMaximum) == .standard)
    }

    @Test func presentLimitsReplaceThem() throws {
        let limits = try LimitsRequest(wallMilliseconds: 5, diskBytes: 1 << 20).resolved(
            defaults: .standard, maximum: .standardMaximum)
        #expect(limits.wallMilliseconds == 5 && limits.diskBytes == 1 << 20)
        #expect(limits.memoryBytes == Limits.standard.memoryBytes)
    }

    @Test func theErrorNamesFieldValueAndRange() {
        let error = #expect(throws: RequestError.self) {
            try LimitsRequest(processes: 5000).resolved(defaults: .standard, maximum: .standardMaximum)
        }
        #expect(error?.message == "limits.processes is 5000; it must be from 1 to 4096")
    }

    @Test func defaultsAreWithinTheMaximum() {
        let most = Limits.standardMaximum
        for limits in [Limits.standard, .standardCompile] {
            #expect(limits.wallMilliseconds <= most.wallMilliseconds && limits.memoryBytes <= most.memoryBytes)
            #expect(limits.processes <= most.processes && limits.diskBytes <= most.diskBytes)
        }
    }
}

@Suite struct IdentifierTests {
    @Test func areValidAndDistinct() {
        let made = (0..<1000).map { _ in Identifier.make(prefix: "run") }
        #expect(Set(made).count == 1000)
        #expect(made.allSatisfy { Identifier.isValid($0, prefix: "run") })
    }

    @Test(arguments: [
        "", "run_", "run_short", "run_ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ran_abcdefghijklmnopqrstuvwxyz",
        "run_abcdefghijklmnopqrstuvwxyz2", "run_../../../../etc/passwd0000",
    ])
    func whatWeDidNotMakeIsNot(text: String) {
        #expect(!Identifier.isValid(text, prefix: "run"))
    }
}

@Suite struct ReportCodingTests {
    @Test func reportsComeBackAndShowTheirNulls() throws {
        let stage = StageReport(
            verdict: .signaled, exitCode: nil, signal: "SIGSEGV", stdout: "o", stderr: "", stdoutTruncated: true,
            stderrTruncated: false,
            stdoutBase64: "bw==", stderrBase64: nil, wallMilliseconds: 1.5, cpuMilliseconds: 0.25, memoryPeakBytes: 7)
        let report = RunReport(
            id: "run_x", stage: stage,
            language: LanguageReport(name: "c", version: nil, detectedBy: .fence, confidence: 1), compile: stage,
            warnings: [RunWarning(kind: "k", message: "m")], error: nil,
            files: [CollectedFile(path: "p", sizeBytes: 1, contentBase64: nil, skipped: "too_large")],
            isolation: IsolationReport(
                driver: "d", start: "cold", limitsEnforcedBy: "rlimit",
                enforcement: LimitEnforcement(
                    memory: .process, processes: .sandbox, cpuTime: .watched, cpuRate: .none, memoryPeak: .watched,
                    tellsRefusals: false)),
            timings: Timings(queueMilliseconds: 1))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = try encoder.encode(RunResult.program(report))
        #expect(try JSONDecoder().decode(RunResult.self, from: data) == .program(report))
        let text = String(decoding: data, as: UTF8.self)
        for part in [
            #""exit_code":null"#, #""error":null"#, #""version":null"#, #""stdout_base64":"bw==""#,
            #""limits_enforced_by":"rlimit""#, #""cpu_rate":"none","cpu_time":"watched","memory":"process""#,
        ] {
            #expect(text.contains(part), "\(part) is missing")
        }
        let markdown = RunResult.markdown(
            MarkdownReport(id: "run_y", verdict: .ok, blocks: [.init(language: "c", line: 3, report: report)]))
        #expect(try JSONDecoder().decode(RunResult.self, from: encoder.encode(markdown)) == markdown)
    }
}
