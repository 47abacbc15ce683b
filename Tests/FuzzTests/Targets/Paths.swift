// SPDX-License-Identifier: Apache-2.0
import Languages
import NestboxCore

@testable import Engine
@testable import NestboxCommands

/// Names of files and of other things that a client, a program or an operator chose. The kernel sees bytes; so do these
/// checks.
enum Paths {
    static func check(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let kind = input.number(below: 7)
        let text = input.textField()
        switch kind {
        case 0:
            try refusal { () throws(RequestError) in
                try InputRules.checkPath(text, field: "files.0.path")
            } otherwise: {
                try uploaded(text)
            }
        case 1: try files(text, input.textField(), input.textField())
        case 2:
            try refusal { () throws(RequestError) in
                try InputRules.checkPatterns([text])
            } otherwise: {
                try pattern(text)
            }
        case 3: try collected(text)
        case 4: try fence(text)
        case 5: try variables(text, input.textField())
        default: try operatorPaths(text)
        }
    }

    // MARK: In bytes

    /// Whether a path, seen from a directory, leads to something in that directory: relative, without `.`, `..`, empty
    /// components and NUL.
    static func staysBeneath(_ path: some Collection<UInt8>) -> Bool {
        let parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return !path.contains(0)
            && parts.allSatisfy { !$0.isEmpty && !$0.elementsEqual([0x2E]) && !$0.elementsEqual([0x2E, 0x2E]) }
    }

    static func depth(_ path: String) -> Int { path.utf8.split(separator: UInt8(ascii: "/")).count }

    static func longestName(_ path: String) -> Int {
        path.utf8.split(separator: UInt8(ascii: "/")).map(\.count).max() ?? 0
    }

    // MARK: Requests

    private static func refusal(_ body: () throws(RequestError) -> Void, otherwise: () throws -> Void) throws {
        do throws(RequestError) {
            try body()
        } catch {
            try Problems.check(error)
            return
        }
        try otherwise()
    }

    private static func uploaded(_ path: String) throws {
        try hold(staysBeneath(path.utf8), "the path '\(path)' leads away: \(Array(path.utf8))")
        try hold(
            path.utf8.count <= 1024 && depth(path) <= 32 && longestName(path) <= 255, "the path '\(path)' is too long")
    }

    private static func files(_ first: String, _ second: String, _ third: String) throws {
        let inputs = [first, second, third].map { FileInput(path: $0, content: "x") }
        var accepted: [PreparedProgram.File] = []
        try refusal { () throws(RequestError) in
            accepted = try InputRules.files(inputs)
        } otherwise: {
            let paths = accepted.map { Array($0.path.utf8) }
            try hold(Set(paths).count == 3, "two of the paths are one: \(paths)")
            for path in paths {
                try uploaded(String(decoding: path, as: UTF8.self))
                let isDirectory = paths.contains { $0.starts(with: path + [UInt8(ascii: "/")]) }
                try hold(!isDirectory, "'\(path)' is a file and a directory")
            }
        }
    }

    private static func pattern(_ text: String) throws {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        try hold(
            parts.allSatisfy { !$0.isEmpty && !$0.elementsEqual([0x2E, 0x2E]) }, "the pattern '\(text)' leads away")
        try hold(!text.utf8.contains(0) && text.utf8.count <= 1024, "the pattern '\(text)'")
    }

    private static func variables(_ name: String, _ value: String) throws {
        try refusal { () throws(RequestError) in
            try InputRules.checkEnvironment([name: value])
        } otherwise: {
            let entry = Array("\(name)=\(value)".utf8)
            try hold(!entry.contains(0) && entry.firstIndex(of: 0x3D) == name.utf8.count, "the variable \(entry)")
            try hold(!name.isEmpty, "a variable without a name")
        }
        try refusal { () throws(RequestError) in
            try InputRules.checkArguments([name, value])
        } otherwise: {
            try hold(!name.utf8.contains(0) && !value.utf8.contains(0), "an argument with NUL")
        }
    }

    // MARK: Names that come back

    private static func collected(_ name: String) throws {
        guard let parts = try? OutputDirectory.components(of: name) else { return }
        for part in parts {
            let isOne = !part.utf8.contains(UInt8(ascii: "/")) && staysBeneath(part.utf8) && part.utf8.count <= 255
            try hold(isOne, "'\(part)' is not one name: \(Array(part.utf8))")
        }
    }

    private static func fence(_ info: String) throws {
        let fence = FenceInfo(info)
        try hold(fence == FenceInfo(info), "the info string '\(info)' is read differently each time")
        if let path = fence.filename {
            try hold(staysBeneath(path.utf8) && path.utf8.count <= 255, "the file name '\(path)': \(Array(path.utf8))")
        }
        if let language = fence.language { try hold(!language.isEmpty, "a language without a name") }
    }

    private static func operatorPaths(_ text: String) throws {
        let parts = text.utf8.split(separator: UInt8(ascii: "/")).map { Array($0) }
        let dots: [[UInt8]] = [[0x2E], [0x2E, 0x2E]]
        if (try? CgroupRule.check(text)) != nil {
            try hold(!parts.isEmpty && !parts.contains(where: dots.contains), "the cgroup '\(text)'")
        }
        if (try? SandboxPathRule.check(text)) != nil {
            try hold(
                text.utf8.first == UInt8(ascii: "/") && !parts.contains(where: dots.contains), "the path '\(text)'")
            let first = parts.first.map { String(decoding: $0, as: UTF8.self) }
            try hold(!["proc", "sys", "dev", "run", "etc", "root", nil].contains(first), "'\(text)' may be shown")
        }
        if (try? NameRule.check(text)) != nil {
            try hold(text.utf8.count <= 64 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "the name '\(text)'")
        }
    }
}
