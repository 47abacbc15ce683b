// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import NestboxCommands

/// The real streams, on pipes.
@Suite struct DescriptorTests {
    @Test func writesAllBytesThroughAPipeSmallerThanThey() async throws {
        let pipe = Pipe()
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let sink = DescriptorSink(pipe.fileHandleForWriting.fileDescriptor, name: "standard output")
        async let received = Task.detached { pipe.fileHandleForReading.readDataToEndOfFile() }.value
        try await sink.write(bytes)
        try pipe.fileHandleForWriting.close()
        #expect(await received == Data(bytes))
        #expect(!sink.isTerminal)
    }

    @Test func tellsAReaderThatWentAway() async throws {
        signal(SIGPIPE, SIG_IGN)
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let sink = DescriptorSink(pipe.fileHandleForWriting.fileDescriptor, name: "standard output")
        await #expect(throws: BrokenPipe.self) { try await sink.write([1]) }
    }

    @Test func stopsWaitingForAReaderWhenCancelled() async throws {
        let pipe = Pipe()
        let sink = DescriptorSink(pipe.fileHandleForWriting.fileDescriptor, name: "standard output")
        let writing = Task { try await sink.write([UInt8](repeating: 0, count: 1 << 20)) }
        writing.cancel()
        await #expect(throws: CancellationError.self) { try await writing.value }
    }

    @Test func namesTheStreamThatCannotBeWritten() async throws {
        let full = try FileHandle(forWritingTo: URL(filePath: "/dev/full"))
        let sink = DescriptorSink(full.fileDescriptor, name: "standard output")
        let error = await #expect(throws: CommandError.self) { try await sink.write([1]) }
        #expect(error == .failure("cannot write standard output: No space left on device"))
    }

    @Test func readsToTheEnd() async throws {
        let pipe = Pipe()
        let source = DescriptorSource(pipe.fileHandleForReading.fileDescriptor)
        try pipe.fileHandleForWriting.write(contentsOf: Data("abc".utf8))
        try pipe.fileHandleForWriting.close()
        #expect(try await source.readAll(limit: 3) {} == Array("abc".utf8))
    }

    @Test func refusesMoreThanTheLimit() async throws {
        let pipe = Pipe()
        let source = DescriptorSource(pipe.fileHandleForReading.fileDescriptor)
        try pipe.fileHandleForWriting.write(contentsOf: Data("abcd".utf8))
        try pipe.fileHandleForWriting.close()
        let error = await #expect(throws: CommandError.self) { try await source.readAll(limit: 3) {} }
        #expect(error == .usage("standard input is larger than 3"))
    }

    @Test func boundsEndlessFiles() throws {
        let error = #expect(throws: CommandError.self) { try HostFile.read("/dev/zero", limit: 1 << 20) }
        #expect(error == .usage("'/dev/zero' is larger than 1MiB"))
        #expect(try HostFile.read("/dev/null") == [])
    }
}

@Suite struct ProcessInterruptsTests {
    @Test func hearsTheSignalsOfThisProcess() async {
        let stream = await ProcessInterrupts().interrupts()
        kill(getpid(), SIGTERM)
        kill(getpid(), SIGINT)
        var heard: Set<Interrupt> = []
        for await interrupt in stream {
            heard.insert(interrupt)
            if heard.count == 2 { break }
        }
        #expect(heard == [.terminate, .interrupt])
    }
}
