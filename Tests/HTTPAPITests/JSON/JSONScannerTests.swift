// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTPAPI

@Suite struct JSONScannerTests {
    private func fault(_ text: String) -> JSONFault? { fault(Array(text.utf8)) }

    private func fault(_ bytes: [UInt8]) -> JSONFault? {
        do throws(JSONFault) {
            try JSONScanner.check(bytes.span)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        "{}", "[]", "null", "true", "false", "0", "-0", "1.5e+10", "1E-2", "\"\"", " [ 1 , 2 ] ", "\r\n\t{}",
        #"{"a":{"b":[{"c":null}]},"d":"\u00e9\n\/\"\\"}"#, #""\ud83d\ude00""#, "\"ä€😀\u{7F}\"", #"{"a":1,"A":2}"#,
        #"[{"a":1},{"a":2}]"#,
    ])
    func takesValidText(text: String) {
        #expect(fault(text) == nil)
    }

    @Test(arguments: [
        ("", 0, "ends where a value should be"),
        ("   ", 3, "ends where a value should be"),
        ("{", 1, "ends too early"),
        ("[", 1, "ends where a value should be"),
        ("[1", 2, "ends too early"),
        ("[1,]", 3, "cannot begin a value"),
        ("[1 2]", 3, "',' or ']'"),
        ("{\"a\"}", 4, "':'"),
        ("{\"a\":1,}", 7, "a key in quotes"),
        ("{a:1}", 1, "a key in quotes"),
        ("{\"a\":1 \"b\":2}", 7, "',' or '}'"),
        ("{\"a\":}", 5, "cannot begin a value"),
        ("[1]]", 3, "more after the end"),
        ("{} xx", 3, "more after the end"),
        ("nul", 0, "misspelt"),
        ("tru}", 0, "misspelt"),
        ("NaN", 0, "cannot begin a value"),
        ("+1", 0, "cannot begin a value"),
        ("-", 1, "ends too early"),
        ("01", 1, "more after the end"),
        ("1.", 2, "ends too early"),
        ("1e", 2, "ends too early"),
        ("1.x", 2, "a digit"),
        ("\"a", 0, "does not end"),
        ("\"\n\"", 1, "write it as an escape"),
        ("\"\u{0}\"", 1, "0x0 stands in a string"),
        (#""\x""#, 1, "is no escape"),
        (#""\u12g4""#, 5, "four hexadecimal digits"),
        (#""\u12"#, 5, "four hexadecimal digits"),
        (#""\ud800""#, 1, "half of a surrogate pair"),
        (#""\ud800\u0041""#, 1, "half of a surrogate pair"),
        (#""\udc00""#, 1, "half of a surrogate pair"),
        (#"{"a":1,"a":2}"#, 7, "twice"),
        (#"{"a":1,"\u0061":2}"#, 7, "twice"),
        ("\u{FEFF}{}", 0, "byte order mark"),
        ("'a'", 0, "cannot begin a value"),
        ("/* */ 1", 0, "cannot begin a value"),
    ])
    func refuses(text: String, offset: Int, reason: String) {
        let fault = fault(text)
        #expect(fault?.offset == offset)
        #expect(fault?.reason.contains(reason) == true, "\(fault?.reason ?? "no fault")")
    }

    @Test(
        arguments: [
            [0xFF], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80],
            [0xC3], [0x80], [0xE2, 0x82],
        ] as [[UInt8]])
    func refusesBytesThatAreNotUTF8(bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(fault([quote] + bytes + [quote])?.offset == 1)
    }

    @Test(arguments: [100, 100_000])
    func refusesDeepNestingWithoutFallingIn(depth: Int) {
        #expect(fault(String(repeating: "[", count: depth))?.offset == JSONScanner.deepest)
        #expect(fault(String(repeating: #"{"a":"#, count: depth))?.offset == JSONScanner.deepest * 5)
    }

    @Test func takesNestingUpToItsLimit() {
        let depth = JSONScanner.deepest
        #expect(fault(String(repeating: "[", count: depth) + String(repeating: "]", count: depth)) == nil)
    }

    @Test func refusesTooManyValues() {
        let most = JSONScanner.mostValues
        #expect(fault("[" + String(repeating: "0,", count: most - 2) + "0]") == nil)
        #expect(fault("[" + String(repeating: "0,", count: most - 1) + "0]")?.reason.contains("more than") == true)
    }

    @Test func refusesNumbersWithoutEnd() {
        #expect(fault(String(repeating: "1", count: 5000))?.reason.contains("a number has more than") == true)
    }

    @Test(arguments: [
        (["a"], "an object"), (["a", "b"], "an array"), (["a", "b", "0"], "the number 1.50"),
        (["a", "b", "1"], "null"),
        (["c"], "a string"), (["d"], "true"), (["e", "0"], "an array"), ([], "an object"),
    ])
    func findsTheKindOfAValue(path: [String], kind: String) throws {
        let text = Array(#"{"a":{"b":[1.50,null]},"c":"x","d":true,"e":[[]]}"#.utf8)
        #expect(try JSONScanner.kind(of: path, in: text.span) == kind)
    }

    @Test func findsNothingWhereNothingIs() throws {
        let text = Array(#"{"a":[1]}"#.utf8)
        for path in [["b"], ["a", "1"], ["a", "0", "x"]] {
            #expect(try JSONScanner.kind(of: path, in: text.span) == nil)
        }
    }
}
