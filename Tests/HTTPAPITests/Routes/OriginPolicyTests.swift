// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NestboxCore
import Testing

@testable import HTTPAPI

@Suite struct OriginPolicyTests {
    private func policy(
        _ listen: String = "127.0.0.1:8686", hosts: [String] = [], origins: [String] = []
    ) throws -> OriginPolicy {
        OriginPolicy(
            ServerConfiguration(
                listen: try ListenAddress(parsing: listen), allowedHosts: hosts, allowedOrigins: origins))
    }

    private func accepts(_ policy: OriginPolicy, host: String?) -> Bool {
        (try? policy.checkHost(host)) != nil
    }

    @Test(arguments: [
        ("localhost", true), ("localhost:8686", true), ("LOCALHOST", true), ("localhost.", true),
        ("127.0.0.1:8686", true),
        ("127.3.2.1", true), ("[::1]:8686", true), ("box.example", true), ("box.example:1", true),
        ("evil.example", false),
        ("127.0.0.1.evil.example", false), ("localhost.evil.example", false), ("192.168.0.1", false), ("", false),
        ("[::2]", false),
    ])
    func onLoopbackOnlyItsOwnNamesAreServed(host: String, isAccepted: Bool) throws {
        #expect(accepts(try policy(hosts: ["Box.Example"]), host: host) == isAccepted)
    }

    @Test func elsewhereEveryNameIsServedUnlessSomeAreNamed() throws {
        #expect(accepts(try policy("0.0.0.0:8686"), host: "any.example"))
        #expect(accepts(try policy("unix:s"), host: "any.example"))
        let named = try policy("0.0.0.0:8686", hosts: ["box.example"])
        #expect(accepts(named, host: "box.example:8686"))
        #expect(!accepts(named, host: "any.example"))
    }

    @Test(arguments: [
        ("http://localhost:8686", true), ("https://localhost:8686", true), ("https://page.example", true),
        ("HTTPS://Page.Example", true), ("http://page.example", false), ("https://page.example:444", false),
        ("http://localhost", false), ("http://localhost:8687", false), ("null", false), ("", false),
        ("https://page.example.evil", false), ("http://evil.example", false),
    ])
    func onlyTheServersOwnAndNamedOriginsMayCall(origin: String, isAccepted: Bool) throws {
        let policy = try policy(origins: ["https://page.example"])
        #expect(((try? policy.checkOrigin(origin, host: "localhost:8686")) != nil) == isAccepted)
    }

    @Test func refusalsSayForbiddenOrigin() throws {
        let policy = try policy()
        #expect(#expect(throws: RequestError.self) { try policy.checkHost("evil.example") }?.code == .forbiddenOrigin)
        #expect(
            #expect(throws: RequestError.self) { try policy.checkOrigin("null", host: "localhost") }?.code
                == .forbiddenOrigin)
    }
}

@Suite struct APIKeysTests {
    private let keys = APIKeys(["first-key-0123456789", "second-key-012345678"])

    @Test(arguments: [
        [HTTPField(name: .authorization, value: "Bearer first-key-0123456789")],
        [HTTPField(name: .authorization, value: "bearer second-key-012345678")],
        [HTTPField(name: .apiKey, value: "second-key-012345678")],
    ])
    func takesItsKeys(fields: [HTTPField]) throws {
        _ = try keys.check(HTTPFields(fields))
    }

    @Test(arguments: [
        [],
        [HTTPField(name: .authorization, value: "Bearer first-key-012345678")],
        [HTTPField(name: .authorization, value: "Bearer first-key-0123456789x")],
        [HTTPField(name: .authorization, value: "Bearer")],
        [HTTPField(name: .authorization, value: "Bearer ")],
        [HTTPField(name: .authorization, value: "Basic first-key-0123456789")],
        [HTTPField(name: .authorization, value: "first-key-0123456789")],
        [HTTPField(name: .apiKey, value: "")],
        [HTTPField(name: .apiKey, value: "first-key-0123456789"), HTTPField(name: .apiKey, value: "x")],
    ])
    func refusesEverythingElse(fields: [HTTPField]) throws {
        let error = #expect(throws: RequestError.self) { try keys.check(HTTPFields(fields)) }
        #expect(error?.code == .unauthorized)
    }

    @Test func withoutKeysNothingIsAsked() throws {
        _ = try APIKeys([]).check([:])
    }
}
