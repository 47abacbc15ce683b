// SPDX-License-Identifier: Apache-2.0
public import NestboxCore

/// What holds of an answer beside its problem: what its caller may, and where it runs.
public struct JudgeTerms: Sendable {
    public var limits: LimitsRequest
    public var compileLimits: LimitsRequest?
    /// Of the submission's text; server's and key's policies are over the tests, too.
    var policy: CodePolicy?
    /// What holds for the caller's key.
    public var keyRules: KeyRules?
    var deterministic: Determinism?
    var isolation: String?
    var template: String?

    public init(
        limits: LimitsRequest = LimitsRequest(), compileLimits: LimitsRequest? = nil, keyRules: KeyRules? = nil
    ) {
        self.limits = limits
        self.compileLimits = compileLimits
        self.keyRules = keyRules
    }
}
