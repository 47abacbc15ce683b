// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import OCIDriver

/// What is read of runtimes and written for them.
@Suite struct RuntimeLogTests {
    @Test(arguments: [
        (#"{"msg":"creating \"x\": no","level":"error","time":"now"}"#, #"creating "x": no"#),
        ("time=\"now\" level=warning msg=\"old\"\ntime=\"now\" level=error msg=\"runc run failed\"", "runc run failed"),
        ("executable file `/x` not found", "executable file `/x` not found"), ("", ""),
        ("level=warning msg=\"only\"", ""), ("bad\u{1B}[31m", "bad [31m"),
    ])
    func theMessageIsTheLastThatIsNoWarning(_ text: String, _ message: String) {
        #expect(RuntimeLog.message(in: text) == message)
    }

    @Test func aLongMessageIsCut() {
        #expect(RuntimeLog.message(in: String(repeating: "x", count: 5000)).utf8.count == 600)
    }

    @Test func namesAreQuoted() {
        let value = JSONValue.object(["a\"b": .string("c\\\n\u{1}d"), "n": .array([1, true, .strings(["é"])])])
        #expect(value.text == #"{"a\"b":"c\\\u000a\u0001d","n":[1,true,["é"]]}"#)
    }
}
