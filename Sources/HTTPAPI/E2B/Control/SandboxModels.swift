// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import NIOCore

/// What a client asks for in a new sandbox (section 2.2 of the wire). What is not named here is ignored.
struct NewSandbox: Decodable, Sendable {
    struct AutoResume: Decodable, Sendable {
        var enabled: Bool?
    }

    struct Mount: Decodable, Sendable {
        var name: String?
    }

    struct Identity: Decodable, Sendable {
        var tokens: [String: Ignored]?
    }

    /// Any value.
    struct Ignored: Decodable, Sendable {
        init(from decoder: any Decoder) {}
    }

    var templateID: String?
    var timeout: Double?
    var autoPause: Bool?
    var autoPauseMemory: Bool?
    var autoResume: AutoResume?
    // The one name in snake case.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    var allow_internet_access: Bool?
    var network: NetworkRequest?
    var metadata: [String: String]?
    var envVars: [String: String]?
    var iam: Identity?
    var volumeMounts: [Mount]?
    var secure: Bool?

    /// What of the metadata names an isolation driver: clients have no other word for it.
    static let isolationKey = "nestbox.isolation"
    private static let standardTimeout = 300.0
    /// Of the first version of the API.
    private static let oldTimeout = 15.0

    /// - Throws: ``E2BError`` 400 for what contradicts itself and for what cannot be honoured here.
    func request(
        owner: String, allowedIsolation: [String]? = nil, isV2: Bool
    ) throws(E2BError) -> ComputerRequest {
        guard let templateID, !templateID.isEmpty else { throw E2BError(.badRequest, "templateID is missing") }
        if iam?.tokens?.isEmpty == false {
            throw E2BError(.badRequest, "iam: workload identity is not available on this server")
        }
        if volumeMounts?.isEmpty == false {
            throw E2BError(.badRequest, "volumeMounts: volumes are not available on this server")
        }
        if autoPauseMemory == false {
            guard autoPause == true else { throw E2BError(.badRequest, "autoPauseMemory needs autoPause") }
            guard autoResume?.enabled != true else {
                throw E2BError(.badRequest, "autoPauseMemory: false and autoResume exclude each other")
            }
        }
        try network?.check()
        let allowsPublicTraffic = network?.allowPublicTraffic ?? true
        if !allowsPublicTraffic, !isV2, secure == false {
            throw E2BError(
                .badRequest,
                "You cannot create a sandbox without public access unless you enable secure envd access via 'secure' flag."
            )
        }
        let seconds = try Self.seconds(timeout ?? (isV2 ? Self.standardTimeout : Self.oldTimeout))
        guard seconds > 0 else { throw E2BError(.badRequest, "timeout must be at least 1 second") }
        return ComputerRequest(
            owner: owner, template: templateID, timeoutSeconds: seconds, environment: envVars ?? [:],
            metadata: metadata ?? [:], pausesAtTimeout: autoPause ?? false, pauseKeepsMemory: autoPauseMemory ?? true,
            resumesOnTraffic: autoResume?.enabled ?? false,
            allowsPublicTraffic: allowsPublicTraffic, wantsInternet: allow_internet_access ?? true,
            requestHost: network?.maskRequestHost.flatMap { $0.isEmpty ? nil : $0 },
            isolation: metadata?[Self.isolationKey], allowedIsolation: allowedIsolation)
    }

    /// Seconds of a time that a client sends.
    static func seconds(_ number: Double) throws(E2BError) -> Int {
        guard number.isFinite, abs(number) < 1e9 else { throw E2BError(.badRequest, "timeout is out of range") }
        return Int(number.rounded(.up))
    }
}

/// What a client wants of the network. There is none but a sandbox's own, so what asks for more is refused; what forbids is
/// fulfilled already.
struct NetworkRequest: Decodable, Sendable {
    var allowPublicTraffic: Bool?
    var allowOut: [String]?
    var denyOut: [String]?
    var dnsServers: [String]?
    var egressProxy: NewSandbox.Ignored?
    var maskRequestHost: String?
    var httpsPorts: [Int]?
    var rules: [String: NewSandbox.Ignored]?
    // The one name in snake case.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    var allow_internet_access: Bool?

    /// Reads and checks in one, apart from what waits: Swift 6.3.1 crashes when it optimizes an asynchronous function that
    /// holds this value.
    @inline(never)
    static func check(_ body: ByteBuffer) throws(E2BError) {
        let request = try ControlCall.decode(Self.self, body)
        try request.check()
        if request.maskRequestHost?.isEmpty == false {
            throw E2BError(.badRequest, "network.maskRequestHost can be chosen when a sandbox is made, and not changed")
        }
    }

    private static func isHost(_ text: String) -> Bool {
        text.utf8.count <= 253
            && text.replacing("${PORT}", with: "1").utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 48...57: true
                case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "_"): true
                default: false
                }
            }
    }

    /// - Throws: ``E2BError`` 400 that names what cannot be honoured.
    func check() throws(E2BError) {
        let refused: [(name: String, isAsked: Bool)] = [
            ("allowOut", allowOut?.isEmpty == false), ("dnsServers", dnsServers?.isEmpty == false),
            ("egressProxy", egressProxy != nil), ("rules", rules?.isEmpty == false),
        ]
        for (name, isAsked) in refused where isAsked {
            throw E2BError(
                .badRequest,
                "network.\(name) cannot be honoured: sandboxes on this server have no way out to the internet")
        }
        if httpsPorts?.isEmpty == false {
            throw E2BError(
                .badRequest, "network.httpsPorts is not available: servers inside are reached by HTTP without TLS")
        }
        if let maskRequestHost, !Self.isHost(maskRequestHost) {
            throw E2BError(
                .badRequest, "network.maskRequestHost is no host name: letters, digits, '.', '-', ':' and ${PORT}")
        }
    }
}

/// A sandbox as create, connect, resume and fork answer.
struct SandboxAnswer: Encodable, Sendable {
    static let envdVersion = "0.6.13"
    static let clientID = "nestbox"

    var templateID: String
    var sandboxID: String
    var clientID = Self.clientID
    var envdVersion = Self.envdVersion
    var alias: String
    var envdAccessToken: String
    var trafficAccessToken: String?
    var domain: String?

    init(_ info: ComputerInfo, domain: String?) {
        templateID = info.templateID
        sandboxID = info.id
        alias = info.request.template
        envdAccessToken = info.accessToken
        trafficAccessToken = info.trafficToken
        self.domain = domain
    }

    enum CodingKeys: CodingKey {
        case templateID, sandboxID, clientID, envdVersion, alias, envdAccessToken, trafficAccessToken, domain
    }

    /// Clients tell what is null from what is missing.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(templateID, forKey: .templateID)
        try container.encode(sandboxID, forKey: .sandboxID)
        try container.encode(clientID, forKey: .clientID)
        try container.encode(envdVersion, forKey: .envdVersion)
        try container.encode(alias, forKey: .alias)
        try container.encode(envdAccessToken, forKey: .envdAccessToken)
        try container.encode(trafficAccessToken, forKey: .trafficAccessToken)
        try container.encode(domain, forKey: .domain)
    }
}

/// A sandbox as lists show it, and with more when one is asked for.
struct SandboxDetail: Encodable, Sendable {
    struct Network: Encodable, Sendable {
        var allowPublicTraffic: Bool
        var maskRequestHost: String?
    }

    struct Lifecycle: Encodable, Sendable {
        var autoResume: Bool
        var onTimeout: String
    }

    var templateID: String
    var sandboxID: String
    var clientID = SandboxAnswer.clientID
    var alias: String
    var startedAt: String
    var endAt: String
    var cpuCount: Int
    var memoryMB: Int
    var diskSizeMB: Int
    var state: String
    var envdVersion = SandboxAnswer.envdVersion
    var metadata: [String: String]
    // Of one sandbox only.
    var envdAccessToken: String?
    var allowInternetAccess: Bool?
    var domain: String?
    var network: Network?
    var lifecycle: Lifecycle?
    var pauseMode: String?

    init(listed info: ComputerInfo) {
        templateID = info.templateID
        sandboxID = info.id
        alias = info.request.template
        startedAt = Timestamp.text(info.started)
        endAt = Timestamp.text(info.ends)
        cpuCount = info.processors
        memoryMB = info.memoryBytes >> 20
        diskSizeMB = info.diskBytes >> 20
        state = info.state.rawValue
        metadata = info.request.metadata
    }

    init(_ info: ComputerInfo, domain: String?) {
        self.init(listed: info)
        envdAccessToken = info.accessToken
        // Whatever was asked for: there is no way out.
        allowInternetAccess = false
        self.domain = domain
        network = Network(
            allowPublicTraffic: info.request.allowsPublicTraffic, maskRequestHost: info.request.requestHost)
        lifecycle = Lifecycle(
            autoResume: info.request.resumesOnTraffic, onTimeout: info.request.pausesAtTimeout ? "pause" : "kill")
        if info.state == .paused { pauseMode = info.keepsMemory ? "full" : "filesystem" }
    }
}
