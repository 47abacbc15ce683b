// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestWire
import LinuxSystem
import Testing

@Suite struct ReadAndWriteTests {
    @Test func readsFromAnOffset() throws {
        let place = try Place()
        let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        try Data(content).write(to: URL(filePath: place["big"]))
        try place.file("small", "0123456789")
        try place.file("empty")
        let big = try ToolRun.content(place["big"])
        #expect(big.size == 300_000 && big.bytes == content)
        #expect(try ToolRun.content(place["big"], from: 299_990).bytes == Array(content.suffix(10)))
        #expect(try ToolRun.content(place["small"], from: 7).bytes == Array("789".utf8))
        #expect(try ToolRun.content(place["small"], from: .max).bytes == [])
        #expect(try ToolRun.content(place["empty"]) == (0, []))
    }

    @Test func readsWhatTheKernelMakesUp() throws {
        let text = String(decoding: try ToolRun.content("/proc/self/status").bytes, as: UTF8.self)
        #expect(text.hasPrefix("Name:") && text.hasSuffix("\n"))
        let file = "/sys/kernel/mm/transparent_hugepage/enabled"
        if Files.exists(file) {
            let (size, bytes) = try ToolRun.content(file)
            #expect(Int(size) == bytes.count && !bytes.isEmpty)
        }
    }

    @Test func onlyRegularFilesAreRead() throws {
        let place = try Place()
        mkfifo(place["fifo"], 0o666)
        try place.link("link", to: "file")
        try place.file("file", "x")
        #expect(try ToolRun.failure(["read", place["fifo"]]) == "EINVAL")
        #expect(try ToolRun.failure(["read", "/dev/zero"]) == "EINVAL")
        #expect(try ToolRun.failure(["read", place.path]) == "EISDIR")
        #expect(try ToolRun.failure(["read", place["nope"]]) == "ENOENT")
        #expect(try ToolRun.content(place["link"]).bytes == Array("x".utf8))
    }

    @Test func aFileThatGrowsIsReadToTheSizeThatWasTold() throws {
        let place = try Place()
        try Data(repeating: 1, count: 100_000).write(to: URL(filePath: place["log"]))
        let run = try ToolRun(["read", place["log"]])
        #expect(try run.next().map { if case .opened(100_000, _, _) = $0 { true } else { false } } == true)
        let handle = try #require(FileHandle(forWritingAtPath: place["log"]))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(repeating: 2, count: 100_000))
        try run.write([0, 0, 0, 0, 0, 0, 0, 0])
        var count = 0
        for case .data(let bytes) in try run.finish() { count += bytes.count }
        #expect(count == 100_000)
    }

    @Test func writesWithParents() throws {
        let place = try Place()
        let entry = try ToolRun.entry(["write", place["a/b/c.txt"]], input: Array("hello".utf8))
        #expect(entry.size == 5 && entry.mode == 0o644 && entry.text == place["a/b/c.txt"])
        #expect(try place.text("a/b/c.txt") == "hello")
        #expect(try ToolRun.entry(["stat", place["a"]]).mode == 0o755)
        // Shorter content leaves nothing of the longer.
        #expect(try ToolRun.entry(["write", place["a/b/c.txt"]], input: Array("x".utf8)).size == 1)
        #expect(try place.text("a/b/c.txt") == "x")
        #expect(try ToolRun.entry(["write", place["empty"]]).size == 0)
    }

    @Test func writesThroughLinksAndKeepsTheMode() throws {
        let place = try Place()
        try place.file("real", "old")
        chmod(place["real"], 0o600)
        try place.link("link", to: "real")
        _ = try ToolRun.entry(["write", place["link"]], input: Array("new".utf8))
        #expect(try place.text("real") == "new")
        #expect(try Files.status(place["real"]).mode == 0o600)
    }

    @Test func whatCannotBeWritten() throws {
        let place = try Place()
        try place.file("file")
        mkfifo(place["fifo"], 0o666)
        #expect(try ToolRun.failure(["write", place.path]) == "EISDIR")
        #expect(try ToolRun.failure(["write", place["file/x"]]) == "ENOTDIR")
        #expect(try ToolRun.failure(["write", place["fifo"]]) == "EINVAL")
        #expect(try ToolRun.failure(["write", "/dev/null"]) == "EINVAL")
        #expect(try ToolRun.failure(["write", place["file"], "odd"]) == "EINVAL")
        chmod(place["file"], 0o444)
        #expect(try ToolRun.failure(["write", place["file"]], isOrdinary: true) == "EACCES")
    }

    @Test func metadataIsReplacedAsAWhole() throws {
        let place = try Place()
        let first = try ToolRun.entry(["write", place["f"], "author", "me", "topic", "é=1"], input: [1])
        #expect(Set(first.attributes.map { String(decoding: $0.key, as: UTF8.self) }) == ["author", "topic"])
        #expect(first.attributes.first { $0.key == Array("topic".utf8) }?.value == Array("é=1".utf8))
        let file = try Files.open(place["f"], .readWrite)
        try FileAttributes.set("user.other", to: [1], of: file.raw)
        try FileAttributes.set("user.e2b.by-hand", to: [0xFF], of: file.raw)
        #expect(try ToolRun.list(place.path, depth: 1).first?.attributes.count == 3)
        let second = try ToolRun.entry(["write", place["f"], "topic", "2"], input: [1])
        #expect(second.attributes == [.init(key: Array("topic".utf8), value: Array("2".utf8))])
        #expect(try ToolRun.entry(["write", place["f"]], input: [1]).attributes.isEmpty)
        #expect(try FileAttributes.names(RawPath(place["f"])).contains("user.other"))
    }

    @Test func moreMetadataThanTheWireTakesIsLeftOut() throws {
        let place = try Place()
        try place.file("f")
        let file = try Files.open(place["f"], .readWrite)
        var count = 0
        for number in 0..<400 {
            guard (try? FileAttributes.set("user.e2b.\(number)", to: [1], of: file.raw)) != nil else { break }
            count += 1
        }
        #expect(try ToolRun.entry(["stat", place["f"]]).attributes.count == min(count, ToolMessage.mostAttributes))
    }
}
