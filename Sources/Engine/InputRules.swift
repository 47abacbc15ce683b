// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore

/// What files, arguments, variables and patterns of a request may look like.
enum InputRules {
    private static let mostFiles = 1000
    private static let mostPathBytes = 1024
    private static let mostNameBytes = 255
    private static let mostDepth = 32
    /// Linux allows 128 KiB for one argument or variable (execve(2), MAX_ARG_STRLEN).
    private static let mostArgumentBytes = 128 << 10
    private static let mostArgumentsBytes = 1 << 20
    private static let mostPatterns = 64
    /// Blocks of one Markdown answer; each one is a sandbox of its own, one after the other.
    static let mostBlocks = 100

    static func files(_ inputs: [FileInput]) throws(RequestError) -> [PreparedProgram.File] {
        guard inputs.count <= mostFiles else {
            throw RequestError(
                .invalidField, "\(inputs.count) files are too many; at most \(mostFiles)", field: "files")
        }
        var files: [PreparedProgram.File] = []
        var names: Set<String> = []
        var directories: Set<String> = []
        for (index, input) in inputs.enumerated() {
            let field = "files.\(index)"
            try checkPath(input.path, field: field + ".path")
            guard names.insert(input.path).inserted else {
                throw RequestError(.invalidPath, "'\(input.path)' is there twice", field: field + ".path")
            }
            var place = ""
            for component in PathText.components(of: input.path).dropLast() {
                place += (place.isEmpty ? "" : "/") + component
                directories.insert(place)
            }
            files.append(PreparedProgram.File(path: input.path, content: try content(input, field: field)))
        }
        for (index, input) in inputs.enumerated() where directories.contains(input.path) {
            throw RequestError(
                .invalidPath, "'\(input.path)' is both a file and a directory", field: "files.\(index).path")
        }
        return files
    }

    private static func content(_ input: FileInput, field: String) throws(RequestError) -> [UInt8] {
        switch (input.content, input.contentBase64) {
        case (let text?, nil): return Array(text.utf8)
        case (nil, let base64?):
            guard let data = Data(base64Encoded: base64) else {
                throw RequestError(
                    .invalidField, "\(field).content_base64 is not base64 (RFC 4648, with padding)",
                    field: field + ".content_base64")
            }
            return Array(data)
        case (.some, .some):
            throw RequestError(.conflictingFields, "\(field): give content or content_base64, not both", field: field)
        case (nil, nil):
            throw RequestError(.invalidField, "\(field) has no content; give content or content_base64", field: field)
        }
    }

    /// Relative, without `.`, `..`, empty components or NUL: a path that stays where it is put.
    static func checkPath(_ path: String, field: String) throws(RequestError) {
        func refuse(_ why: String) -> RequestError {
            RequestError(.invalidPath, "path '\(path.prefix(80))' \(why)", field: field)
        }
        guard !path.isEmpty else { throw RequestError(.invalidPath, "a path is empty", field: field) }
        guard !path.utf8.contains(0) else {
            throw RequestError(.invalidPath, "a path contains a NUL character", field: field)
        }
        guard !PathText.isAbsolute(path) else {
            throw refuse("is absolute; it must be relative to the working directory")
        }
        guard path.utf8.count <= mostPathBytes else { throw refuse("is longer than \(mostPathBytes) bytes") }
        let components = PathText.components(of: path)
        guard components.count <= mostDepth else { throw refuse("is deeper than \(mostDepth) directories") }
        for component in components {
            guard component != "..", component != "." else { throw refuse("contains '\(component)'") }
            guard !component.isEmpty else { throw refuse("has an empty component") }
            guard component.utf8.count <= mostNameBytes else {
                throw refuse("has a name longer than \(mostNameBytes) bytes")
            }
        }
    }

    /// A program's text has no NUL character; data with one goes into `content_base64` or stdin.
    static func checkText(_ text: String, field: String) throws(RequestError) {
        guard !text.utf8.contains(0) else {
            throw RequestError(
                .invalidField, "\(field) contains a NUL character, which no program text has", field: field)
        }
    }

    static func checkArguments(_ arguments: [String]) throws(RequestError) {
        var total = 0
        for (index, argument) in arguments.enumerated() {
            guard !argument.utf8.contains(0) else {
                throw RequestError(.invalidArgument, "args.\(index) contains a NUL character", field: "args.\(index)")
            }
            guard argument.utf8.count < mostArgumentBytes else {
                throw RequestError(
                    .invalidArgument, "args.\(index) is longer than \(mostArgumentBytes) bytes", field: "args.\(index)")
            }
            total += argument.utf8.count + 1
        }
        guard total <= mostArgumentsBytes else {
            throw RequestError(
                .invalidArgument, "args are \(total) bytes together; at most \(mostArgumentsBytes)", field: "args")
        }
    }

    static func checkEnvironment(_ environment: [String: String]) throws(RequestError) {
        var total = 0
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
            guard !name.isEmpty, !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "=") })
            else {
                throw RequestError(
                    .invalidEnvironment,
                    "'\(printable(name))' is no name of a variable; it must not be empty or contain '=' or control characters",
                    field: "env")
            }
            guard !value.utf8.contains(0) else {
                throw RequestError(
                    .invalidEnvironment, "the value of \(name.prefix(80)) contains a NUL character", field: "env")
            }
            guard name.utf8.count + value.utf8.count + 2 < mostArgumentBytes else {
                throw RequestError(
                    .invalidEnvironment, "\(name.prefix(80)) is longer than \(mostArgumentBytes) bytes", field: "env")
            }
            total += name.utf8.count + value.utf8.count + 2
        }
        guard total <= mostArgumentsBytes else {
            throw RequestError(
                .invalidEnvironment, "env is \(total) bytes; at most \(mostArgumentsBytes)", field: "env")
        }
    }

    /// The beginning of a text that may contain anything, for a message.
    private static func printable(_ text: String) -> String {
        String(text.unicodeScalars.prefix(80).map { $0.value < 0x20 || $0.value == 0x7F ? "?" : Character($0) })
    }

    static func checkPatterns(_ patterns: [String]) throws(RequestError) {
        guard patterns.count <= mostPatterns else {
            throw RequestError(
                .invalidPattern, "\(patterns.count) patterns are too many; at most \(mostPatterns)", field: "collect")
        }
        for (index, pattern) in patterns.enumerated() {
            let field = "collect.\(index)"
            let components = PathText.components(of: pattern)
            guard !pattern.isEmpty, !pattern.utf8.contains(0), pattern.utf8.count <= mostPathBytes,
                !PathText.isAbsolute(pattern),
                components.count <= mostDepth, !components.contains(".."), !components.contains("")
            else {
                throw RequestError(
                    .invalidPattern,
                    "pattern '\(pattern.filter { $0 != "\0" }.prefix(80))' must be relative to the working directory, such as '*.png' or 'out/**', without '..'",
                    field: field)
            }
        }
    }
}
