// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestWire
import LinuxSystem
import Testing

@Suite struct EntryToolTests {
    @Test func aFileIsDescribed() throws {
        let place = try Place()
        try place.file("a.txt", "hello")
        chmod(place["a.txt"], 0o4640)
        var times = [timespec(tv_sec: 20_000_000_000, tv_nsec: 7), timespec(tv_sec: 20_000_000_000, tv_nsec: 7)]
        utimensat(AT_FDCWD, place["a.txt"], &times, 0)
        let entry = try ToolRun.entry(["stat", place["a.txt"]])
        #expect(entry.text == place["a.txt"])
        #expect(entry.kind == .file && entry.size == 5)
        #expect(entry.mode == 0o640 && entry.ownMode == 0o4640)
        #expect(entry.linkTarget == nil)
        // Beyond the year 2262, where nanoseconds since the epoch no longer fit; some file systems end in 2446.
        #expect(entry.seconds == 20_000_000_000 ? entry.nanoseconds == 7 : entry.seconds > 15_000_000_000)
        #expect(entry.owner == Array("\(NSUserName())".utf8))
    }

    @Test func aLinkHasTheKindAndModeOfItsTarget() throws {
        let place = try Place()
        try place.directory("real")
        chmod(place["real"], 0o750)
        try place.link("link", to: "real")
        try place.link("dangling", to: "nowhere")
        try place.link("loop", to: "loop")
        let link = try ToolRun.entry(["stat", place["link"]])
        let real = try Files.resolved(RawPath(place["real"])).text
        #expect(link.kind == .directory && link.mode == 0o750 && link.ownMode == 0o777)
        #expect(link.linkTarget == Array(real.utf8))
        for name in ["dangling", "loop"] {
            let entry = try ToolRun.entry(["stat", place[name]])
            #expect(entry.kind == .other && entry.linkTarget == Array(place[name].utf8))
        }
    }

    @Test func specialFilesAreOther() throws {
        let place = try Place()
        mkfifo(place["fifo"], 0o600)
        #expect(try ToolRun.entry(["stat", place["fifo"]]).kind == .other)
        #expect(try ToolRun.entry(["stat", "/dev/null"]).kind == .other)
        #expect(try ToolRun.entry(["stat", "/"]).kind == .directory)
    }

    @Test func ownersWithoutANameAreNumbers() throws {
        try #require(Processes.userID == 0)
        let place = try Place()
        try place.file("a")
        chown(place["a"], 1_234_567, 7_654_321)
        let entry = try ToolRun.entry(["stat", place["a"]])
        #expect(entry.owner == Array("1234567".utf8) && entry.group == Array("7654321".utf8))
    }

    @Test func whatIsNotThereIsAnError() throws {
        let place = try Place()
        try place.file("file")
        #expect(try ToolRun.failure(["stat", place["nope"]]) == "ENOENT")
        #expect(try ToolRun.failure(["stat", place["file/x"]]) == "ENOTDIR")
        #expect(try ToolRun.failure(["list", place["nope"], "1"]) == "ENOENT")
        #expect(try ToolRun.failure(["list", place["file"], "1"]) == "ENOTDIR")
        #expect(try ToolRun.failure(["bogus", "x"]) == "EINVAL")
        #expect(try ToolRun.failure(["list", place.path, "0"]) == "EINVAL")
        #expect(try ToolRun.failure(["stat"]) == "EINVAL")
    }

    @Test func listsDepthFirstByName() throws {
        let place = try Place()
        try place.directory("b/deep/deeper")
        try place.file("b/z")
        try place.file("a")
        try place.file("c")
        try place.link("b/to-a", to: "../a")
        try place.link("b/up", to: "..")
        func names(_ depth: Int) throws -> [String] {
            try ToolRun.list(place.path, depth: depth).map { String($0.text.dropFirst(place.path.count + 1)) }
        }
        #expect(try names(1) == ["a", "b", "c"])
        #expect(try names(2) == ["a", "b", "b/deep", "b/to-a", "b/up", "b/z", "c"])
        #expect(try names(9) == ["a", "b", "b/deep", "b/deep/deeper", "b/to-a", "b/up", "b/z", "c"])
    }

    @Test func aLinkedDirectoryListsUnderThePathThatWasAsked() throws {
        let place = try Place()
        try place.directory("real")
        try place.file("real/x")
        try place.link("link", to: "real")
        #expect(try ToolRun.list(place["link"], depth: 1).map(\.text) == [place["link/x"]])
    }

    @Test func namesAreBytes() throws {
        let place = try Place()
        let name: [UInt8] = [0xFF, 0x0A, UInt8(ascii: "a")]
        _ = try Files.open(RawPath(place.path).appending(name), [.writeOnly, .create], mode: 0o600)
        let entries = try ToolRun.list(place.path, depth: 1)
        #expect(entries.count == 1 && entries.first?.path.suffix(3) == name[...])
    }

    @Test func tooManyEntriesAreRefused() throws {
        let place = try Place()
        let directory = try Files.open(place.path, [.readOnly, .directory])
        for number in 0..<50_000 { mkdirat(directory.raw, "\(number)", 0o700) }
        #expect(try ToolRun.list(place.path, depth: 1).count == 50_000)
        for number in 50_000..<100_001 { mkdirat(directory.raw, "\(number)", 0o700) }
        #expect(try ToolRun.failure(["list", place.path, "1"]) == "E2BIG")
        #expect(try ToolRun.messages(["remove", place.path]) == [.end])
    }

    @Test func aTreeTooDeepToWriteDownIsAnErrorAndIsRemoved() throws {
        let place = try Place()
        var directory = SharedDescriptor(try Files.open(place.path, [.readOnly, .directory]))
        for _ in 0..<5000 {
            try Files.makeDirectory("d", at: directory.raw)
            directory = SharedDescriptor(try Files.open("d", [.readOnly, .directory], at: directory.raw))
        }
        #expect(try ToolRun.failure(["list", place.path, "1000000"]) == "ENAMETOOLONG")
        #expect(try ToolRun.list(place.path, depth: 100).count == 100)
        #expect(try ToolRun.messages(["remove", place["d"]]) == [.end])
        #expect(!place.exists("d"))
    }

    @Test func whatMayNotBeReadIsListedAndNotEntered() throws {
        let place = try Place()
        try place.directory("closed/inner")
        chmod(place["closed"], 0o000)
        defer { chmod(place["closed"], 0o700) }
        let messages = try ToolRun.messages(["list", place.path, "3"], isOrdinary: true)
        #expect(messages.count == 2 && messages.last == .end)
        #expect(try ToolRun.failure(["list", place["closed"], "1"], isOrdinary: true) == "EACCES")
    }

    @Test func directoriesAreMadeWithTheirParents() throws {
        let place = try Place()
        let entry = try ToolRun.entry(["mkdir", place["a/b/c"]])
        #expect(entry.kind == .directory && entry.mode == 0o755 && entry.text == place["a/b/c"])
        #expect(try ToolRun.entry(["stat", place["a"]]).mode == 0o755)
        #expect(try ToolRun.failure(["mkdir", place["a/b/c"]]) == "EEXIST")
        #expect(try ToolRun.failure(["mkdir", "/"]) == "EEXIST")
        try place.file("file")
        try place.link("dangling", to: "nowhere")
        #expect(try ToolRun.failure(["mkdir", place["file"]]) == "ENOTDIR")
        #expect(try ToolRun.failure(["mkdir", place["file/x"]]) == "ENOTDIR")
        #expect(try ToolRun.failure(["mkdir", place["dangling"]]) == "ENOTDIR")
        #expect(try ToolRun.failure(["mkdir", "/proc/nope/x"]) == "ENOENT")
        #expect(try ToolRun.failure(["mkdir", place[String(repeating: "n", count: 256)]]) == "ENAMETOOLONG")
    }
}
