// SPDX-License-Identifier: Apache-2.0
import NestboxCore

/// What stands in the place of the placeholders of a command.
///
/// | placeholder | value |
/// |---|---|
/// | `{source}` | the file to run, relative to the working directory |
/// | `{sources}` | one argument for each source file of the language; only as an argument of its own |
/// | `{source_directory}` | the directory of `{source}`: `.` or `./NAME` |
/// | `{directory}` | an empty directory outside the working directory for what the compiler makes |
/// | `{executable}` | a file in `{directory}` |
/// | `{main_class}` | the Java class to start, with its package |
/// | `{memory_mib}` | the memory limit of the run stage in MiB |
public struct CommandValues: Sendable, Hashable {
    /// Relative to the working directory. A name that begins with `-` is given to programs as `./-name`.
    public var source: String
    public var sources: [String]
    public var directory: String
    public var executable: String
    public var mainClass: String
    public var memoryMebibytes: Int

    /// - Parameter executable: nil means `program` in `directory`.
    public init(
        source: String, sources: [String]? = nil, directory: String, executable: String? = nil,
        mainClass: String = "Main", memoryMebibytes: Int
    ) {
        self.source = source
        self.sources = sources ?? [source]
        self.directory = directory
        self.executable = executable ?? "\(directory)/program"
        self.mainClass = mainClass
        self.memoryMebibytes = memoryMebibytes
    }

    static let placeholders: Set<String> = [
        "source", "sources", "source_directory", "directory", "executable", "main_class", "memory_mib",
    ]

    /// Value of a placeholder other than `sources`; nil when there is no such placeholder.
    func value(of placeholder: Substring) -> String? {
        switch placeholder {
        case "source": return Self.argument(source)
        case "source_directory":
            let parts = PathText.components(of: source).dropLast()
            return parts.isEmpty ? "." : "./" + parts.joined(separator: "/")
        case "directory": return directory
        case "executable": return executable
        case "main_class": return mainClass
        case "memory_mib": return String(memoryMebibytes)
        default: return nil
        }
    }

    /// A path that no program can take for an option.
    static func argument(_ path: String) -> String { path.utf8.first == UInt8(ascii: "-") ? "./" + path : path }
}

extension LanguagePack.Command {
    /// The argument vector: every placeholder replaced, once; values are never looked at for placeholders again.
    public func argv(_ values: CommandValues) -> [String] {
        arguments.flatMap { argument in
            argument == "{sources}" ? values.sources.map(CommandValues.argument) : [Self.expand(argument, values)]
        }
    }

    /// The variables the toolchain needs, placeholders replaced.
    public func variables(_ values: CommandValues) -> [String: String] {
        environment.mapValues { Self.expand($0, values) }
    }

    /// Name of a placeholder that does not exist, or of `sources` within a longer argument; nil when all is well.
    var unknownPlaceholder: String? {
        for argument in arguments where argument != "{sources}" {
            if let name = Self.unknownPlaceholder(in: argument) { return name }
        }
        for value in environment.values.sorted() {
            if let name = Self.unknownPlaceholder(in: value) { return name }
        }
        return nil
    }

    private static func unknownPlaceholder(in template: String) -> String? {
        for case .placeholder(let name) in pieces(of: template)
        where name == "sources" || !CommandValues.placeholders.contains(String(name)) {
            return String(name)
        }
        return nil
    }

    private static func expand(_ template: String, _ values: CommandValues) -> String {
        guard template.utf8.contains(UInt8(ascii: "{")) else { return template }
        return pieces(of: template).map { piece in
            switch piece {
            case .text(let text): String(text)
            case .placeholder(let name): values.value(of: name) ?? "{\(name)}"
            }
        }.joined()
    }

    private enum Piece {
        case text(Substring)
        case placeholder(Substring)
    }

    /// A placeholder is a word of small letters and `_` in braces; other braces are text.
    private static func pieces(of template: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = template[...]
        while let open = rest.firstIndex(of: "{") {
            let inner = rest[rest.index(after: open)...]
            let name = inner.prefix { ("a"..."z").contains($0) || $0 == "_" }
            if !name.isEmpty, name.endIndex < inner.endIndex, inner[name.endIndex] == "}" {
                if open > rest.startIndex { pieces.append(.text(rest[..<open])) }
                pieces.append(.placeholder(name))
                rest = inner[inner.index(after: name.endIndex)...]
            } else {
                pieces.append(.text(rest[...open]))
                rest = inner
            }
        }
        if !rest.isEmpty { pieces.append(.text(rest)) }
        return pieces
    }
}
