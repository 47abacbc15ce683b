// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

@testable import HTTPAPI

@Suite struct RequestDecoderTests {
    private func error(_ text: String) -> RequestError? {
        #expect(throws: RequestError.self) { try RequestDecoder.decode(RunRequest.self, from: Data(text.utf8)) }
    }

    @Test func decodesARequest() throws {
        let text = #"""
            {"code":"print(1)","language":"python","args":["a"],"env":{"K":"V"},"limits":{"wall_ms":1000},
             "files":[{"path":"a.txt","content":"ä\u0000"}],"collect":["*.png"]}
            """#
        let request = try RequestDecoder.decode(RunRequest.self, from: Data(text.utf8))
        #expect(request.code == "print(1)")
        #expect(request.limits.wallMilliseconds == 1000)
        #expect(request.files == [FileInput(path: "a.txt", content: "ä\u{0}")])
    }

    @Test(arguments: [
        (#"{"limits":{"wall_ms":"1"}}"#, "limits.wall_ms must be an integer, got a string", "limits.wall_ms"),
        (#"{"limits":{"wall_ms":true}}"#, "limits.wall_ms must be an integer, got true", "limits.wall_ms"),
        (#"{"limits":[]}"#, "limits must be an object, got an array", "limits"),
        (#"{"code":5}"#, "code must be a string, got the number 5", "code"),
        (#"{"args":"a"}"#, "args must be an array, got a string", "args"),
        (#"{"args":["a",null]}"#, "args.1 must be a string, got null", "args.1"),
        (#"{"env":{"A":1}}"#, "env.A must be a string, got the number 1", "env.A"),
        (#"{"files":[{"path":"a"},{"content":"x"}]}"#, "files.1.path is missing", "files.1.path"),
        (#"{"files":[{"path":{}}]}"#, "files.0.path must be a string, got an object", "files.0.path"),
    ])
    func saysWhatAFieldMustBe(text: String, message: String, field: String) {
        let error = error(text)
        #expect(error?.code == .invalidField)
        #expect(error?.message == message)
        #expect(error?.field == field)
    }

    @Test(arguments: ["1e308", "1.5", "9223372036854775808", "-1e999"])
    func saysThatANumberIsNoInteger(number: String) {
        let error = error(#"{"limits":{"cpu_ms":\#(number)}}"#)
        #expect(error?.code == .invalidField)
        #expect(error?.field == "limits.cpu_ms")
        #expect(error?.message.hasSuffix("got the number \(number)") == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        (#"{"bogus":1}"#, "bogus"), (#"{"limits":{"wall":1}}"#, "limits.wall"),
        (#"{"files":[{"path":"a"},{"path":"b","mode":1}]}"#, "files.1.mode"),
    ])
    func namesUnknownFields(text: String, field: String) {
        let error = error(text)
        #expect(error?.code == .unknownField)
        #expect(error?.field == field)
    }

    @Test(arguments: ["[]", "null", "42", "\"x\"", "true"])
    func wantsAnObject(text: String) {
        let error = error(text)
        #expect(error?.code == .invalidField)
        #expect(error?.message.hasPrefix("the body must be an object, got ") == true, "\(error?.message ?? "")")
    }

    @Test func saysWhereInvalidJSONIs() {
        #expect(error("{\n  \"code\": \"ä\", x\n}")?.message.hasPrefix("invalid JSON at line 2, column 16: ") == true)
        #expect(error("")?.message == "the body is empty; send a JSON object")
        for text in ["{\n  \"code\": \"ä\", x\n}", "", "{\"a\":1,\"a\":1}", String(repeating: "[", count: 100_000)] {
            #expect(error(text)?.code == .invalidJSON)
        }
    }
}
