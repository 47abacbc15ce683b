// SPDX-License-Identifier: Apache-2.0
import Foundation
public import NestboxCore

/// The data sets of tasks that a server has loaded, by name.
public struct TaskSets: Sendable {
    /// A file of tasks is kept in memory, so it has a bound.
    private static let mostBytes = 512 << 20

    private let sets: [String: [CodingTask]]

    /// Names, sorted.
    public var names: [String] { sets.keys.sorted() }

    public init(_ sets: [String: [CodingTask]] = [:]) { self.sets = sets }

    /// Loads files of one JSON object a line.
    ///
    /// - Parameter files: Each `NAME=PATH`.
    /// - Throws: ``RequestError`` `invalid_configuration` with file and line of the first thing that is wrong.
    public init(files: [String]) throws(RequestError) {
        var sets: [String: [CodingTask]] = [:]
        for text in files {
            let (name, path) = try Self.parts(of: text)
            guard sets[name] == nil else { throw Self.refusal("data set '\(name)' is given twice") }
            sets[name] = try Self.load(path)
        }
        self.sets = sets
    }

    /// Name and path of `NAME=PATH`.
    public static func parts(of text: String) throws(RequestError) -> (name: String, path: String) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[0].utf8.allSatisfy({ Self.isNameByte($0) }), parts[0].utf8.count <= 64 else {
            throw refusal(
                "'\(text)' is no data set; write NAME=PATH with up to 64 of a-z, 0-9, - and _, such as humaneval_python=/srv/HumanEval.jsonl"
            )
        }
        return (parts[0], parts[1])
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F
            || byte == 0x2D
    }

    private static func load(_ path: String) throws(RequestError) -> [CodingTask] {
        let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
        guard let size, size <= mostBytes, let data = FileManager.default.contents(atPath: path) else {
            throw refusal("data set '\(path)' cannot be read, or has more than \(mostBytes) bytes")
        }
        var tasks: [CodingTask] = []
        var ids: Set<CodingTask.ID> = []
        for (index, line) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            let task: CodingTask
            do throws(RequestError) {
                task = try CodingTask(row: Data(line))
            } catch {
                throw refusal(
                    "\(path):\(index + 1): no task: \(error.message); or it has id, content and a list of input.stdin and "
                        + "output.stdout as test")
            }
            guard ids.insert(task.id).inserted else {
                throw refusal("\(path):\(index + 1): the id \(task.id.description) is there twice")
            }
            tasks.append(task)
        }
        guard !tasks.isEmpty else { throw refusal("data set '\(path)' has no tasks") }
        return tasks
    }

    private static func refusal(_ message: String) -> RequestError {
        RequestError(.invalidConfiguration, message, field: "datasets")
    }

    /// Tasks of a set, in the order of its file.
    ///
    /// - Throws: ``RequestError`` `not_found`.
    public func tasks(of name: String) throws(RequestError) -> [CodingTask] {
        guard let tasks = sets[name] else {
            let known = sets.isEmpty ? "none is loaded; see server.datasets" : names.joined(separator: ", ")
            throw RequestError(
                .notFound, "there is no data set '\(name.prefix(64))'; loaded here: \(known)", field: "dataset")
        }
        return tasks
    }

    /// - Throws: ``RequestError`` `not_found`.
    public func task(_ id: CodingTask.ID, of name: String) throws(RequestError) -> CodingTask {
        let tasks = try tasks(of: name)
        guard let task = tasks.first(where: { $0.id == id }) ?? tasks.first(where: { $0.id.isMeant(by: id) }) else {
            throw RequestError(
                .notFound, "data set '\(name)' has no task \(id.description.prefix(64))", field: "id")
        }
        return task
    }
}
