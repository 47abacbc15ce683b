// SPDX-License-Identifier: Apache-2.0
import Foundation
import Isolation
import Languages
import NestboxCore

@testable import Engine
@testable import HTTPAPI

/// The body of `POST /v1/run`, on its way to programs that are ready to run.
enum RunRequests {
    static func check(_ bytes: [UInt8]) throws {
        try scan(bytes)
        let request: RunRequest
        do throws(RequestError) {
            request = try RequestDecoder.decode(RunRequest.self, from: Data(bytes))
        } catch {
            try check(error, among: [.invalidJSON, .invalidField, .unknownField])
            return
        }
        let again = try RequestDecoder.decode(RunRequest.self, from: try JSONEncoder().encode(request))
        try hold(request == again, "\(request) is read as \(again)")
        try prepare(request)
    }

    // MARK: JSON

    /// Decodes from anything, and looks at nothing.
    private struct Anything: Decodable {
        init(from decoder: any Decoder) throws {}
    }

    /// What our own scanner takes, Foundation's parser takes too: nothing slips through between the two.
    private static func scan(_ bytes: [UInt8]) throws {
        do throws(JSONFault) {
            try JSONScanner.check(bytes.span)
        } catch {
            try hold((0...bytes.count).contains(error.offset), "offset \(error.offset) of \(bytes.count)")
            return
        }
        do {
            _ = try JSONDecoder().decode(Anything.self, from: Data(bytes))
        } catch {
            throw FuzzFinding("Foundation refuses what the scanner takes: \(error)")
        }
    }

    private static func check(_ error: RequestError, among codes: Set<RequestError.Code>) throws {
        try hold(codes.contains(error.code), "\(error.code) for \(error.message)")
        try Problems.check(error)
        if error.message.contains("must be a whole number") {
            try hold(error.message.contains(", got the number"), "no number is to blame: \(error.message)")
        }
    }

    // MARK: Programs

    private static let preparation = Result {
        RunPreparation(
            configuration: EngineConfiguration(concurrency: 1), catalog: try LanguageCatalog.builtIn(),
            drivers: ["namespace": NoDriver()], unavailableDrivers: ["other": "it is not here"],
            fileExists: { _ in true })
    }

    private static let refusals = Set(RequestError.Code.allCases).subtracting([
        .invalidJSON, .unknownField, .unsupportedMediaType, .payloadTooLarge, .requestTimeout, .notFound,
        .methodNotAllowed, .unauthorized, .forbiddenOrigin, .queueFull, .shuttingDown, .invalidConfiguration,
        .languageUnavailable,
    ])

    private static func prepare(_ request: RunRequest) throws {
        let preparation = try preparation.get()
        let prepared: PreparedRun
        do throws(RequestError) {
            prepared = try preparation.prepare(request)
        } catch {
            try check(error, among: refusals)
            if let field = error.field {
                let first = field.prefix { $0 != "." }
                try hold(RunRequest.CodingKeys(rawValue: String(first)) != nil, "there is no field '\(field)'")
            }
            return
        }
        switch prepared {
        case .program(let program): try check(program, request)
        case .markdown(let blocks):
            try hold(!blocks.isEmpty, "Markdown without a block")
            for block in blocks {
                try hold(block.line >= 1, "a block in line \(block.line)")
                try check(block.program, request)
            }
        }
    }

    private static func check(_ program: PreparedProgram, _ request: RunRequest) throws {
        let paths = program.files.map { Array($0.path.utf8) }
        try hold(Set(paths).count == paths.count, "two files have one path: \(program.files.map(\.path))")
        for file in program.files {
            try hold(Paths.staysBeneath(file.path.utf8), "'\(file.path)' leads away: \(Array(file.path.utf8))")
            try hold(Paths.longestName(file.path) <= 255 && Paths.depth(file.path) <= 32, "'\(file.path)' is too long")
            let below = Array(file.path.utf8) + [UInt8(ascii: "/")]
            try hold(!paths.contains { $0.starts(with: below) }, "'\(file.path)' is a file and a directory")
        }
        try hold(paths.contains(Array(program.entry.utf8)), "the program '\(program.entry)' is none of its files")
        for spec in [program.compileSpec, program.runSpec].compactMap(\.self) {
            try hold(spec.arguments.first?.hasPrefix("/") ?? false, "the program is called \(spec.arguments)")
            try hold(!spec.arguments.contains { $0.utf8.contains(0) }, "NUL in \(spec.arguments)")
            for (name, value) in spec.environment {
                let isPlain = !name.isEmpty && !name.utf8.contains { $0 == 0 || $0 == 0x3D } && !value.utf8.contains(0)
                try hold(isPlain, "the variable '\(name)' = '\(value)'")
            }
        }
        try check(program.limits)
        try hold(
            program.arguments == request.args && program.collect == request.collect, "something of the request is lost")
    }

    private static func check(_ limits: Limits) throws {
        let most = Limits.standardMaximum
        for field in [
            \Limits.wallMilliseconds, \.cpuMilliseconds, \.memoryBytes, \.outputBytes, \.processes, \.diskBytes,
            \.inodes,
            \.openFiles, \.milliCPU,
        ] {
            try hold((1...most[keyPath: field]).contains(limits[keyPath: field]), "limits \(limits)")
        }
    }
}
