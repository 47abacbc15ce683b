// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// Results as they come, one a line, so that an evaluation that was interrupted goes on where it was.
final class EvalResultFile: Sendable {
    let path: String
    private let handle: Mutex<FileHandle>

    /// Results that were there already, in the order of the file; of several for one sample the last.
    let earlier: [EvalSample.Place: EvalResult]

    /// Opens the file for more, and makes it where there is none. A last line that was not written to its end, because the
    /// writer was killed in it, is removed.
    ///
    /// - Parameter startsAgain: What is there is thrown away.
    /// - Throws: ``CommandError`` when it cannot be used, or holds something else than results.
    init(path: String, startsAgain: Bool) throws(CommandError) {
        self.path = path
        let number = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND | (startsAgain ? O_TRUNC : 0), 0o644)
        guard number >= 0 else { throw .usage("cannot write '\(path)': \(Descriptor.message(errno))") }
        let file = FileHandle(fileDescriptor: number, closeOnDealloc: true)
        do {
            let data = try file.readToEnd() ?? Data()
            earlier = try Self.results(in: data, path)
            let whole = data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            if whole < data.count { try file.truncate(atOffset: UInt64(whole)) }
        } catch let error as CommandError {
            throw error
        } catch {
            throw .usage("cannot read '\(path)': \(HostFile.reason(of: error))")
        }
        handle = Mutex(file)
    }

    private static func results(in data: Data, _ path: String) throws(CommandError) -> [EvalSample.Place: EvalResult] {
        var results: [EvalSample.Place: EvalResult] = [:]
        var lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // What stands behind the last line end is nothing, or was not written to its end.
        lines.removeLast()
        for (index, line) in lines.enumerated() where !line.isEmpty {
            guard let result = try? JSONDecoder().decode(EvalResult.self, from: Data(line)) else {
                throw .usage(
                    "line \(index + 1) of '\(path)' is no result of an evaluation; name another file with --out, or add --force to replace it"
                )
            }
            results[result.place] = result
        }
        return results
    }

    /// Adds a result. It survives the end of this process when this returns, and a loss of power after ``sync()``.
    func add(_ result: EvalResult) throws(CommandError) {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let line = try encoder.encode(result) + [UInt8(ascii: "\n")]
            try handle.withLock { try $0.write(contentsOf: line) }
        } catch {
            throw .failure("cannot write '\(path)': \(HostFile.reason(of: error))")
        }
    }

    func sync() {
        try? handle.withLock { try $0.synchronize() }
    }
}
