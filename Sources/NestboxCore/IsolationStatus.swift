// SPDX-License-Identifier: Apache-2.0

/// What one isolation driver can do on this machine, as `nestbox doctor` and `GET /v1/capabilities` tell it.
public struct DriverStatus: Sendable, Hashable, Codable {
    public struct Finding: Sendable, Hashable, Codable {
        public enum Level: String, Sendable, Codable {
            /// Present and used.
            case ok
            /// Absent; something is weaker or missing, and `detail` says what.
            case missing
            /// The driver cannot work without it.
            case fatal
        }

        public var name: String
        public var level: Level
        public var detail: String
        /// What to do about it; nil when nothing needs doing.
        public var remedy: String?

        public init(name: String, level: Level, detail: String, remedy: String? = nil) {
            self.name = name
            self.level = level
            self.detail = detail
            self.remedy = remedy
        }
    }

    public var driver: String
    public var available: Bool
    public var limitsEnforcedBy: String
    /// Nil when the driver is not available.
    public var enforcement: LimitEnforcement?
    /// Nil when the driver is not available.
    public var properties: DriverProperties?
    public var findings: [Finding]

    public init(
        driver: String, available: Bool, limitsEnforcedBy: String, enforcement: LimitEnforcement? = nil,
        properties: DriverProperties? = nil, findings: [Finding]
    ) {
        self.driver = driver
        self.available = available
        self.limitsEnforcedBy = limitsEnforcedBy
        self.enforcement = enforcement
        self.properties = properties
        self.findings = findings
    }

    enum CodingKeys: String, CodingKey {
        case driver, available, enforcement, properties, findings
        case limitsEnforcedBy = "limits_enforced_by"
    }
}

/// An event of a streamed run (`Accept: application/x-ndjson`), and what the command line prints live.
public enum RunEvent: Sendable, Hashable {
    /// A code block of a `markdown` request begins; the events up to the next one are its own. `line` is as in
    /// ``MarkdownReport/Block/line``.
    case block(language: String, line: Int)
    /// Output of the run stage, or of the compile stage when `compile` is true, as it arrives.
    case stdout([UInt8], compile: Bool)
    case stderr([UInt8], compile: Bool)
    /// The program of one stage ended.
    case result(verdict: Verdict, exitCode: Int?, signal: String?, compile: Bool)
    /// The final report; always the last event.
    case report(RunResult)
}
