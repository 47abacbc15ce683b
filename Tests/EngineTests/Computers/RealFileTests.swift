// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

@testable import Engine

/// Files, watches and connections of computers on the namespace driver.
@Suite struct RealFileTests {
    private func failure(_ body: () async throws -> Void) async -> ComputerError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? ComputerError
        }
    }

    private func content(_ download: any FileDownload) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let part = try await download.read() { bytes += part }
        return bytes
    }

    @discardableResult
    private func upload(
        _ text: String, _ path: String, _ computer: any Computer, metadata: [String: String] = [:],
        user: ComputerUser = .user
    ) async throws -> FileEntry {
        let upload = try await computer.files.write(path, metadata: metadata, user: user)
        try await upload.write(Array(text.utf8))
        return try await upload.finish()
    }

    @Test func filesGoInAndOut() async throws {
        try await RealComputers.with { all in
            let computer = try await all.started()
            let files = computer.files
            let entry = try await upload("héllo", "/home/user/x/../dir//a.txt", computer, metadata: ["author": "me"])
            #expect(
                entry.path == "/home/user/dir/a.txt" && entry.name == "a.txt" && entry.kind == .file && entry.size == 6)
            #expect(
                entry.owner == "user" && entry.group == "user" && entry.mode == 0o644
                    && entry.metadata == ["author": "me"])
            #expect(try await files.stat("/home/user/dir", user: .user).mode == 0o755)
            #expect(try await computer.sh("cat dir/a.txt").stdout == "héllo")
            #expect(try await content(files.read("/home/user/dir/a.txt", user: .user)) == Array("héllo".utf8))
            #expect(try await upload("r", "/root-made", computer, user: .root).owner == "root")
            #expect(try await content(files.read("/proc/self/status", user: .user)).starts(with: Array("Name:".utf8)))

            let big = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 11) }
            let stream = try await files.write("/tmp/big", metadata: [:], user: .user)
            for start in stride(from: 0, to: big.count, by: 700_000) {
                try await stream.write(Array(big[start..<min(start + 700_000, big.count)]))
            }
            #expect(try await stream.finish().size == 3_000_000)
            let download = try await files.read("/tmp/big", user: .user)
            #expect(download.size == 3_000_000)
            #expect(try await content(download) == big)
            let tail = try await files.read("/tmp/big", user: .user)
            try await tail.seek(to: 2_999_990)
            #expect(try await content(tail) == Array(big.suffix(10)))

            // Across the file systems of a computer.
            #expect(try await files.move(from: "/tmp/big", to: "/etc/moved/big", user: .root).size == 3_000_000)
            #expect(try await computer.sh("ls /tmp; stat -c %s /etc/moved/big").stdout == "3000000\n")
            try await files.remove("/etc/moved", user: .root)
            try await files.remove("/etc/moved", user: .root)
            #expect(await failure { _ = try await files.stat("/etc/moved", user: .user) }?.code == .notFound)
        }
    }

    @Test func directoriesAreMadeAndListed() async throws {
        try await RealComputers.with { all in
            let computer = try await all.started()
            let files = computer.files
            #expect(try await files.makeDirectory("/home/user/d/e", user: .user).kind == .directory)
            _ = try await computer.sh("cd d; echo > file; ln -s e link; ln -s nope dangling; printf x > $'\\xff'")
            let list = try await files.list("/home/user/d", depth: 1, user: .user)
            #expect(list.map(\.name) == ["dangling", "e", "file", "link", "\u{FFFD}"])
            #expect(list.map(\.kind) == [.other, .directory, .file, .directory, .file])
            #expect(list[0].linkTarget == "/home/user/d/dangling" && list[3].linkTarget == "/home/user/d/e")
        }
    }

    @Test func errorsSayWhatIsWrong() async throws {
        try await RealComputers.with { all in
            let computer = try await all.started()
            let files = computer.files
            _ = try await computer.sh("mkdir d; echo > f; mkfifo p")
            func check(_ code: ComputerError.Code, _ message: String, _ body: () async throws -> Void) async {
                #expect(await failure(body) == ComputerError(code, message))
            }
            await check(.notFound, "path '/home/user/nope' does not exist") {
                _ = try await files.stat("/home/user/nope", user: .user)
            }
            await check(.notFound, "path '/home/user/f/x' does not exist") {
                _ = try await files.stat("/home/user/f/x", user: .user)
            }
            await check(.notFound, "path '/nope' does not exist") { _ = try await files.read("/nope", user: .user) }
            await check(.invalidArgument, "path '/home/user/d' is a directory") {
                _ = try await files.read("/home/user/d", user: .user)
            }
            await check(.invalidArgument, "path '/home/user/p' is not a regular file") {
                _ = try await files.read("/home/user/p", user: .user)
            }
            await check(.invalidArgument, "path '/home/user/d' is a directory") {
                try await upload("", "/home/user/d", computer)
            }
            await check(.invalidArgument, "a parent of '/home/user/f/x' is not a directory") {
                try await upload("", "/home/user/f/x", computer)
            }
            await check(.invalidArgument, "path '/home/user/f' is not a directory") {
                _ = try await files.list("/home/user/f", depth: 1, user: .user)
            }
            await check(.notFound, "path '/home/user/nope' does not exist") {
                _ = try await files.watch("/home/user/nope", recursive: true, user: .user)
            }
            await check(.alreadyExists, "directory already exists: /home/user/d") {
                _ = try await files.makeDirectory("/home/user/d", user: .user)
            }
            await check(.invalidArgument, "path already exists but it is not a directory: /home/user/f") {
                _ = try await files.makeDirectory("/home/user/f", user: .user)
            }
            await check(.notFound, "path '/home/user/nope' does not exist") {
                _ = try await files.move(from: "/home/user/nope", to: "/tmp/x", user: .user)
            }
            await check(.permissionDenied, "permission denied: '/etc/shadow-of-mine'") {
                try await upload("", "/etc/shadow-of-mine", computer)
            }
            await check(.invalidArgument, "path 'relative' is not absolute") {
                _ = try await files.stat("relative", user: .user)
            }
            await check(.portClosed, "nothing answers on port 4711 (ECONNREFUSED)") {
                _ = try await computer.connect(port: 4711)
            }
        }
    }

    @Test func aFullDiskIsNoSpace() async throws {
        // Less than the memory: what the files take counts as memory too.
        try await RealComputers.with({ $0.limits.diskBytes = 64 << 20 }) { all in
            let computer = try await all.started()
            _ = try await computer.sh("head -c 100G /dev/zero > fill")
            let error = await failure {
                let upload = try await computer.files.write("/home/user/more", metadata: [:], user: .user)
                while true { try await upload.write([UInt8](repeating: 1, count: 1 << 20)) }
            }
            #expect(error?.code == .noSpace && error?.message == "not enough disk space available")
            try await computer.files.remove("/home/user/fill", user: .user)
            #expect(try await upload("x", "/home/user/more", computer).size == 1)
        }
    }

    @Test func uploadsShowInWatchesAtOnce() async throws {
        try await RealComputers.with { all in
            let computer = try await all.started()
            let files = computer.files
            let watch = try await files.watch("/home/user", recursive: true, user: .user)
            try await upload("content", "/home/user/new.txt", computer)
            #expect(
                await watch.pending() == [
                    FileChange(name: "new.txt", kind: .create), FileChange(name: "new.txt", kind: .chmod),
                    FileChange(name: "new.txt", kind: .write),
                ])
            #expect(await watch.pending() == [])
            _ = try await files.makeDirectory("/home/user/sub", user: .user)
            try await upload("x", "/home/user/sub/file", computer)
            #expect(await watch.next() == FileChange(name: "sub", kind: .create))
            #expect(await watch.pending().contains(FileChange(name: "sub/file", kind: .write)))
            watch.close()
            #expect(await watch.next() == nil)
            #expect(await watch.pending() == [])
        }
    }

    @Test func connectionsReachServersInside() async throws {
        try await RealComputers.with { all in
            let computer = try await all.started()
            let server = try await computer.start(
                ComputerProcessRequest(
                    command: "python3",
                    arguments: [
                        "-c",
                        """
                        import socket
                        s = socket.create_server(("127.0.0.1", 8000))
                        print("up", flush=True)
                        while True:
                            c, _ = s.accept()
                            got = b""
                            while part := c.recv(65536): got += part
                            c.sendall(str(len(got)).encode() + b"!" * 1000000)
                            c.close()
                        """,
                    ]))
            let listener = server.listen()
            #expect(await listener.next() == .stdout(Array("up\n".utf8)))
            for _ in 0..<3 {
                let connection = try await computer.connect(port: 8000)
                try await connection.write([UInt8](repeating: 7, count: 500_000))
                connection.finishWriting()
                var answer: [UInt8] = []
                while let part = try await connection.read() { answer += part }
                #expect(answer.count == 1_000_006 && answer.starts(with: Array("500000!".utf8)))
                connection.close()
            }
        }
    }

    /// Whatever is closed, dropped or cancelled half way leaves no process in the computer.
    @Test func nothingIsLeftOfWhatWasClosed() async throws {
        try await RealComputers.with { all in
            let computer = try await all.started()
            let files = computer.files
            _ = try await computer.sh("head -c 10M /dev/zero > big")
            for _ in 0..<5 {
                let download = try await files.read("/home/user/big", user: .user)
                _ = try await download.read()
                download.close()
                #expect(await failure { _ = try await files.read("/home/user/big", user: .user).read() } == nil)
                let upload = try await files.write("/home/user/part", metadata: [:], user: .user)
                try await upload.write([1])
                upload.close()
                let watch = try await files.watch("/home/user", recursive: true, user: .user)
                let waiting = Task { await watch.next() }
                watch.close()
                #expect(await waiting.value == nil)
                let cancelled = Task { try await files.list("/usr", depth: 100, user: .user).count }
                cancelled.cancel()
                _ = await cancelled.result
            }
            // The agent kills and reaps in its own time; each look is a process of its own.
            var left = "?"
            for _ in 0..<200 where !left.isEmpty {
                left = try await computer.sh(
                    "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -a -o '[g]uest tool [a-z]*'"
                ).stdout
            }
            #expect(left == "")
        }
    }

    @Test func thePathIsReadAsText() throws {
        #expect(try SandboxFiles.clean("/") == "/")
        #expect(try SandboxFiles.clean("//a/./b/../c/") == "/a/c")
        #expect(try SandboxFiles.clean("/../..") == "/")
        #expect(try SandboxFiles.clean("/a\u{301}/…") == "/a\u{301}/…")
        for wrong in ["", "a", "~", "/a\0b", "/" + String(repeating: "x", count: 5000)] {
            #expect(throws: ComputerError.self) { try SandboxFiles.clean(wrong) }
        }
    }
}
