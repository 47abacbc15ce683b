// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Synchronization
import Testing

extension Trait where Self == ConditionTrait {
    /// For faults that only root can cause.
    static var asRoot: Self { .enabled(if: geteuid() == 0, "only root can cause this") }
}

/// What one client got of one request.
struct ClientAnswer: Sendable, Hashable, CustomStringConvertible {
    /// 0 when the connection broke.
    let status: Int
    /// The report's verdict, the problem's code, or what broke.
    let outcome: String
    /// Seconds of `Retry-After`.
    let retryAfter: Int?
    /// Of the run that was reported.
    let id: String?

    var description: String { "\(status) \(outcome)" }

    init(_ response: HTTPResponse) throws {
        let object = try response.object()
        status = response.status
        outcome = (object["verdict"] ?? object["code"]) as? String ?? response.text
        retryAfter = response.headers["retry-after"].flatMap { Int($0) }
        id = response.status == 200 ? object["id"] as? String : nil
    }

    init(broken error: any Error) {
        status = 0
        outcome = "\(error)"
        retryAfter = nil
        id = nil
    }
}

/// What several clients got, as it comes.
final class CollectedAnswers: Sendable {
    private let answers = Mutex<[ClientAnswer]>([])

    var all: [ClientAnswer] { answers.withLock { $0 } }

    func append(_ answer: ClientAnswer) { answers.withLock { $0.append(answer) } }
}

extension ServerProcess {
    func answer(_ request: HTTPRequest) async -> ClientAnswer {
        do {
            return try ClientAnswer(try await exchange(request))
        } catch {
            return ClientAnswer(broken: error)
        }
    }

    /// So many clients at one time, each with a connection of its own.
    func answers(_ count: Int, to request: HTTPRequest) async -> [ClientAnswer] {
        await withTaskGroup(of: ClientAnswer.self) { group in
            for _ in 0..<count { group.addTask { await answer(request) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// Asks the database of reports, as the server's disk has it: a column of answers.
    func saved(_ question: String, in file: String = "nestbox.sqlite") throws -> [String] {
        let path = process.home.appending(path: file).path
        // Only root starts servers with mounts of their own.
        let enter = geteuid() == 0 ? ["nsenter", "--target", "\(process.pid)", "--mount"] : []
        let text = try tool(enter + ["sqlite3", "-readonly", path, question])
        return text.split(separator: "\n").map(String.init)
    }

    /// How many reports are on disk.
    func savedReports(in file: String = "nestbox.sqlite") throws -> Int {
        try saved("SELECT count(*) FROM report", in: file).first.flatMap { Int($0) } ?? -1
    }

    /// Lines of the log with this message, once there is one: what a server wrote is read here a moment later.
    func log(_ message: String) async -> [String] {
        _ = await eventually { !logged(message).isEmpty }
        return logged(message)
    }

    /// Lines of the log with this message so far.
    func logged(_ message: String) -> [String] {
        process.stderr.split(separator: "\n").map(String.init).filter { $0.contains("\"message\":\"\(message)\"") }
    }
}

extension HTTPRequest {
    static func python(_ code: String, limits: LimitsRequest = LimitsRequest()) throws -> HTTPRequest {
        try run(RunRequest(code: code, language: "python", limits: limits))
    }
}

/// Runs a program of the system to its end; its standard output.
@discardableResult
func tool(_ command: String...) throws -> String { try tool(command) }

@discardableResult
func tool(_ command: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(command) failed: \(text)")
    return text
}

/// A shell script that ends by becoming the command it wraps.
func shell(_ script: String) -> [String] { ["/bin/sh", "-ec", script + "\nexec \"$@\"", "wrapper"] }

/// The same in a mount namespace of its own: what it mounts goes away with the process.
func privateMounts(_ script: String) -> [String] {
    ["/usr/bin/unshare", "--mount", "--propagation", "private"] + shell(script)
}

extension NestboxProcess {
    /// Runs `nestbox serve` where it cannot start; how it ended.
    static func refusedServer(
        home: URL, configuration: String = "", wrapper: [String] = [], executable: URL? = nil
    ) async throws -> Outcome {
        let file = home.appending(path: "refused.yaml")
        try Data(configuration.utf8).write(to: file)
        let process = try NestboxProcess(
            ["serve", "--listen", "127.0.0.1:\(try freePort())", "--config", file.path], home: home, wrapper: wrapper,
            executable: executable)
        return try await process.finish(within: .seconds(30))
    }
}
