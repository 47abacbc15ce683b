// SPDX-License-Identifier: Apache-2.0

/// The caller asked for something that cannot be done as asked. Nothing ran and nothing stays behind.
///
/// `message` says in one sentence what was wrong and what would be right; `code` is stable and machine-readable.
public struct RequestError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        case invalidJSON = "invalid_json"
        case invalidField = "invalid_field"
        case unknownField = "unknown_field"
        case missingCode = "missing_code"
        case conflictingFields = "conflicting_fields"
        case unknownLanguage = "unknown_language"
        case languageUnavailable = "language_unavailable"
        case unsupportedVersion = "unsupported_version"
        case ambiguousLanguage = "ambiguous_language"
        case invalidLimit = "invalid_limit"
        case invalidPath = "invalid_path"
        case invalidEnvironment = "invalid_environment"
        case invalidArgument = "invalid_argument"
        case invalidPattern = "invalid_pattern"
        case noCodeBlocks = "no_code_blocks"
        case tooManyBlocks = "too_many_blocks"
        case unknownIsolation = "unknown_isolation"
        case isolationUnavailable = "isolation_unavailable"
        case isolationNotAllowed = "isolation_not_allowed"
        case unknownTemplate = "unknown_template"
        case unsupportedDeterminism = "unsupported_determinism"
        case batchesUnavailable = "batches_unavailable"
        case policyUnsupported = "policy_unsupported"
        case policyUnavailable = "policy_unavailable"
        case unsupportedMediaType = "unsupported_media_type"
        case payloadTooLarge = "payload_too_large"
        case requestTimeout = "request_timeout"
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case unauthorized
        case forbiddenOrigin = "forbidden_origin"
        case queueFull = "queue_full"
        case shuttingDown = "shutting_down"
        case invalidConfiguration = "invalid_configuration"
    }

    /// A language that code may be written in.
    public struct Candidate: Sendable, Hashable, Codable {
        public var name: String
        /// Share of the evidence, 0 to 1 with three decimals.
        public var confidence: Double

        public init(name: String, confidence: Double) {
            self.name = name
            self.confidence = confidence
        }
    }

    public let code: Code
    public let message: String
    /// Dotted path of the field in the request, when one field is to blame.
    public let field: String?
    /// The likeliest languages first, when the content did not tell the language; otherwise empty.
    public let candidates: [Candidate]

    public init(_ code: Code, _ message: String, field: String? = nil, candidates: [Candidate] = []) {
        self.code = code
        self.message = message
        self.field = field
        self.candidates = candidates
    }

    public var description: String { "\(message) (\(code.rawValue))" }
}
