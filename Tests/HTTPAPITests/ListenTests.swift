// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NestboxCore
import Testing

@testable import HTTPAPI

@Suite(.timeLimit(.minutes(1))) struct ListenTests {
    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/nb-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    private func configuration(_ path: String) -> HTTPAPI.ServerConfiguration {
        HTTPAPI.ServerConfiguration(listen: .unix(path: path))
    }

    /// What kept a server from listening; both who runs it and who waits for its address are told.
    private func failure(_ configuration: HTTPAPI.ServerConfiguration) async -> RequestError? {
        do {
            let server = try APIServer(
                configuration: configuration, service: FakeService(), logger: LogLines().logger)
            let running = await #expect(throws: RequestError.self) { try await server.run() }
            let waiting = await #expect(throws: RequestError.self) { _ = try await server.boundAddress() }
            #expect(running == waiting)
            return running
        } catch {
            Issue.record("\(error)")
            return nil
        }
    }

    @Test func tellsThePortThatWasChosenAndLogsIt() async throws {
        try await TestServer.run { (server) async throws in
            #expect(server.port > 0)
            let entry = try await server.log.wait(for: "listening")
            #expect(entry["metadata"]?["address"] == .string("127.0.0.1:\(server.port)"))
        }
    }

    @Test func servesIPv6() async throws {
        var configuration = HTTPAPI.ServerConfiguration.testing
        configuration.listen = .tcp(host: "::1", port: 0)
        try await TestServer.run(configuration) { (server) async throws in
            let response = try await server.request("GET", "/healthz", headers: ["Host: [::1]:\(server.port)"])
            #expect(response.status == 200)
        }
    }

    @Test func aUnixSocketIsForItsOwnerOnly() async throws {
        try await withFolder { folder in
            let path = folder + "/s"
            try await TestServer.run(configuration(path)) { (server) async throws in
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["s"])
                let response = try await server.request(headers: ["Host: whatever"], body: #"{"code":"x"}"#)
                #expect(response.status == 200)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        }
    }

    @Test func aLivingServersSocketIsNotTaken() async throws {
        try await withFolder { folder in
            let path = folder + "/s"
            try await TestServer.run(configuration(path)) { (server) async throws in
                let error = await failure(configuration(path))
                #expect(error?.code == .invalidConfiguration)
                #expect(error?.message.contains("another server listens there") == true)
                #expect(try await server.request("GET", "/healthz").status == 200)
            }
        }
    }

    @Test func aDeadServersSocketIsReplaced() async throws {
        try await withFolder { folder in
            let path = folder + "/s"
            // Listening on a socket and closing it leaves the file, as a server that is killed does.
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = [
                "perl", "-MIO::Socket::UNIX", "-e",
                "IO::Socket::UNIX->new(Type => SOCK_STREAM(), Local => $ARGV[0], Listen => 1) or die", path,
            ]
            try process.run()
            process.waitUntilExit()
            #expect(FileManager.default.fileExists(atPath: path))
            try await TestServer.run(configuration(path)) { (server) async throws in
                #expect(try await server.request("GET", "/healthz").status == 200)
            }
        }
    }

    @Test func aFileInTheWayIsLeftAlone() async throws {
        try await withFolder { folder in
            let path = folder + "/s"
            try "precious".write(toFile: path, atomically: true, encoding: .utf8)
            #expect(await failure(configuration(path))?.code == .invalidConfiguration)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
        }
    }

    @Test func aMissingFolderIsAClearError() async throws {
        let error = await failure(configuration("/nonexistent/s"))
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains("/nonexistent/s") == true)
    }

    @Test func aPortThatIsTakenIsAClearError() async throws {
        try await TestServer.run { (server) async throws in
            var configuration = HTTPAPI.ServerConfiguration.testing
            configuration.listen = server.address
            let error = await failure(configuration)
            #expect(error?.code == .invalidConfiguration)
            #expect(error?.message == "cannot listen on \(server.address): Address already in use")
        }
    }

    @Test func anUnsafeConfigurationIsRefused() throws {
        let error = #expect(throws: RequestError.self) {
            try APIServer(
                configuration: HTTPAPI.ServerConfiguration(listen: .tcp(host: "0.0.0.0", port: 0)),
                service: FakeService(), logger: LogLines().logger)
        }
        #expect(error?.code == .invalidConfiguration)
    }
}
