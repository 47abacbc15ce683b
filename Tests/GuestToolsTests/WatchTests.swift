// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestWire
import Testing

@Suite struct WatchTests {
    /// Everything that was told up to now, such as `create a`.
    private func changes(_ watch: ToolRun) throws -> [String] {
        try watch.write(Array("\n".utf8))
        var found: [String] = []
        while let message = try watch.next() {
            switch message {
            case .synced: return found
            case .change(let kind, let name): found.append("\(kind) \(String(decoding: name, as: UTF8.self))")
            default: throw ToolRun.Unexpected(messages: [message])
            }
        }
        throw ToolRun.Unexpected(messages: [])
    }

    private func watch(_ path: String, recursive: Bool = false) throws -> ToolRun {
        let run = try ToolRun(["watch", path, recursive ? "1" : "0"])
        #expect(try run.next() == .ready)
        return run
    }

    @Test func aNewFileIsCreatedOwnedAndWritten() throws {
        let place = try Place()
        let watch = try watch(place.path)
        _ = try ToolRun.entry(["write", place["new.txt"]], input: Array("content".utf8))
        #expect(try changes(watch) == ["create new.txt", "chmod new.txt", "write new.txt"])
        #expect(try changes(watch) == [])
        #expect(try watch.finish() == [.end])
    }

    @Test func anExistingFileIsTruncatedOwnedAndWritten() throws {
        let place = try Place()
        try place.file("old", "old")
        let watch = try watch(place.path)
        _ = try ToolRun.entry(["write", place["old"]], input: Array("content".utf8))
        #expect(try changes(watch) == ["write old", "chmod old", "write old"])
    }

    @Test func everyKindOfChange() throws {
        let place = try Place()
        try place.file("a")
        let watch = try watch(place.path)
        _ = try ToolRun.entry(["move", place["a"], place["b"]])
        chmod(place["b"], 0o600)
        _ = try ToolRun.messages(["remove", place["b"]])
        _ = try ToolRun.entry(["mkdir", place["dir"]])
        #expect(try changes(watch) == ["rename a", "create b", "chmod b", "remove b", "create dir"])
        try place.file("dir/unseen")
        #expect(try changes(watch) == [])
    }

    @Test func namesBelowAreRelative() throws {
        let place = try Place()
        try place.directory("sub/deep")
        let watch = try watch(place.path, recursive: true)
        _ = try ToolRun.entry(["write", place["sub/deep/file"]], input: [1])
        #expect(try changes(watch) == ["create sub/deep/file", "chmod sub/deep/file", "write sub/deep/file"])
    }

    @Test func newDirectoriesAreWatchedToo() throws {
        let place = try Place()
        let watch = try watch(place.path, recursive: true)
        _ = try ToolRun.entry(["write", place["one/two/file"]], input: [1])
        let first = try changes(watch)
        #expect(Array(first.prefix(2)) == ["create one", "create one/two"])
        #expect(first.filter { $0 == "create one/two/file" }.count == 1)
        #expect(first.contains("write one/two/file"))
        _ = try ToolRun.entry(["write", place["one/two/later"]], input: [1])
        #expect(try changes(watch) == ["create one/two/later", "chmod one/two/later", "write one/two/later"])
    }

    /// A file is told once, whether looking into its new directory or the kernel sees it first, or both.
    @Test func filesOfNewDirectoriesAreToldOnce() throws {
        let place = try Place()
        let watch = try watch(place.path, recursive: true)
        for number in 0..<500 {
            mkdir(place["\(number)"], 0o700)
            for name in ["a", "b", "c"] { close(open(place["\(number)/\(name)"], O_CREAT | O_WRONLY, 0o600)) }
        }
        let created = try changes(watch).filter { $0.hasPrefix("create") }
        #expect(created.count == 2000 && Set(created).count == 2000)
    }

    @Test func directoriesThatMoveAreFollowed() throws {
        let place = try Place()
        try place.directory("a/inner")
        try place.directory("outside")
        let outside = try Place()
        let watch = try watch(place.path, recursive: true)
        rename(place["a"], place["b"])
        // Before the watcher can have seen the move.
        try place.file("b/inner/x")
        let moved = try changes(watch)
        #expect(Array(moved.prefix(2)) == ["rename a", "create b"] && moved.contains("create b/inner/x"))
        rename(place["b"], outside["gone"])
        try outside.file("gone/inner/y")
        #expect(try changes(watch) == ["rename b"])
        rename(outside["gone"], place["back"])
        #expect(try changes(watch) == ["create back"])
        try place.file("back/inner/z")
        #expect(try changes(watch).contains("create back/inner/z"))
    }

    @Test func aDirectoryMadeAgainIsToldAgain() throws {
        let place = try Place()
        let watch = try watch(place.path, recursive: true)
        for _ in 0..<3 {
            try place.directory("d")
            try place.file("d/f")
            let made = try changes(watch)
            #expect(made.filter { $0 == "create d" }.count == 1 && made.filter { $0 == "create d/f" }.count == 1)
            _ = try ToolRun.messages(["remove", place["d"]])
            #expect(try changes(watch).filter { $0 == "remove d/f" || $0 == "remove d" } == ["remove d/f", "remove d"])
        }
    }

    @Test func theWatchedDirectoryItselfIsADot() throws {
        let place = try Place()
        try place.directory("d")
        try place.link("link", to: "d")
        let watch = try watch(place["link"])
        chmod(place["d"], 0o700)
        rmdir(place["d"])
        #expect(try changes(watch) == ["chmod .", "remove ."])
    }

    @Test func moreThanTheKernelKeepsEndsTheWatch() throws {
        let place = try Place()
        try place.file("f")
        let setting = try String(contentsOfFile: "/proc/sys/fs/inotify/max_queued_events", encoding: .utf8)
        let limit = try #require(Int(setting.filter(\.isNumber)))
        try #require(limit <= 100_000)
        let watch = try watch(place.path)
        // Nobody reads: standard output fills, then the kernel's queue. Two files, as equal events become one.
        try place.file("g")
        for turn in 0..<(limit + 20_000) { chmod(place[turn % 2 == 0 ? "f" : "g"], 0o600) }
        var last: ToolMessage?
        while let message = try watch.next(), message != .end { last = message }
        #expect(last == .overflow)
    }

    @Test func whatCannotBeWatched() throws {
        let place = try Place()
        try place.file("file")
        #expect(try ToolRun.failure(["watch", place["nope"], "0"]) == "ENOENT")
        #expect(try ToolRun.failure(["watch", place["file"], "1"]) == "ENOTDIR")
        #expect(try ToolRun.failure(["watch", place.path, "2"]) == "EINVAL")
    }
}
