// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Testing

@testable import HTTPAPI

/// Whom a request on the one port is for.
@Suite struct E2BTargetTests {
    private static let key = HTTPField.Name.apiKey

    private func target(
        _ path: String, host: String = "localhost:8686", query: String = "", _ headers: HTTPFields = [:]
    ) throws -> E2BTarget {
        try E2BTarget(authority: host, path: path, query: QueryItems(query), headers: headers)
    }

    @Test func aHostThatNamesAPortAndASandboxGoesFirst() throws {
        let host = "8000-iabc123.localhost:8686"
        #expect(try target("/v1/run", host: host, [.apiKey: "k"]) == .port(id: "iabc123", port: 8000))
        #expect(try target("/sandboxes", host: "49983-iabc-6532622b.sb.test") == .port(id: "iabc", port: 49_983))
        for host in [
            "localhost", "127.0.0.1:80", "8000-iabc", "x-iabc.test", "8000-i_c.test", "1-2-3-4.test", "-iabc.test",
        ] {
            #expect(try target("/v1/run", host: host) == .native, "\(host)")
        }
        #expect(throws: E2BError.self) { try self.target("/", host: "70000-iabc.test") }
        #expect(throws: E2BError.self) { try self.target("/", host: "0-iabc.test") }
    }

    @Test func aKeyMeansTheControlPlaneEvenWithASandboxNamed() throws {
        let headers: HTTPFields = [.apiKey: "k", .sandboxID: "iabc", .sandboxPort: "49983"]
        #expect(try target("/sandboxes/iabc/connect", headers) == .control)
        #expect(try target("/v2/sandboxes", [.apiKey: "k"]) == .control)
        // The keys of this server's own API come in the same field.
        #expect(try target("/v1/run", [.apiKey: "k"]) == .native)
        #expect(try target("/openapi.json", [.apiKey: "k"]) == .native)
        // What is no path of the control plane is a program's own.
        #expect(try target("/mine", headers) == .port(id: "iabc", port: 49_983))
    }

    @Test func headersNameASandboxOtherwise() throws {
        #expect(try target("/anything", [.sandboxID: "iabc", .sandboxPort: "8080"]) == .port(id: "iabc", port: 8080))
        #expect(try target("/health", [.sandboxID: "iabc-client"]) == .port(id: "iabc", port: 49_983))
        for headers: HTTPFields in [
            [.sandboxID: "../x"], [.sandboxID: ""], [.sandboxID: "iabc", .sandboxPort: "x"],
            [.sandboxID: "iabc", .sandboxPort: "99999"], [.sandboxID: "iabc", .sandboxPort: "-1"],
        ] {
            #expect(throws: E2BError.self) { try self.target("/x", headers) }
        }
    }

    @Test func signaturesAndTokensFindTheirSandbox() throws {
        #expect(try target("/files", query: "path=a&signature=v1_x") == .signedFile)
        #expect(try target("/files", [.accessToken: "t"]) == .token("t", port: 49_983))
        #expect(try target("/process.Process/Start", [.accessToken: "t"]) == .token("t", port: 49_983))
        #expect(try target("/execute", [.accessToken: "t"]) == .token("t", port: 49_999))
        #expect(try target("/contexts/x/restart", [.accessToken: "t"]) == .token("t", port: 49_999))
        #expect(try target("/v1/run", [.accessToken: "t"]) == .native)
    }

    @Test func whatNamesNobodyIsToldSo() throws {
        #expect(try target("/sandboxes") == .control)
        #expect(try target("/health") == .control)
        for path in ["/files", "/envs", "/process.Process/List", "/execute", "/contexts"] {
            #expect(try target(path) == .nobody, "\(path)")
        }
        for path in ["/", "/v1/run", "/healthz", "/filesystem", "/v2"] {
            #expect(try target(path) == .native, "\(path)")
        }
    }

    @Test func developmentKeysAreOfLoopbackOnly() throws {
        let key = "e2b_" + String(repeating: "0", count: 40)
        let open = E2BKeys(keys: [], isLoopback: true)
        let owner = try open.owner([.apiKey: key])
        #expect(try open.owner([.apiKey: "e2b_ff"]) != owner)
        #expect(!owner.name.contains("e2b_"))
        for wrong in ["", "e2b_", "e2b_XYZ", "sk_0000", "e2b_0 0"] {
            #expect(throws: E2BError.self) { try open.owner([.apiKey: wrong]) }
        }
        #expect(throws: E2BError.self) { try open.owner([:]) }
        #expect(throws: E2BError.self) { try E2BKeys(keys: [], isLoopback: false).owner([.apiKey: key]) }
        let closed = E2BKeys(keys: ["e2b_0123456789abcdef"], isLoopback: true)
        #expect(throws: E2BError.self) { try closed.owner([.apiKey: key]) }
        _ = try closed.owner([.apiKey: "e2b_0123456789abcdef"])
    }

    @Test func pagesEndWhereTheListEnds() throws {
        let items = (0..<5).map { (time: Int64($0 / 2), id: "i\($0)") }
        for isAscending in [true, false] {
            for limit in 1...6 {
                var token: String?
                var seen: [String] = []
                repeat {
                    let (page, next) = try Page.of(items, limit: limit, token: token, isAscending: isAscending) { $0 }
                    seen += page.map(\.id)
                    token = next
                } while token != nil
                let all = items.map(\.id)
                #expect(seen == (isAscending ? all : all.reversed()))
            }
        }
        #expect(throws: E2BError.self) { try Page.of(items, limit: 1, token: "%%", isAscending: true) { $0 } }
    }

    @Test func namesInTheLogHoldNothingOfAClient() {
        #expect(ControlPlane.name(of: "/v2/sandboxes/isecret/connect") == "e2b /v2/sandboxes/*/connect")
        #expect(EnvdRoutes.name(of: "/process.Process/Start") == "envd /process.Process/Start")
        #expect(EnvdRoutes.name(of: "/secret") == "envd -")
    }
}
