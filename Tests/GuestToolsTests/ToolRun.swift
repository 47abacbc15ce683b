// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestWire
import LinuxSystem
import Synchronization
import Testing

/// A tool as a plain child process, without a sandbox.
final class ToolRun: Sendable {
    /// The built guest, in a place that every user may enter.
    private static let executable = Result {
        let own = try Files.readLink("/proc/self/exe")
        let built = URL(filePath: own).deletingLastPathComponent().appending(path: "nestbox-guest")
        let folder = FileManager.default.temporaryDirectory.appending(path: "nestbox-tools-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        ExitActions.add { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        let copy = folder.appending(path: "nestbox-guest")
        try FileManager.default.copyItem(at: built, to: copy)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: copy.path)
        return copy.path
    }

    /// Who tools run as that must not be root.
    static let ordinaryUser: UInt32 = Processes.userID == 0 ? 65534 : Processes.userID

    private let process: Process
    private let input = Pipe()
    private let output = Pipe()
    private let frames = Mutex(FrameBuffer())

    /// - Parameter isOrdinary: As an ordinary user, also when the tests run as root.
    init(_ arguments: [String], isOrdinary: Bool = false) throws {
        let executable = try Self.executable.get()
        process = Process()
        if isOrdinary && Processes.userID == 0 {
            let id = "\(Self.ordinaryUser)"
            process.executableURL = URL(filePath: "/usr/bin/setpriv")
            process.arguments = ["--reuid", id, "--regid", id, "--clear-groups", executable, "tool"] + arguments
        } else {
            process.executableURL = URL(filePath: executable)
            process.arguments = ["tool"] + arguments
        }
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try output.fileHandleForWriting.close()
        try input.fileHandleForReading.close()
    }

    deinit {
        kill()
    }

    /// Not SIGTERM: a child inherits the signal mask of the thread that starts it, and pools block signals.
    private func kill() {
        if process.isRunning { try? Processes.kill(process.processIdentifier, Processes.sigKill) }
    }

    func write(_ bytes: [UInt8]) throws {
        try Files.writeAll(input.fileHandleForWriting.fileDescriptor, bytes)
    }

    func closeInput() throws {
        try input.fileHandleForWriting.close()
    }

    /// The next message; nil at the end.
    func next() throws -> ToolMessage? {
        while true {
            if let (type, payload) = try frames.withLock({ try $0.next() }) {
                return try ToolMessage(type: type, payload: payload)
            }
            let bytes = try Files.read(output.fileHandleForReading.fileDescriptor, upTo: 65536) ?? []
            if bytes.isEmpty { return nil }
            frames.withLock { $0.append(bytes) }
        }
    }

    /// Everything to the end; the input is closed.
    func finish() throws -> [ToolMessage] {
        try closeInput()
        var messages: [ToolMessage] = []
        while let message = try next() { messages.append(message) }
        process.waitUntilExit()
        return messages
    }

    func terminate() {
        kill()
        process.waitUntilExit()
    }

    // MARK: Whole runs

    static func messages(
        _ arguments: [String], input: [UInt8] = [], isOrdinary: Bool = false
    ) throws -> [ToolMessage] {
        let run = try ToolRun(arguments, isOrdinary: isOrdinary)
        if !input.isEmpty { try run.write(input) }
        return try run.finish()
    }

    /// The one entry of a tool that gives one.
    static func entry(_ arguments: [String], input: [UInt8] = []) throws -> ToolEntry {
        let messages = try messages(arguments, input: input).filter { $0 != .ready }
        guard messages.count == 2, case .entry(let entry) = messages[0], messages[1] == .end else {
            throw Unexpected(messages: messages)
        }
        return entry
    }

    static func list(_ path: String, depth: Int) throws -> [ToolEntry] {
        var messages = try messages(["list", path, "\(depth)"])
        guard messages.popLast() == .end else { throw Unexpected(messages: messages) }
        return try messages.map { message in
            guard case .entry(let entry) = message else { throw Unexpected(messages: [message]) }
            return entry
        }
    }

    /// The name of the errno that a tool ends with; nil when it succeeds.
    static func failure(_ arguments: [String], isOrdinary: Bool = false) throws -> String? {
        guard case .failed(let name, _)? = try messages(arguments, isOrdinary: isOrdinary).last else { return nil }
        return name
    }

    static func content(_ path: String, from offset: UInt64 = 0) throws -> (size: UInt64, bytes: [UInt8]) {
        let run = try ToolRun(["read", path])
        guard case .opened(let size, _, _)? = try run.next() else { throw Unexpected(messages: []) }
        var writer = WireWriter()
        writer.put(offset)
        try run.write(writer.bytes)
        var bytes: [UInt8] = []
        while let message = try run.next() {
            if message == .end { return (size, bytes) }
            guard case .data(let part) = message else { throw Unexpected(messages: [message]) }
            bytes += part
        }
        throw Unexpected(messages: [])
    }

    struct Unexpected: Error {
        let messages: [ToolMessage]
    }
}

/// A directory of its own for one test, removed with everything in it. In memory where there is such a place, as the files of
/// a computer are.
final class Place: Sendable {
    private static let shared = "/dev/shm"

    let path: String

    init() throws {
        let parent =
            FileManager.default.isWritableFile(atPath: Self.shared)
            ? URL(filePath: Self.shared) : FileManager.default.temporaryDirectory
        path = parent.appending(path: "nestbox-place-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: path)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    subscript(_ name: String) -> String { "\(path)/\(name)" }

    func directory(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: self[name], withIntermediateDirectories: true)
    }

    func file(_ name: String, _ text: String = "") throws {
        try Data(text.utf8).write(to: URL(filePath: self[name]))
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: self[name], withDestinationPath: target)
    }

    func text(_ name: String) throws -> String {
        try String(contentsOfFile: self[name], encoding: .utf8)
    }

    func exists(_ name: String) -> Bool {
        (try? Files.status(self[name])) != nil
    }
}

extension ToolEntry {
    var text: String { String(decoding: path, as: UTF8.self) }
}
