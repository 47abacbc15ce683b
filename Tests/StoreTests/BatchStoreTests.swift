// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Store
import Testing

@Suite struct BatchStoreTests {
    private func add(_ store: BatchStore, _ id: String, count: Int = 3, text: String = "{}") async throws {
        try await store.add(
            id: id, options: "{}", problems: ["": "problem", "p": "other"], count: count, createdMilliseconds: 1000
        ) { "\(text)\($0)" }
    }

    private func finish(_ store: BatchStore, _ id: String, _ numbers: Range<Int>, text: String = "r") async throws {
        for number in numbers {
            #expect(
                try await store.commit(
                    text, verdict: .ok, cached: number == 0, number: number, of: id, atMilliseconds: 2000))
        }
    }

    @Test func aSubmissionIsDoneExactlyWhenItHasAResult() async throws {
        let store = try BatchStore(path: nil)
        try await add(store, "a")
        #expect(try await store.items(of: "a", after: -1, limit: 10).map(\.json) == ["{}0", "{}1", "{}2"])
        #expect(try await store.problem("p", of: "a") == "other")
        #expect(try await store.status(of: "a")?.state == .queued)
        #expect(
            try await store.commit("r", verdict: .wrongAnswer, cached: false, number: 1, of: "a", atMilliseconds: 5))
        // A second result of the same submission changes nothing.
        #expect(!(try await store.commit("s", verdict: .ok, cached: false, number: 1, of: "a", atMilliseconds: 5)))
        #expect(try await store.items(of: "a", after: -1, limit: 10).map(\.number) == [0, 2])
        #expect(try await store.items(of: "a", after: 0, limit: 10).map(\.number) == [2])
        try await finish(store, "a", 0..<1)
        try await finish(store, "a", 2..<3)
        let status = try #require(try await store.status(of: "a"))
        #expect(status.state == .finished && status.done == 3 && status.cached == 1)
        #expect(status.verdicts == ["ok": 2, "wrong_answer": 1])
        #expect(status.createdMilliseconds == 1000 && status.finishedMilliseconds == 2000)
        #expect(try await store.page(of: "a", after: 0, limit: 10, bytes: 100)?.lines.map(\.sequence) == [1, 2, 3])
        #expect(try await store.open().isEmpty)
    }

    @Test func pagesAreBounded() async throws {
        let store = try BatchStore(path: nil)
        try await add(store, "a", count: 5)
        try await finish(store, "a", 0..<5, text: "12345678")
        #expect(try await store.page(of: "a", after: 2, limit: 2, bytes: 100)?.lines.map(\.sequence) == [3, 4])
        #expect(try await store.page(of: "a", after: 0, limit: 5, bytes: 20)?.lines.count == 2)
        #expect(try await store.page(of: "a", after: 0, limit: 5, bytes: 1)?.lines.count == 1)
        #expect(try await store.page(of: "b", after: 0, limit: 5, bytes: 1) == nil)
    }

    @Test func aCancelledBatchTakesNoResults() async throws {
        let store = try BatchStore(path: nil)
        try await add(store, "a")
        try await finish(store, "a", 0..<1)
        #expect(try await store.cancel("a", atMilliseconds: 7)?.1 == true)
        #expect(!(try await store.commit("r", verdict: .ok, cached: false, number: 1, of: "a", atMilliseconds: 8)))
        let (status, isNew) = try #require(try await store.cancel("a", atMilliseconds: 9))
        #expect(!isNew && status.state == .cancelled && status.done == 1 && status.finishedMilliseconds == 7)
        #expect(try await store.items(of: "a", after: -1, limit: 10).isEmpty)
        #expect(try await store.page(of: "a", after: 0, limit: 10, bytes: 100)?.lines.count == 1)
        #expect(try await store.cancel("b", atMilliseconds: 9) == nil)
    }

    @Test func theOldestThatAreOverLeaveFirst() async throws {
        let store = try BatchStore(path: nil, retention: BatchRetention(batches: 2))
        for name in ["a", "b", "c", "d"] { try await add(store, name, count: 1) }
        for name in ["b", "c", "d"] { try await finish(store, name, 0..<1) }
        #expect(try await store.status(of: "a") != nil, "it is not over")
        #expect(try await store.status(of: "b") == nil)
        #expect(try await store.status(of: "d") != nil)
    }

    @Test func bytesAreBounded() async throws {
        let store = try BatchStore(path: nil, retention: BatchRetention(bytes: 1000))
        for name in ["a", "b", "c"] {
            try await add(store, name, count: 1, text: String(repeating: "x", count: 600))
            try await finish(store, name, 0..<1)
        }
        #expect(try await store.status(of: "a") == nil)
        #expect(try await store.status(of: "c") != nil)
    }

    @Test func judgementsThatWereUsedLongAgoLeave() async throws {
        let store = try BatchStore(path: nil, retention: BatchRetention(judgementBytes: 30))
        for key in ["a", "b", "c"] { try await store.keepJudgement("123456789", for: key) }
        #expect(try await store.judgement("a") == "123456789")
        try await store.keepJudgement("123456789", for: "d")
        #expect(try await store.judgement("b") == nil)
        #expect(try await store.judgement("a") != nil)
        try await store.keepJudgement(String(repeating: "x", count: 40), for: "e")
        #expect(try await store.judgement("e") == nil)
    }

    @Test func onlyOneProcessHasTheFile() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "batches-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "b.sqlite").path
        let store = try BatchStore(path: path)
        try await add(store, "a")
        let error = #expect(throws: StoreError.self) { try BatchStore(path: path) }
        #expect(error?.code == .locked)
        try store.close()
        let next = try BatchStore(path: path)
        #expect(try await next.open().map(\.id) == ["a"])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    /// Whoever looks while the last result comes must not see an end without it.
    @Test func aPageAndItsStatusAreOfOneMoment() async throws {
        let store = try BatchStore(path: nil)
        try await add(store, "a", count: 60)
        async let finished: Void = finish(store, "a", 0..<60)
        var seen = 0
        while let page = try await store.page(of: "a", after: seen, limit: 100, bytes: 1 << 20) {
            #expect(page.status.done == seen + page.lines.count)
            seen += page.lines.count
            if page.status.state.isOver { break }
        }
        #expect(seen == 60)
        try await finished
    }

    @Test func whatIsDamagedSaysSo() async throws {
        try await withFolder { folder in
            let path = folder + "/b.sqlite"
            let store = try BatchStore(path: path)
            try await add(store, "a", count: 400, text: String(repeating: "x", count: 900))
            try store.close()
            let file = try FileHandle(forUpdating: URL(filePath: path))
            // The schema is in the first pages; what follows is batches.
            try file.seek(toOffset: 20 * 4096)
            try file.write(contentsOf: Data(repeating: 0xA5, count: 200_000))
            try file.close()
            let damaged = try BatchStore(path: path)
            let error = await #expect(throws: StoreError.self) {
                var last = -1
                while let item = try await damaged.items(of: "a", after: last, limit: 100).last { last = item.number }
            }
            #expect(error?.code == .corrupt)
            try? damaged.close()
            try Data("this is no database, whatever its name".utf8).write(to: URL(filePath: path))
            let refused = #expect(throws: StoreError.self) { try BatchStore(path: path) }
            #expect(refused?.code == .corrupt)
            #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("this is no"), "it is left as it is")
        }
    }
}
