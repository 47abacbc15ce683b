// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPAPI
import NestboxCore

/// One answer of a model: a line of SAMPLES.jsonl, or one of several in a line.
struct EvalSample: Sendable, Hashable {
    /// Where it stands: line from 1, and place among the line's answers from 0.
    struct Place: Sendable, Hashable, Codable, Comparable {
        var line: Int
        var answer: Int

        static func < (one: Place, other: Place) -> Bool { (one.line, one.answer) < (other.line, other.answer) }
    }

    let place: Place
    let task: String
    let text: String
    /// Names the text, so that results of other samples are not taken for this one's.
    var digest: String { Self.digest(of: [task, text]) }

    /// FNV-1a, 64 bits: stable over versions and machines, and no more is asked of it.
    static func digest(of parts: [String]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for part in parts {
            for byte in part.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            hash = (hash ^ 0xff) &* 0x100_0000_01b3
        }
        let text = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}

/// A line that is no sample, and why. The others are judged all the same.
struct EvalLineProblem: Sendable, Hashable, Codable {
    let line: Int
    let message: String
    /// It is a line of the data set, and not of the samples.
    var isOfDataset = false

    /// With the place in front.
    var text: String { "line \(line)\(isOfDataset ? " of the data set" : ""): \(message)" }

    enum CodingKeys: String, CodingKey {
        case line, message
        case isOfDataset = "of_dataset"
    }
}

/// SAMPLES.jsonl: where its answers are. The texts stay in the file, which is mapped, until they are wanted.
struct EvalSampleFile: Sendable {
    struct Entry: Sendable, Hashable {
        let place: EvalSample.Place
        let task: String
        let digest: String
        fileprivate let range: Range<Int>
    }

    let entries: [Entry]
    let problems: [EvalLineProblem]
    private let data: Data
    /// Samples that are in no file, by their place.
    private var given: [EvalSample.Place: EvalSample] = [:]

    /// Samples that are known already.
    init(_ samples: [EvalSample]) {
        data = Data()
        entries = samples.map { Entry(place: $0.place, task: $0.task, digest: $0.digest, range: 0..<0) }
        problems = []
        given = Dictionary(samples.map { ($0.place, $0) }, uniquingKeysWith: { one, _ in one })
    }

    /// - Throws: ``CommandError`` when the file cannot be read, or has no line.
    init(path: String) throws(CommandError) {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
        } catch {
            throw .usage("cannot read '\(path)': \(HostFile.reason(of: error))")
        }
        try self.init(data, name: path)
    }

    init(_ data: Data, name: String) throws(CommandError) {
        self.data = data
        var entries: [Entry] = []
        var problems: [EvalLineProblem] = []
        var start = data.startIndex
        var line = 0
        while start < data.endIndex {
            let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) ?? data.endIndex
            line += 1
            let range = start..<end
            start = end < data.endIndex ? end + 1 : end
            guard data[range].contains(where: { $0 > 0x20 }) else { continue }
            switch Self.samples(in: data[range], line: line) {
            case .failure(let problem): problems.append(problem)
            case .success(let samples):
                entries += samples.map {
                    Entry(place: $0.place, task: $0.task, digest: $0.digest, range: range)
                }
            }
        }
        guard !entries.isEmpty || !problems.isEmpty else {
            throw .usage(
                "'\(name)' has no samples; each line is an object such as {\"task_id\": \"HumanEval/0\", \"completion\": \"...\"}"
            )
        }
        self.entries = entries
        self.problems = problems
    }

    /// The sample at `entry`, which is of this file.
    func sample(_ entry: Entry) -> EvalSample? {
        if let given = given[entry.place] { return given }
        guard case .success(let samples) = Self.samples(in: data[entry.range], line: entry.place.line) else {
            return nil
        }
        return samples.first { $0.place == entry.place }
    }

    /// What answers are called in the files of those who make them.
    static let answerKeys = [
        "completion", "solution", "generation", "code", "output", "response", "answer", "markdown", "generated_code",
    ]
    static let listKeys = ["completions", "solutions", "generations", "outputs", "responses", "answers"]
    static let taskKeys = ["task_id", "id", "name", "question_id", "problem_id"]
}

extension EvalLineProblem: Error {}

extension EvalSampleFile {
    private static func samples(in line: Data, line number: Int) -> Result<[EvalSample], EvalLineProblem> {
        func problem(_ message: String) -> Result<[EvalSample], EvalLineProblem> {
            .failure(EvalLineProblem(line: number, message: message))
        }
        guard let row = try? JSONDecoder().decode([String: Value].self, from: line) else {
            return problem(Self.fault(in: line))
        }
        guard let task = taskKeys.lazy.compactMap({ row[$0]?.name }).first else {
            return problem("it names no task; it needs one of \(taskKeys.joined(separator: ", "))")
        }
        let texts: [String]
        if let text = answerKeys.lazy.compactMap({ row[$0]?.text }).first {
            texts = [text]
        } else if let list = (listKeys + answerKeys).lazy.compactMap({ row[$0]?.texts }).first {
            texts = list
        } else {
            return problem("it has no answer; it needs text as one of \(answerKeys.joined(separator: ", "))")
        }
        guard !texts.isEmpty else { return problem("it has a list of answers with nothing in it") }
        return .success(
            texts.enumerated().map { EvalSample(place: .init(line: number, answer: $0), task: task, text: $1) })
    }

    /// What is wrong with a line that is no JSON object, and where.
    static func fault(in line: Data) -> String {
        do throws(JSONFault) {
            try JSONScanner.check(line.span)
            return "it is no JSON object"
        } catch {
            // Continuation bytes of UTF-8 are no columns of their own.
            let column = line.prefix(error.offset).count { $0 & 0xC0 != 0x80 } + 1
            return "it is no JSON object: column \(column): \(error.reason)"
        }
    }

    /// As much of a JSON value as a sample can be made of.
    private enum Value: Decodable {
        case text(String)
        case number(Int)
        case texts([String])
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let number = try? container.decode(Int.self) {
                self = .number(number)
            } else if let texts = try? container.decode([String].self) {
                self = .texts(texts)
            } else {
                self = .other
            }
        }

        var text: String? { if case .text(let text) = self { text } else { nil } }
        var texts: [String]? { if case .texts(let texts) = self { texts } else { nil } }

        var name: String? {
            switch self {
            case .text(let text): text
            case .number(let number): "\(number)"
            case .texts, .other: nil
            }
        }
    }
}
