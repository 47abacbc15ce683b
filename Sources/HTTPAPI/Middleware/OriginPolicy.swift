// SPDX-License-Identifier: Apache-2.0
import NestboxCore

/// Which `Host` and `Origin` fields are accepted.
struct OriginPolicy: Sendable {
    private let allowedHosts: Set<String>
    private let allowedOrigins: Set<String>
    private let listen: ListenAddress

    init(_ configuration: ServerConfiguration) {
        var hosts = configuration.allowedHosts
        // Named hosts are a promise that there are no others, so a domain alone is none.
        if let domain = configuration.e2bDomain, configuration.listen.isLoopback || !hosts.isEmpty {
            let name = Self.hostName(domain)
            hosts += [name, "api.\(name)"]
        }
        allowedHosts = Set(hosts.map { $0.lowercased() })
        allowedOrigins = Set(configuration.allowedOrigins.map { $0.lowercased() })
        listen = configuration.listen
    }

    /// Refuses a name that is not this server's. A page of `evil.example` that makes its own name point here would
    /// otherwise be of the same origin as this server.
    ///
    /// A Unix socket is out of reach for browsers, and an address that is not loopback has keys; there any name is
    /// right unless names were configured.
    func checkHost(_ authority: String?) throws(RequestError) {
        guard case .tcp = listen, listen.isLoopback || !allowedHosts.isEmpty else { return }
        let host = Self.hostName(authority ?? "")
        if ListenAddress.isLoopback(host: host) || allowedHosts.contains(host) { return }
        throw RequestError(
            .forbiddenOrigin,
            "the Host '\(host.prefix(100))' is not served; use localhost or 127.0.0.1, or add it to allowed_hosts")
    }

    func checkOrigin(_ origin: String, host: String?) throws(RequestError) {
        let origin = origin.lowercased()
        if allowedOrigins.contains(origin) { return }
        if let host = host?.lowercased(), origin == "http://\(host)" || origin == "https://\(host)" { return }
        throw RequestError(
            .forbiddenOrigin, "web pages of '\(origin.prefix(100))' may not call; add it to allowed_origins to let them"
        )
    }

    /// Whether a page of an accepted origin is of another site, so that its browser wants to hear that it may.
    func isForeign(_ origin: String) -> Bool { allowedOrigins.contains(origin.lowercased()) }

    /// The host of `HOST`, `HOST:PORT` or `[IPV6]:PORT`, in lower case and without a final dot.
    private static func hostName(_ authority: String) -> String {
        var host = Substring(authority.lowercased())
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            return String(host[host.index(after: host.startIndex)..<end])
        }
        if let colon = host.lastIndex(of: ":") { host = host[..<colon] }
        if host.hasSuffix(".") { host = host.dropLast() }
        return String(host)
    }
}
