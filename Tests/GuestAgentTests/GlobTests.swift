// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import GuestAgent

@Suite struct GlobTests {
    private func path(_ text: String) -> [[UInt8]] { text.utf8.split(separator: UInt8(ascii: "/")).map(Array.init) }

    @Test(arguments: [
        ("*.png", "a.png"), ("*", "a"), ("a?c", "abc"), ("[abc]x", "bx"), ("[a-c]x", "bx"), ("[!a-c]x", "dx"),
        ("[]]x", "]x"), ("[x", "[x"), ("out/*", "out/a"), ("out/**", "out/a/b"), ("**", "a/b/c"), ("**/x", "x"),
        ("**/x", "a/b/x"), ("a/**/b", "a/b"), ("a/**/b", "a/x/y/b"), (".*", ".hidden"), ("*a*b*", "xaxbx"),
        ("é*", "éa"),
    ])
    func matches(pattern: String, name: String) {
        #expect(Glob(pattern).matches(path(name)))
    }

    @Test(arguments: [
        ("*.png", "a.jpg"), ("*", "a/b"), ("*", ".hidden"), ("**", ".hidden/x"), ("a?c", "ac"), ("[!a-c]x", "ax"),
        ("out/*", "out"), ("out/*", "out/a/b"), ("a", "A"), ("", "a"), ("?", ".a"), ("a*b", "axc"),
    ])
    func doesNotMatch(pattern: String, name: String) {
        #expect(!Glob(pattern).matches(path(name)))
    }

    @Test func directoriesThatCannotHoldAMatchAreSkipped() {
        #expect(Glob("out/*.png").couldMatchBelow(path("out")))
        #expect(!Glob("out/*.png").couldMatchBelow(path("in")))
        #expect(!Glob("*.png").couldMatchBelow(path("out")))
        #expect(Glob("**/x").couldMatchBelow(path("a/b/c")))
    }

    @Test func hostilePatternsTakeNoTime() {
        let glob = Glob(String(repeating: "*a", count: 200) + "b")
        #expect(!glob.matches([[UInt8](repeating: UInt8(ascii: "a"), count: 255)]))
        let deep = Glob(Array(repeating: "**", count: 30).joined(separator: "/") + "/x")
        #expect(!deep.matches(Array(repeating: [UInt8(ascii: "a")], count: 32)))
    }

    @Test func namesNeedNotBeText() {
        #expect(Glob("*").matches([[0xFF, 0x0A, 0xC0]]))
    }
}
