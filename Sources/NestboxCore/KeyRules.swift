// SPDX-License-Identifier: Apache-2.0

/// What holds for every run of one API key, beside what holds for all. Nothing in a request weakens it.
public struct KeyRules: Sendable, Hashable, Codable {
    /// What no run's text may say; a run is judged by this, by the server's policy and by its own.
    public var policy: CodePolicy?
    /// The most that a run may ask for, where that is less than the server's own; also what it gets at most without asking.
    public var limits: LimitsRequest
    /// The same for the compile stage.
    public var compileLimits: LimitsRequest

    /// Isolation drivers that its runs and computers may use; what they get without asking is the first. Nil for all, and the
    /// server's default.
    public var isolation: [String]?

    public init(
        policy: CodePolicy? = nil, limits: LimitsRequest = LimitsRequest(),
        compileLimits: LimitsRequest = LimitsRequest(), isolation: [String]? = nil
    ) {
        self.policy = policy
        self.limits = limits
        self.compileLimits = compileLimits
        self.isolation = isolation
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case policy, limits, isolation
        case compileLimits = "compile_limits"
    }

    /// Reads the fields as a request has them, as strictly.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        policy = try container.decodeIfPresent(CodePolicy.self, forKey: .policy)
        limits = try container.decodeIfPresent(LimitsRequest.self, forKey: .limits) ?? LimitsRequest()
        compileLimits = try container.decodeIfPresent(LimitsRequest.self, forKey: .compileLimits) ?? LimitsRequest()
        isolation = try container.decodeIfPresent([String].self, forKey: .isolation)
    }

    /// Whether it says anything that holds for runs alone.
    public var concernsRuns: Bool {
        policy?.isEmpty == false || limits != LimitsRequest() || compileLimits != LimitsRequest()
    }

    /// - Throws: ``RequestError`` for rules that say nothing, a name that is none, or a limit below the least one.
    public func validate() throws(RequestError) {
        guard concernsRuns || isolation != nil else {
            throw RequestError(.invalidField, "there are no rules; give policy, limits, compile_limits or isolation")
        }
        if let isolation {
            guard !isolation.isEmpty, Set(isolation).count == isolation.count, !isolation.contains("") else {
                throw RequestError(
                    .invalidField, "isolation must name one driver at least, and none twice", field: "isolation")
            }
        }
        try policy?.validate()
        var most = Limits.standard
        let fields: [WritableKeyPath<Limits, Int>] = [
            \.wallMilliseconds, \.cpuMilliseconds, \.memoryBytes, \.outputBytes, \.processes, \.diskBytes,
        ]
        for field in fields { most[keyPath: field] = .max }
        _ = try limits.resolved(defaults: most, maximum: most)
        _ = try compileLimits.resolved(defaults: most, maximum: most, field: "compile_limits")
    }
}

extension Limits {
    /// These, each at most what `bound` says of it.
    public func atMost(_ bound: LimitsRequest) -> Limits {
        var limits = self
        limits.wallMilliseconds = min(wallMilliseconds, bound.wallMilliseconds ?? .max)
        limits.cpuMilliseconds = min(cpuMilliseconds, bound.cpuMilliseconds ?? .max)
        limits.memoryBytes = min(memoryBytes, bound.memoryBytes ?? .max)
        limits.outputBytes = min(outputBytes, bound.outputBytes ?? .max)
        limits.processes = min(processes, bound.processes ?? .max)
        limits.diskBytes = min(diskBytes, bound.diskBytes ?? .max)
        return limits
    }
}

extension LimitsRequest {
    /// These, each at most what `bound` says of it; what is absent stays so.
    public func atMost(_ bound: LimitsRequest) -> LimitsRequest {
        func least(_ value: Int?, _ most: Int?) -> Int? { value.map { min($0, most ?? .max) } }
        return LimitsRequest(
            wallMilliseconds: least(wallMilliseconds, bound.wallMilliseconds),
            cpuMilliseconds: least(cpuMilliseconds, bound.cpuMilliseconds),
            memoryBytes: least(memoryBytes, bound.memoryBytes), outputBytes: least(outputBytes, bound.outputBytes),
            processes: least(processes, bound.processes), diskBytes: least(diskBytes, bound.diskBytes))
    }
}
