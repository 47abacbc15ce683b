// SPDX-License-Identifier: Apache-2.0
public import Isolation
public import NestboxCore

/// Which isolation driver something gets: what the request names, else what its template has, else what its API key has, else the
/// server's default; never one that the key does not allow, and never a weaker one than was asked for.
public struct IsolationRules: Sendable {
    /// Those that work here.
    public let drivers: [String: any IsolationDriver]
    /// Drivers that exist but cannot work here, with the reason.
    public let unavailable: [String: String]
    /// What is used when nobody says anything.
    public let standard: String
    /// Driver of a template, by the template's name.
    public let templates: [String: String]

    public init(
        drivers: [String: any IsolationDriver], unavailable: [String: String], standard: String,
        templates: [String: String] = [:]
    ) {
        self.drivers = drivers
        self.unavailable = unavailable
        self.standard = standard
        self.templates = templates
    }

    /// - Parameters:
    ///   - asked: What a request names: a driver, or `strongest`.
    ///   - allowed: What the API key may use, its default first; nil for everything.
    /// - Throws: ``RequestError`` `unknown_isolation`, `isolation_unavailable` with what is missing, `isolation_not_allowed`.
    public func driver(
        asked: String?, template: String, allowed: [String]? = nil
    ) throws(RequestError) -> any IsolationDriver {
        let name = asked ?? templates[template] ?? allowed?.first ?? standard
        let usable = allowed.map { allowed in drivers.keys.filter(allowed.contains) } ?? Array(drivers.keys)
        guard let wanted = StrongestIsolation.driver(for: name, among: usable) else {
            let reasons = unavailable.filter { allowed?.contains($0.key) ?? true }
                .sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
            throw Self.refused(
                .isolationUnavailable,
                "no isolation driver \(allowed == nil ? "" : "that this API key may use ")is available on this machine: "
                    + reasons.joined(separator: "; "))
        }
        if let allowed, !allowed.contains(wanted) {
            throw Self.refused(
                .isolationNotAllowed,
                "this API key may not use isolation '\(wanted)'; it may use \(allowed.joined(separator: ", "))")
        }
        if let driver = drivers[wanted] { return driver }
        if let reason = unavailable[wanted] {
            throw Self.refused(
                .isolationUnavailable, "isolation '\(wanted)' is not available on this machine: \(reason)")
        }
        let known = (Array(drivers.keys) + unavailable.keys).sorted().joined(separator: ", ")
        throw Self.refused(.unknownIsolation, "there is no isolation '\(wanted)'; known: \(known)")
    }

    private static func refused(_ code: RequestError.Code, _ message: String) -> RequestError {
        RequestError(code, message, field: "isolation")
    }
}
