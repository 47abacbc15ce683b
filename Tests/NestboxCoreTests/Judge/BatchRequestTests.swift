// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

@Suite struct BatchRequestTests {
    private static func refusal(_ json: String) -> RequestError? {
        do {
            try JSONDecoder().decode(BatchRequest.self, from: Data(json.utf8)).validate()
            return nil
        } catch let error as RequestError {
            return error
        } catch {
            return RequestError(.invalidJSON, "\(error)")
        }
    }

    private static let sum = #"{"cases":[{"stdin":"1 2","expected":"3"}]}"#

    @Test(arguments: [
        #"{"problem":\#(sum),"submissions":[{"code":"x"}]}"#,
        #"{"problems":{"sum":\#(sum)},"submissions":[{"id":"a","problem":"sum","markdown":"x"}],"parallel":2}"#,
        #"{"problem":{"cases":[{"args":["1"],"checker":{"type":"regex","pattern":"a"}}]},"submissions":[{"code":"x"}]}"#,
    ])
    func goodBatchesAreTaken(json: String) { #expect(Self.refusal(json) == nil) }

    struct Bad: Sendable, CustomTestStringConvertible {
        let field: String
        let json: String
        var testDescription: String { field }

        init(_ field: String, _ json: String) { (self.field, self.json) = (field, json) }

        static func problem(_ field: String, _ cases: String, _ more: String = "") -> Bad {
            Bad(field, #"{"problems":{"p":{"cases":\#(cases)\#(more)}},"submissions":[{"problem":"p","code":"x"}]}"#)
        }
    }

    @Test(arguments: [
        Bad("submissions", #"{"problem":\#(sum),"submissions":[]}"#),
        Bad("submissions.0.problem", #"{"submissions":[{"code":"x"}]}"#),
        Bad("submissions.1.problem", #"{"problem":\#(sum),"submissions":[{"code":"x"},{"problem":"q","code":"x"}]}"#),
        Bad("submissions.1.id", #"{"problem":\#(sum),"submissions":[{"id":"a","code":"x"},{"id":"a","code":"x"}]}"#),
        Bad("submissions.0.id", #"{"problem":\#(sum),"submissions":[{"id":"","code":"x"}]}"#),
        Bad("parallel", #"{"problem":\#(sum),"submissions":[{"code":"x"}],"parallel":0}"#),
        .problem("problems.p.cases", "[]"),
        .problem("problems.p.cases.1", #"[{"stdin":"","expected":""},{"expected":"3"}]"#),
        .problem("problems.p.cases.0.expected", #"[{"stdin":"1"}]"#),
        .problem("problems.p.cases.0.score", #"[{"stdin":"1","expected":"","score":-1}]"#),
        .problem(
            "problems.p.cases.1.id", #"[{"id":"a","stdin":"","expected":""},{"id":"a","stdin":"","expected":""}]"#),
        .problem("problems.p.checker", #"[{"stdin":"","expected":""}]"#, #","checker":"fuzzy""#),
        .problem("problems.p.checker", #"[{"stdin":"","expected":""}]"#, #","checker":{"type":"float"}"#),
        .problem("problems.p.checker", #"[{"stdin":"","expected":""}]"#, #","checker":{"type":"float","absolute":-1}"#),
        .problem("problems.p.checker", #"[{"stdin":"","expected":""}]"#, #","checker":"regex""#),
        .problem(
            "problems.p.checker.pattern", #"[{"stdin":"","expected":""}]"#,
            #","checker":{"type":"exact","pattern":"x"}"#),
        .problem("problems.p.cases.0.input", #"[{"input":"1","expected":""}]"#),
        Bad("deterministic", #"{"problem":\#(sum),"submissions":[{"code":"x"}],"deterministic":{"seed":-1}}"#),
        Bad(
            "deterministic.clock",
            #"{"problem":\#(sum),"submissions":[{"code":"x"}],"deterministic":{"clock":{"at":"tomorrow"}}}"#),
        Bad(
            "deterministic.clock",
            #"{"problem":\#(sum),"submissions":[{"code":"x"}],"deterministic":{"clock":{"at":"2024-02-29T12:00:00Z","mode":"slow"}}}"#
        ),
        Bad(
            "deterministic.clock", #"{"problem":\#(sum),"submissions":[{"code":"x"}],"deterministic":{"clock":"noon"}}"#
        ),
    ])
    func whatIsWrongIsNamed(bad: Bad) {
        let refusal = Self.refusal(bad.json)
        #expect(refusal?.field == bad.field)
        #expect(refusal?.message.contains(bad.field) == true)
    }

    @Test(arguments: [
        Checker.exact, .tokens, .lines, .float(.init(absolute: 1e-6, relative: 1e-9)), .regex(pattern: "a|b"),
        .program(CheckerProgram(code: "x", language: "python", limits: .init(wallMilliseconds: 5))),
        .interactive(CheckerProgram(code: "x")),
    ])
    func checkersKeepTheirForm(checker: Checker) throws {
        let data = try JSONEncoder().encode(checker)
        #expect(try JSONDecoder().decode(Checker.self, from: data) == checker)
    }

    @Test func aMomentAloneIsAClockThatStandsStill() throws {
        let text = #"{"clock":"2024-02-29T12:00:00Z"}"#
        let found = try JSONDecoder().decode(Determinism.self, from: Data(text.utf8))
        #expect(found.clock == FixedClock(at: try #require(ClockTime("2024-02-29T12:00:00Z")), mode: .frozen))
    }

    @Test func batchesKeepTheirForm() throws {
        let time = try #require(ClockTime(unixMilliseconds: 5))
        let batch = BatchRequest(
            problems: ["p": JudgeProblem(cases: [JudgeCase(stdin: "1", expected: "2", score: 0.5)], checker: .tokens)],
            submissions: [Submission(id: "a", problem: "p", code: "x")],
            options: JudgeOptions(
                stopAtFirstFailure: true, parallel: 3,
                deterministic: Determinism(seed: 1, clock: FixedClock(at: time, mode: .running)),
                cache: true),
            isolation: "namespace", template: "default")
        #expect(try JSONDecoder().decode(BatchRequest.self, from: JSONEncoder().encode(batch)) == batch)
    }
}
