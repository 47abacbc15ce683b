// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NestboxCore
import Testing

@testable import HTTPAPI

@Suite struct OpenAPIDocumentTests {
    private let document: APIDocument
    init() throws { document = try APIDocument() }

    private func members(_ json: JSON?) -> [String: JSON] {
        if case .object(let members) = json { members } else { [:] }
    }

    private func strings(_ json: JSON?) -> Set<String> {
        if case .array(let elements) = json { Set(elements.compactMap(\.text)) } else { [] }
    }

    private func schema(_ name: String) -> JSON? { document.json["components"]?["schemas"]?[name] }

    @Test func listsExactlyTheRoutesServed() throws {
        let api = APIApplication(configuration: .testing, service: FakeService(), logger: LogLines().logger)
        let served = api.routes().map { "\($0.method.rawValue.lowercased()) \($0.path)" }
        let listed = members(document.json["paths"]).flatMap { path, item in
            members(item).keys.filter { $0 != "parameters" }.map { "\($0) \(path)" }
        }
        #expect(listed.sorted() == served.sorted())
    }

    @Test func everyReferenceLeadsSomewhere() throws {
        func walk(_ json: JSON) throws {
            switch json {
            case .object(let members):
                if let reference = members["$ref"] { _ = try document.validator.resolve(reference) }
                for member in members.values { try walk(member) }
            case .array(let elements):
                for element in elements { try walk(element) }
            default: break
            }
        }
        try walk(document.json)
    }

    @Test func everySchemaIsUsed() throws {
        var used: Set<String> = []
        func walk(_ json: JSON) {
            switch json {
            case .object(let members):
                if let reference = members["$ref"]?.text, let name = reference.split(separator: "/").last {
                    used.insert(String(name))
                }
                for member in members.values { walk(member) }
            case .array(let elements):
                for element in elements { walk(element) }
            default: break
            }
        }
        walk(document.json)
        let all = Set(members(document.json["components"]?["schemas"]).keys)
        #expect(all.subtracting(used) == [])
    }

    @Test func namesEveryCodeAndVerdict() {
        let codes = strings(schema("Problem")?["properties"]?["code"]?["enum"])
        let own = [
            "already_finished", "cancelled", "internal_error", "isolation_failed", "malformed_request", "store_failed",
        ]
        #expect(codes == Set(RequestError.Code.allCases.map(\.rawValue) + own))
        #expect(strings(schema("Verdict")?["enum"]) == Set(Verdict.allCases.map(\.rawValue)))
    }

    @Test func requestsHaveExactlyTheFieldsThatAreDecoded() {
        #expect(
            Set(members(schema("RunRequest")?["properties"]).keys)
                == Set(RunRequest.CodingKeys.allCases.map(\.rawValue)))
        #expect(
            Set(members(schema("LimitsRequest")?["properties"]).keys)
                == Set(LimitsRequest.CodingKeys.allCases.map(\.rawValue)))
        #expect(
            Set(members(schema("FileInput")?["properties"]).keys) == Set(FileInput.CodingKeys.allCases.map(\.rawValue)))
    }

    @Test(arguments: [
        #"{"code":"x","limits":{"wall_ms":1},"env":{"A":"b"},"files":[{"path":"a","content":""}]}"#, "{}",
    ])
    func goodRequestsFitTheDocument(text: String) throws {
        let reference = JSON.object(["$ref": .string("#/components/schemas/RunRequest")])
        try document.validator.validate(try JSON(parsing: text), against: reference)
    }

    @Test(arguments: [
        #"{"code":1}"#, #"{"bogus":1}"#, #"{"limits":{"wall_ms":0}}"#, #"{"limits":{"wall_ms":1.5}}"#,
        #"{"files":[{"content":""}]}"#, #"{"env":{"A":1}}"#, #"{"args":[null]}"#, "[]",
    ])
    func badRequestsDoNotFitTheDocument(text: String) throws {
        let reference = JSON.object(["$ref": .string("#/components/schemas/RunRequest")])
        #expect(throws: SchemaValidator.Failure.self) {
            try document.validator.validate(try JSON(parsing: text), against: reference)
        }
    }
}

/// The validator must be able to say no.
@Suite struct SchemaValidatorTests {
    @Test(arguments: [
        (#"{"type":"integer"}"#, "1", "1.5"),
        (#"{"type":["integer","null"]}"#, "null", #""x""#),
        (#"{"type":"number"}"#, "1", "true"),
        (#"{"const":"a"}"#, #""a""#, #""b""#),
        (#"{"enum":["a","b"]}"#, #""b""#, #""c""#),
        (#"{"minimum":0}"#, "0", "-1"),
        (#"{"maximum":255}"#, "255", "256"),
        (#"{"type":"string","pattern":"^a+$"}"#, #""aa""#, #""ab""#),
        (#"{"type":"array","items":{"type":"string"}}"#, #"["a"]"#, #"["a",1]"#),
        (#"{"type":"object","properties":{"a":{"type":"string"}}}"#, #"{"a":"x"}"#, #"{"b":"x"}"#),
        (#"{"type":"object","required":["a"]}"#, #"{"a":1}"#, #"{"b":1}"#),
        (#"{"type":"object","additionalProperties":{"type":"string"}}"#, #"{"a":"x"}"#, #"{"a":1}"#),
        (#"{"type":"object","properties":{},"additionalProperties":false}"#, "{}", #"{"a":1}"#),
        (#"{"oneOf":[{"type":"string"},{"type":"null"}]}"#, "null", "1"),
        (#"{"oneOf":[{"type":"integer"},{"type":"number"}]}"#, "1.5", "1"),
        (##"{"$ref":"#/a"}"##, "1", "2"),
    ])
    func tellsRightFromWrong(schema: String, right: String, wrong: String) throws {
        let validator = SchemaValidator(document: try JSON(parsing: #"{"a":{"const":1}}"#))
        try validator.validate(try JSON(parsing: right), against: try JSON(parsing: schema))
        #expect(throws: SchemaValidator.Failure.self) {
            try validator.validate(try JSON(parsing: wrong), against: try JSON(parsing: schema))
        }
    }

    @Test(arguments: [#"{"minLength":1}"#, #"{"typ":"string"}"#, ##"{"$ref":"#/b"}"##, #"{"$ref":"other.json"}"#])
    func refusesSchemasItDoesNotUnderstand(schema: String) throws {
        let validator = SchemaValidator(document: .object([:]))
        #expect(throws: SchemaValidator.Failure.self) {
            try validator.validate(.string("x"), against: try JSON(parsing: schema))
        }
    }
}
