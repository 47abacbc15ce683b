// SPDX-License-Identifier: Apache-2.0

/// A program whose outcome must not depend on how its interpreter came to be: started, forked from a zygote, or started ahead.
///
/// Each is a file of `Programs`: its first comment is the licence, then a title, then what else it needs, then its code. Those that
/// end in `.js` are for Node.js, the others for Python.
///
///     zygote: numpy, pandas        modules of the zygote; none: the bare interpreter
///     entry: app/prog.py           its name, main.py or main.js without
///     argument: text               one argument; repeated
///     environment: NAME=value      one more variable; repeated
///     stdin: a\nb                  or stdin-latin-1
///     file: path                   another file, whose lines follow as `| line`
///     collect: *.png               files that are compared
///     latin-1                      how the program itself is encoded
///     missing                      the program is not put into the sandbox; drivers only
///     engine only                  about which zygote is chosen, so a driver that is told one cannot show it
///     start: cold                  no zygote may be chosen for it
///     known: why | cold | warm     a known difference: this line of the output is another one when it is forked
public struct StartProgram: Sendable, CustomStringConvertible {
    /// A line of output that differs, and why that is accepted.
    public struct KnownDifference: Sendable, Hashable {
        public var reason: String
        public var cold: String
        public var warm: String
    }

    public enum Interpreter: Sendable, Hashable {
        case python
        case node

        /// What every program of a run finds in its environment.
        public var environment: [String: String] {
            let common = [
                "HOME": "/home/user", "LANG": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin", "TMPDIR": "/tmp",
                "USER": "user",
            ]
            switch self {
            case .node: return common
            case .python:
                let more = [
                    "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
                    "PYTHONDONTWRITEBYTECODE": "1",
                ]
                return common.merging(more) { _, new in new }
            }
        }
    }

    public let name: String
    public private(set) var title = ""
    /// In order.
    public private(set) var modules: [String] = []
    public let interpreter: Interpreter
    public private(set) var entry: String
    public private(set) var arguments: [String] = []
    public private(set) var environment: [String: String] = [:]
    public private(set) var stdin: [UInt8] = []
    /// With the program itself.
    public private(set) var files: [(path: String, content: [UInt8])] = []
    public private(set) var collect: [String] = []
    public private(set) var startsCold = false
    public private(set) var isMissing = false
    public private(set) var isForEngine = false
    public private(set) var known: [KnownDifference] = []

    public var description: String { name }

    /// The same, for a start that may not differ from a cold one in anything.
    public var strict: StartProgram {
        var copy = self
        copy.known = []
        return copy
    }

    /// What every Python program of a run finds in its environment.
    public static let environment = Interpreter.python.environment

    /// Those for Python.
    public static let all = Result { try programs(for: .python) }
    /// Those for Node.js.
    public static let node = Result { try programs(for: .node) }

    private static func programs(for interpreter: Interpreter) throws -> [StartProgram] {
        try EmbeddedResources.files.compactMap { path, text in
            guard path.hasSuffix(".js") == (interpreter == .node) else { return nil }
            let name = String(path.split(separator: "/").last?.dropLast(3) ?? "")
            return try StartProgram(name: name, interpreter: interpreter, text: text)
        }
    }

    init(name: String, interpreter: Interpreter, text: String) throws {
        self.name = name
        self.interpreter = interpreter
        entry = interpreter == .node ? "main.js" : "main.py"
        let mark = interpreter == .node ? "// " : "# "
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let header = lines.prefix { $0.hasPrefix(mark) }.map { $0.dropFirst(mark.count) }.dropFirst()
        title = header.first.map { String($0) } ?? ""
        var isLatin1 = false
        for line in header.dropFirst() {
            if line.hasPrefix("| ") {
                files[files.count - 1].content += Array((line.dropFirst(2) + "\n").utf8)
                continue
            }
            let key = String(line.prefix { $0 != ":" })
            var value = String(line.dropFirst(key.count + 1))
            if value.hasPrefix(" ") { value.removeFirst() }
            switch key {
            case "zygote": modules = value.split(separator: ",").map { String($0.drop { $0 == " " }) }
            case "entry": entry = value
            case "argument": arguments.append(value)
            case "environment":
                let name = value.prefix { $0 != "=" }
                environment[String(name)] = String(value.dropFirst(name.count + 1))
            case "stdin": stdin = Array(Self.unescaped(value).utf8)
            case "stdin-latin-1": stdin = Self.latin1(Self.unescaped(value))
            case "file": files.append((value, []))
            case "collect": collect.append(value)
            case "latin-1": isLatin1 = true
            case "missing": isMissing = true
            case "engine only": isForEngine = true
            case "start": startsCold = value == "cold"
            case "known":
                let parts = value.split(separator: " | ", omittingEmptySubsequences: false).map(String.init)
                guard parts.count == 3 else {
                    throw ConformanceFailure(description: "\(name): '\(line)' is not understood")
                }
                known.append(KnownDifference(reason: parts[0], cold: parts[1], warm: parts[2]))
            default: throw ConformanceFailure(description: "\(name): '\(line)' is not understood")
            }
        }
        if !isMissing { files.append((entry, isLatin1 ? Self.latin1(text) : Array(text.utf8))) }
    }

    private static func unescaped(_ text: String) -> String {
        text.split(separator: "\\n", omittingEmptySubsequences: false).joined(separator: "\n")
    }

    /// The programs of that kind hold nothing beyond U+00FF.
    private static func latin1(_ text: String) -> [UInt8] {
        text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }
}

/// What a program left, as far as it must be the same.
public struct StartOutcome: Sendable, Hashable {
    public var stdout: [UInt8]
    public var stderr: [UInt8]
    /// How it ended, in words.
    public var end: String
    public var files: [String: [UInt8]]

    public init(stdout: [UInt8], stderr: [UInt8], end: String, files: [String: [UInt8]]) {
        self.stdout = stdout
        self.stderr = stderr
        self.end = end
        self.files = files
    }

    /// What differs from a cold start, beyond what is known to; empty when nothing does. A known difference that is none any
    /// more differs too.
    public func differences(fromCold cold: StartOutcome, of program: StartProgram) -> [String] {
        var differences: [String] = []
        var expected = String(decoding: cold.stdout, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false
        )
        .map(String.init)
        for known in program.known {
            let places = expected.indices.filter { expected[$0] == known.cold }
            guard places.count == 1 else {
                differences.append("a cold start prints \(places.count) lines '\(known.cold)'")
                continue
            }
            expected[places[0]] = known.warm
        }
        let wanted = program.known.isEmpty ? cold.stdout : Array(expected.joined(separator: "\n").utf8)
        if wanted != stdout { differences.append(Self.compare("stdout", wanted, stdout)) }
        if cold.stderr != stderr { differences.append(Self.compare("stderr", cold.stderr, stderr)) }
        if cold.end != end { differences.append("ends: cold \(cold.end), otherwise \(end)") }
        for name in Set(cold.files.keys).union(files.keys).sorted() where cold.files[name] != files[name] {
            differences.append(
                "file \(name): cold \(cold.files[name]?.count ?? -1) bytes, otherwise \(files[name]?.count ?? -1)")
        }
        return differences.map { "\(program.name): \($0)" }
    }

    /// The first lines that are not the same.
    private static func compare(_ what: String, _ cold: [UInt8], _ other: [UInt8]) -> String {
        let old = String(decoding: cold, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let new = String(decoding: other, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        var text = "\(what):"
        var shown = 0
        for index in 0..<max(old.count, new.count) where shown < 5 {
            let (left, right) = (index < old.count ? old[index] : "(end)", index < new.count ? new[index] : "(end)")
            if left == right { continue }
            shown += 1
            text += "\n  cold:      \(left.prefix(1500))\n  otherwise: \(right.prefix(1500))"
        }
        return text
    }
}
