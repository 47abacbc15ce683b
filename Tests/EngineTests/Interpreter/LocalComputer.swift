// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import Glibc
import Synchronization

/// A computer without a sandbox: processes run on this machine, in a directory of their own. For the trusted snippets of
/// these tests only.
final class LocalComputer: Computer {
    let id = "ilocal"
    let accessToken = "token"
    let trafficToken: String? = nil
    let environment: [String: String]
    let home = FileManager.default.temporaryDirectory.appending(path: "nestbox-interpreter-\(UUID().uuidString)")
    private let started = Mutex<[LocalProcess]>([])

    init(environment: [String: String] = [:]) throws {
        self.environment = environment
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    }

    deinit {
        for process in started.withLock({ $0 }) { process.kill() }
        try? FileManager.default.removeItem(at: home)
    }

    var files: any ComputerFiles { fatalError("no test asks for files") }

    func start(_ request: ComputerProcessRequest) async throws(ComputerError) -> any ComputerProcess {
        let directory = (request.directory ?? "/home/user").replacing("/home/user", with: home.path)
        let environment = self.environment.merging(["PATH": "/usr/bin:/bin", "HOME": home.path, "LANG": "C.UTF-8"]) {
            own, _ in own
        }
        do {
            let process = try LocalProcess(request, directory: directory, environment: environment)
            started.withLock { $0.append(process) }
            return process
        } catch {
            throw ComputerError(.invalidArgument, "\(error)")
        }
    }

    func processes() async -> [any ComputerProcess] { started.withLock { $0.filter(\.isRunning) } }
    func process(_ selector: ComputerProcessSelector) async throws(ComputerError) -> any ComputerProcess {
        throw ComputerError(.notFound, "not here")
    }
    func connect(port: Int) async throws(ComputerError) -> any ByteConnection {
        throw ComputerError(.portClosed, "not here")
    }
    var requestHost: String? { nil }
    func metrics() async -> ComputerMetrics? { nil }
    func untilGone() async {}

    /// What happens to listeners when a computer is killed.
    func vanish() { for process in started.withLock({ $0 }) { process.vanish() } }
}

final class LocalProcess: ComputerProcess, ComputerProcessListener {
    let request: ComputerProcessRequest
    private let process: Process
    private let input = Pipe()
    private let output = Pipe()
    let pid: Int32
    private let isGone = Mutex(false)

    init(_ request: ComputerProcessRequest, directory: String, environment: [String: String]) throws {
        self.request = request
        _ = Glibc.signal(SIGPIPE, SIG_IGN)
        let child = Process()
        child.executableURL = URL(filePath: request.command)
        child.arguments = request.arguments
        child.environment = environment.merging(request.environment) { $1 }
        child.currentDirectoryURL = URL(filePath: directory)
        child.standardInput = input
        child.standardOutput = output
        child.standardError = FileHandle.nullDevice
        try child.run()
        pid = child.processIdentifier
        process = child
    }

    var isRunning: Bool { process.isRunning }

    func listen() -> any ComputerProcessListener { self }

    func next() async -> ComputerProcessEvent? {
        let reader = output.fileHandleForReading
        let bytes: [UInt8] = await withCheckedContinuation { continuation in
            // A thread of its own: a blocking read has no place on the shared ones.
            Thread.detachNewThread {
                var buffer = [UInt8](repeating: 0, count: 65536)
                let count = read(reader.fileDescriptor, &buffer, buffer.count)
                continuation.resume(returning: Array(buffer.prefix(max(0, count))))
            }
        }
        if !bytes.isEmpty { return .stdout(bytes) }
        if isGone.withLock(\.self) { return nil }
        process.waitUntilExit()
        return .ended(exitCode: process.terminationStatus, signal: nil)
    }

    func stop() {}

    func write(_ bytes: [UInt8]) async throws(ComputerError) {
        do { try input.fileHandleForWriting.write(contentsOf: Data(bytes)) } catch {
            throw ComputerError(.gone, "\(error)")
        }
    }

    func closeInput() { try? input.fileHandleForWriting.close() }
    func signal(_ number: Int32) { _ = Glibc.kill(pid, number) }
    func resize(_ size: TerminalSize) {}
    func kill(after time: Duration) {}

    func vanish() {
        isGone.withLock { $0 = true }
        kill()
    }

    /// Kills the process and its descendants.
    func kill() {
        guard isRunning else { return }
        var family = [pid]
        for index in 0... {
            guard index < family.count else { break }
            let children = try? String(
                contentsOfFile: "/proc/\(family[index])/task/\(family[index])/children", encoding: .utf8)
            family += (children ?? "").split(separator: " ").compactMap { Int32($0) }
        }
        for member in family { _ = Glibc.kill(member, SIGKILL) }
    }
}
