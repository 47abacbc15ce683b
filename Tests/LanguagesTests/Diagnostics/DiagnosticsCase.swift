// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Testing

@testable import Languages

/// What a tool really printed (stderr of the packs' commands in a sandbox, working directory /home/user) and what is in it.
struct DiagnosticsCase: Sendable, CustomTestStringConvertible {
    var name: String
    var format: DiagnosticsFormat
    var stage: DiagnosticsStage
    var files: [String]
    var stderr: String
    var warnings: [RunWarning]
    var error: (type: String, message: String, line: Int?)?

    init(
        _ name: String, _ format: DiagnosticsFormat, _ stage: DiagnosticsStage, files: [String], stderr: String,
        warnings: [RunWarning] = [], error: (type: String, message: String, line: Int?)? = nil
    ) {
        self.name = name
        self.format = format
        self.stage = stage
        self.files = files
        self.stderr = stderr
        self.warnings = warnings
        self.error = error
    }

    var testDescription: String { "\(format.rawValue): \(name)" }

    var sources: SourceNames { SourceNames(names: Dictionary(uniqueKeysWithValues: files.map { ($0, $0) })) }

    static let all = [python, javaScript, c, rust, go, java, ruby, php, perl, lua, r, bash, sqlite].flatMap { $0 }
}
