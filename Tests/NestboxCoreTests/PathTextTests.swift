// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Testing

@Suite struct PathTextTests {
    /// One Character in Swift, two in the kernel's eyes.
    private static let markedSlash = "/\u{301}"

    @Test func aMarkBehindASlashDoesNotHideIt() {
        #expect(PathText.components(of: "..\(Self.markedSlash)x") == ["..", "\u{301}x"])
        #expect(PathText.lastComponent(of: "a\(Self.markedSlash)x") == "\u{301}x")
        #expect(PathText.isAbsolute("\(Self.markedSlash)etc"))
        #expect(PathText.hasSlash("a\(Self.markedSlash)b"))
        #expect(!PathText.staysBeneath("..\(Self.markedSlash)x".utf8))
    }

    @Test func emptyPartsAreParts() {
        #expect(PathText.components(of: "") == [""])
        #expect(PathText.components(of: "/a//b/") == ["", "a", "", "b", ""])
    }

    @Test func aFolderEndsWhereANameEnds() {
        #expect(PathText.isFolder("a", of: "a/b") && PathText.isFolder("a", of: "a\(Self.markedSlash)b"))
        #expect(!PathText.isFolder("a", of: "ab/c") && !PathText.isFolder("a", of: "a"))
    }

    @Test(arguments: ["a", "a/b", "...", "a/.b", "a b", "\u{301}"]) func staysBeneath(_ path: String) {
        #expect(PathText.staysBeneath(path.utf8))
    }

    @Test(arguments: ["", "/", "/a", "a/", "a//b", ".", "..", "a/..", "./a", "a/../b", "a\0b"])
    func leadsAway(_ path: String) {
        #expect(!PathText.staysBeneath(path.utf8))
    }
}
