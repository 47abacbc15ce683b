// SPDX-License-Identifier: Apache-2.0
import HTTPAPI
import NestboxCore
import Testing

@Suite struct ServerConfigurationTests {
    @Test func theStandardOneIsValid() throws {
        let configuration = ServerConfiguration()
        try configuration.validate()
        #expect(configuration.listen == .tcp(host: "127.0.0.1", port: 8686))
        #expect(configuration.maximumBodyBytes == 67_108_864)
    }

    @Test func anAddressForOthersNeedsAKey() throws {
        var configuration = ServerConfiguration(listen: .tcp(host: "0.0.0.0", port: 8686))
        let error = #expect(throws: RequestError.self) { try configuration.validate() }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains("API key") == true)
        configuration.apiKeys = ["0123456789abcdef"]
        try configuration.validate()
    }

    static let faults: [(String, @Sendable (inout ServerConfiguration) -> Void)] = [
        ("api_keys", { $0.apiKeys = ["short"] }),
        ("api_keys", { $0.apiKeys = [""] }),
        ("api_keys", { $0.apiKeys = ["0123456789 abcdef"] }),
        ("allowed_origins", { $0.allowedOrigins = ["example.org"] }),
        ("allowed_origins", { $0.allowedOrigins = ["https://example.org/"] }),
        ("allowed_origins", { $0.allowedOrigins = ["*"] }),
        ("allowed_hosts", { $0.allowedHosts = [""] }),
        ("allowed_hosts", { $0.allowedHosts = ["http://example.org"] }),
        ("maximum_body_bytes", { $0.maximumBodyBytes = 0 }),
        ("maximum_buffered_bytes", { $0.maximumBufferedBytes = 1 }),
        ("maximum_header_bytes", { $0.maximumHeaderBytes = 0 }),
        ("maximum_header_fields", { $0.maximumHeaderFields = -1 }),
        ("maximum_connections", { $0.maximumConnections = 0 }),
        ("header_timeout", { $0.headerTimeout = .zero }),
        ("body_timeout", { $0.bodyTimeout = .seconds(-1) }),
        ("idle_timeout", { $0.idleTimeout = .zero }),
        ("drain_time", { $0.drainTime = .seconds(-1) }),
    ]

    @Test(arguments: faults.indices)
    func refusesAndNamesTheSetting(index: Int) throws {
        let (field, change) = Self.faults[index]
        var configuration = ServerConfiguration()
        change(&configuration)
        let error = #expect(throws: RequestError.self) { try configuration.validate() }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.field == field)
    }
}
