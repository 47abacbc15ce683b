// SPDX-License-Identifier: Apache-2.0
public import NestboxCore

/// How the HTTP server listens, whom it serves and what it puts up with.
public struct ServerConfiguration: Sendable, Hashable {
    public var listen: ListenAddress
    /// Keys that clients may show; empty means that none is needed, which is refused unless `listen` is loopback.
    public var apiKeys: [String]
    /// By key, what holds for those that have rules of their own. Such a key makes no computers, which have no rules.
    public var keyRules: [String: KeyRules] = [:]
    /// Values of the `Host` header, without port, that are accepted besides loopback ones. On an address that is not
    /// loopback every host is accepted while this is empty.
    public var allowedHosts: [String]
    /// Origins of web pages that may call, such as `https://example.org`; the server's own is always allowed.
    public var allowedOrigins: [String]
    /// Most bytes of one request's body.
    public var maximumBodyBytes: Int
    /// Most bytes of request bodies that are held at one time, over all connections, from arrival to the end of their run.
    public var maximumBufferedBytes: Int
    /// Most bytes of one request's header, and of its request line.
    public var maximumHeaderBytes: Int
    public var maximumHeaderFields: Int
    /// From the first byte of a request to the end of its header.
    public var headerTimeout: Duration
    /// From the end of a request's header to the end of its body.
    public var bodyTimeout: Duration
    /// How long a connection may lie between two requests, and how long a response may wait for its reader to take any.
    public var idleTimeout: Duration
    /// Open connections; beyond it the connection that has been idle longest is closed for a new one.
    public var maximumConnections: Int
    /// How long a graceful shutdown waits for runs before it cancels them.
    public var drainTime: Duration
    /// Domain under which E2B's clients reach this server (`api.DOMAIN`, `PORT-ID.DOMAIN`), perhaps with a port; it is told
    /// them with every sandbox. Nil: they keep to what they were configured with.
    public var e2bDomain: String?
    /// Data sets of tasks, each `NAME=PATH` of a file with one JSON object a line; loaded when the server is made.
    public var datasets: [String]

    public init(
        listen: ListenAddress = .standard, apiKeys: [String] = [], allowedHosts: [String] = [],
        allowedOrigins: [String] = [], maximumBodyBytes: Int = 64 << 20, maximumBufferedBytes: Int = 512 << 20,
        maximumHeaderBytes: Int = 32 << 10, maximumHeaderFields: Int = 100, headerTimeout: Duration = .seconds(10),
        bodyTimeout: Duration = .seconds(30), idleTimeout: Duration = .seconds(60), maximumConnections: Int = 1024,
        drainTime: Duration = .seconds(30), e2bDomain: String? = nil, datasets: [String] = []
    ) {
        self.listen = listen
        self.apiKeys = apiKeys
        self.allowedHosts = allowedHosts
        self.allowedOrigins = allowedOrigins
        self.maximumBodyBytes = maximumBodyBytes
        self.maximumBufferedBytes = maximumBufferedBytes
        self.maximumHeaderBytes = maximumHeaderBytes
        self.maximumHeaderFields = maximumHeaderFields
        self.headerTimeout = headerTimeout
        self.bodyTimeout = bodyTimeout
        self.idleTimeout = idleTimeout
        self.maximumConnections = maximumConnections
        self.drainTime = drainTime
        self.e2bDomain = e2bDomain
        self.datasets = datasets
    }

    /// Shortest key that is accepted; anything shorter can be guessed.
    public static let shortestKey = 16

    /// Checks what cannot be served safely.
    ///
    /// - Throws: ``RequestError`` `invalid_configuration` naming the setting.
    public func validate() throws(RequestError) {
        if !listen.isLoopback, apiKeys.isEmpty {
            throw Self.refusal(
                "listen",
                "\(listen) can be reached from other machines, so it needs an API key; set one or listen on 127.0.0.1")
        }
        for key in apiKeys {
            guard key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw Self.refusal("api_keys", "an API key has characters other than visible ASCII")
            }
            guard key.utf8.count >= Self.shortestKey else {
                throw Self.refusal(
                    "api_keys", "an API key has \(key.utf8.count) characters; it needs at least \(Self.shortestKey)")
            }
        }
        for origin in allowedOrigins where !Self.isOrigin(origin) {
            throw Self.refusal(
                "allowed_origins", "'\(origin)' is no origin; write scheme and host only, such as https://example.org")
        }
        for host in allowedHosts where host.isEmpty || host.contains(where: { $0 == "/" || $0.isWhitespace }) {
            throw Self.refusal("allowed_hosts", "'\(host)' is no host name")
        }
        if let e2bDomain, e2bDomain.isEmpty || e2bDomain.contains(where: { $0 == "/" || $0.isWhitespace }) {
            throw Self.refusal("e2b_domain", "'\(e2bDomain)' is no domain; write a name such as sandboxes.example.org")
        }
        for (name, value) in [
            ("maximum_body_bytes", maximumBodyBytes), ("maximum_buffered_bytes", maximumBufferedBytes),
            ("maximum_header_bytes", maximumHeaderBytes), ("maximum_header_fields", maximumHeaderFields),
            ("maximum_connections", maximumConnections),
        ] where value < 1 {
            throw Self.refusal(name, "\(name) is \(value); it must be at least 1")
        }
        if maximumBufferedBytes < maximumBodyBytes {
            throw Self.refusal(
                "maximum_buffered_bytes",
                "maximum_buffered_bytes (\(maximumBufferedBytes)) is less than maximum_body_bytes (\(maximumBodyBytes))"
            )
        }
        for (name, value) in [
            ("header_timeout", headerTimeout), ("body_timeout", bodyTimeout), ("idle_timeout", idleTimeout),
        ] where value <= .zero {
            throw Self.refusal(name, "\(name) must be more than 0")
        }
        if drainTime < .zero { throw Self.refusal("drain_time", "drain_time must not be negative") }
    }

    private static func isOrigin(_ text: String) -> Bool {
        for scheme in ["http://", "https://"] where text.hasPrefix(scheme) {
            let rest = text.dropFirst(scheme.count)
            return !rest.isEmpty && !rest.contains { "/?#@ *".contains($0) }
        }
        return false
    }

    private static func refusal(_ field: String, _ message: String) -> RequestError {
        RequestError(.invalidConfiguration, message, field: field)
    }
}
