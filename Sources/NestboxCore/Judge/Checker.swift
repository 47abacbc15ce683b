// SPDX-License-Identifier: Apache-2.0

/// How the output of a case is compared with what was expected. JSON: an object whose `type` names the kind, or the name alone
/// where a kind has no settings (`"tokens"`).
public enum Checker: Sendable, Hashable {
    /// Byte for byte.
    case exact
    /// The words between white space, in order.
    case tokens
    /// Line for line; white space at the end of each line and empty lines at the end do not count.
    case lines
    /// Words; two that are numbers may differ as far as the tolerance allows.
    case float(Tolerance)
    /// The whole output, without white space at its end, matches the expression.
    case regex(pattern: String)
    /// A program decides.
    case program(CheckerProgram)
    /// A program talks to the submission and decides.
    case interactive(CheckerProgram)

    /// Two numbers are equal when they differ by at most `absolute`, or by at most `relative` times the expected one.
    public struct Tolerance: Sendable, Hashable {
        /// At least 0.
        public var absolute: Double
        /// At least 0.
        public var relative: Double

        public init(absolute: Double = 0, relative: Double = 0) {
            self.absolute = absolute
            self.relative = relative
        }
    }

    /// What a case without a checker gets.
    public static let standard = Checker.lines

    /// The value of `type` in JSON.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case exact, tokens, lines, float, regex, program, interactive
    }

    public var kind: Kind {
        switch self {
        case .exact: .exact
        case .tokens: .tokens
        case .lines: .lines
        case .float: .float
        case .regex: .regex
        case .program: .program
        case .interactive: .interactive
        }
    }

    /// Whether a case needs `expected` for it. A program may do without, and an expression is itself what is expected.
    public var needsExpected: Bool {
        switch self {
        case .exact, .tokens, .lines, .float: true
        case .regex, .program, .interactive: false
        }
    }
}

/// A program that decides about outputs, written like those of testlib. It runs in a sandbox of its own.
///
/// A checker is called with the paths of three files: the case's input, the submission's output, the expected output. It says
/// what it found by its exit code: 0 accepted, 1 wrong, 2 presentation error (wrong as well), 3 its own failure, 7 a part of
/// the points, whose share from 0 to 1 stands first in its standard error (`points 0.5`). What it writes to standard error is
/// the message. Anything else is the checker's failure.
public struct CheckerProgram: Sendable, Hashable, Codable {
    /// Source text; exactly one of this and files with an entrypoint.
    public var code: String?
    public var files: [FileInput]
    public var entrypoint: String?
    public var language: String?
    public var limits: LimitsRequest

    public init(
        code: String? = nil, files: [FileInput] = [], entrypoint: String? = nil, language: String? = nil,
        limits: LimitsRequest = LimitsRequest()
    ) {
        self.code = code
        self.files = files
        self.entrypoint = entrypoint
        self.language = language
        self.limits = limits
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case code, files, entrypoint, language, limits
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        code = try container.decodeIfPresent(String.self, forKey: .code)
        files = try container.decodeIfPresent([FileInput].self, forKey: .files) ?? []
        entrypoint = try container.decodeIfPresent(String.self, forKey: .entrypoint)
        language = try container.decodeIfPresent(String.self, forKey: .language)
        limits = try container.decodeIfPresent(LimitsRequest.self, forKey: .limits) ?? LimitsRequest()
    }

    /// The request that compiles and runs it.
    public var request: RunRequest {
        RunRequest(code: code, files: files, entrypoint: entrypoint, language: language, limits: limits)
    }
}

extension Checker: Codable {
    private enum TypeKey: String, CodingKey { case type }
    private enum PlainKeys: String, CodingKey, CaseIterable { case type }
    private enum FloatKeys: String, CodingKey, CaseIterable { case type, absolute, relative }
    private enum RegexKeys: String, CodingKey, CaseIterable { case type, pattern }
    private enum ProgramKeys: String, CodingKey, CaseIterable { case type, program }

    public init(from decoder: any Decoder) throws {
        if let name = try? decoder.singleValueContainer().decode(String.self) {
            self = try Self.plain(Self.kind(name, decoder), decoder)
            return
        }
        let name = try decoder.container(keyedBy: TypeKey.self).decode(String.self, forKey: .type)
        let kind = try Self.kind(name, decoder)
        switch kind {
        case .exact, .tokens, .lines:
            try decoder.refuseUnknownKeys(PlainKeys.self)
            self = try Self.plain(kind, decoder)
        case .float:
            try decoder.refuseUnknownKeys(FloatKeys.self)
            let container = try decoder.container(keyedBy: FloatKeys.self)
            let absolute = try container.decodeIfPresent(Double.self, forKey: .absolute)
            let relative = try container.decodeIfPresent(Double.self, forKey: .relative)
            guard absolute != nil || relative != nil else {
                throw decoder.invalid("needs a tolerance: give absolute, relative or both")
            }
            for value in [absolute, relative].compactMap(\.self) where !(value >= 0 && value.isFinite) {
                throw decoder.invalid("has the tolerance \(value); it must be a number from 0 on")
            }
            self = .float(Tolerance(absolute: absolute ?? 0, relative: relative ?? 0))
        case .regex:
            try decoder.refuseUnknownKeys(RegexKeys.self)
            self = .regex(
                pattern: try decoder.container(keyedBy: RegexKeys.self).decode(String.self, forKey: .pattern))
        case .program, .interactive:
            try decoder.refuseUnknownKeys(ProgramKeys.self)
            let program = try decoder.container(keyedBy: ProgramKeys.self).decode(
                CheckerProgram.self, forKey: .program)
            self = kind == .program ? .program(program) : .interactive(program)
        }
    }

    private static func kind(_ name: String, _ decoder: any Decoder) throws -> Kind {
        guard let kind = Kind(rawValue: name) else {
            throw decoder.invalid(
                "is '\(name.prefix(40))'; known: \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return kind
    }

    private static func plain(_ kind: Kind, _ decoder: any Decoder) throws -> Checker {
        switch kind {
        case .exact: .exact
        case .tokens: .tokens
        case .lines: .lines
        default: throw decoder.invalid("of type '\(kind.rawValue)' needs settings; write it as an object")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: TypeKey.self)
        try container.encode(kind.rawValue, forKey: .type)
        switch self {
        case .exact, .tokens, .lines: break
        case .float(let tolerance):
            var container = encoder.container(keyedBy: FloatKeys.self)
            try container.encode(tolerance.absolute, forKey: .absolute)
            try container.encode(tolerance.relative, forKey: .relative)
        case .regex(let pattern):
            var container = encoder.container(keyedBy: RegexKeys.self)
            try container.encode(pattern, forKey: .pattern)
        case .program(let program), .interactive(let program):
            var container = encoder.container(keyedBy: ProgramKeys.self)
            try container.encode(program, forKey: .program)
        }
    }
}

extension Decoder {
    /// The dotted path of what is being decoded, such as `submissions.17.problem.cases.3`.
    var fieldPath: String {
        codingPath.map { step in step.intValue.map(String.init) ?? step.stringValue }.joined(separator: ".")
    }

    /// `message` follows the path of what is being decoded.
    func invalid(_ message: String) -> RequestError {
        let path = fieldPath
        return RequestError(.invalidField, "\(path.isEmpty ? "the body" : path) \(message)", field: path)
    }
}
