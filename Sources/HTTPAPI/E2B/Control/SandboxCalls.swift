// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import NestboxCore

/// Making, finding and ending sandboxes.
struct SandboxCalls: Sendable {
    private static let standardTimeout = 300.0
    private static let mostForks = 20

    private let call: ControlCall
    private var service: any ComputerService { call.service }

    init(_ call: ControlCall) { self.call = call }

    private func answer(_ info: ComputerInfo, status: HTTPResponse.Status) throws -> Response {
        try JSONOutput.response(SandboxAnswer(info, domain: call.domain), status: status)
    }

    // MARK: Create

    func create(isV2: Bool, created: IdempotencyTable) async throws -> Response {
        let body = try await call.body()
        let request = try ControlCall.decode(NewSandbox.self, body)
            .request(owner: call.owner, allowedIsolation: call.isolation, isV2: isV2)
        guard let key = call.request.headers[.idempotencyKey] else {
            return try answer(try await make(request), status: .created)
        }
        let info = try await created.value(
            for: key, owner: call.owner, fingerprint: SHA256.hexadecimal(body.readableBytesView)
        ) { try await make(request) }
        return try answer(info, status: .created)
    }

    private func make(_ request: ComputerRequest) async throws -> ComputerInfo {
        do {
            return try await service.create(request)
        } catch {
            switch error.code {
            case .notFound: throw E2BError(.notFound, "template '\(request.template.prefix(100))' not found")
            case .unimplemented: throw E2BError(.badRequest, error.message)
            default: throw error
            }
        }
    }

    // MARK: Lifecycle

    func info(_ id: String) async throws -> Response {
        let info = try await call.about(id) { try await service.info(id, owner: call.owner) }
        return try JSONOutput.response(SandboxDetail(info, domain: call.domain))
    }

    func kill(_ id: String) async throws -> Response {
        try await call.about(id) { try await service.kill(id, owner: call.owner) }
        return call.noContent()
    }

    private struct Connect: Decodable {
        var timeout: Double?
        /// False: start anew from the files.
        var memory: Bool?

        func seconds() throws(E2BError) -> Int {
            let seconds = try NewSandbox.seconds(timeout ?? SandboxCalls.standardTimeout)
            guard seconds > 0 else { throw E2BError(.badRequest, "timeout must be at least 1 second") }
            return seconds
        }
    }

    func connect(_ id: String) async throws -> Response {
        let wanted = try await call.decoded(Connect.self)
        let seconds = try wanted.seconds()
        let (info, isResumed) = try await call.about(id) {
            if wanted.memory == false {
                let info = try await service.info(id, owner: call.owner)
                if info.state == .paused, info.keepsMemory {
                    throw ComputerError(
                        .invalidArgument,
                        "memory: false is not available for a sandbox that was paused with its memory; it goes on as it was"
                    )
                }
            }
            return try await service.connect(id, owner: call.owner, seconds: seconds)
        }
        return try answer(info, status: isResumed ? .created : .ok)
    }

    func resume(_ id: String) async throws -> Response {
        let seconds = try await call.decoded(Connect.self).seconds()
        let (info, isResumed) = try await call.about(id) {
            guard try await service.info(id, owner: call.owner).state == .paused else {
                throw ComputerError(.conflict, "Sandbox \(id) is running already")
            }
            return try await service.connect(id, owner: call.owner, seconds: seconds)
        }
        guard isResumed else { throw E2BError(.conflict, "Sandbox \(id) is running already") }
        return try answer(info, status: .created)
    }

    private struct Timeout: Decodable {
        var timeout: Double?
    }

    func setTimeout(_ id: String) async throws -> Response {
        guard let timeout = try await call.decoded(Timeout.self).timeout else {
            throw E2BError(.badRequest, "timeout is missing")
        }
        let seconds = try NewSandbox.seconds(timeout)
        try await call.about(id) { try await service.setTimeout(id, owner: call.owner, seconds: seconds) }
        return call.noContent()
    }

    private struct Refresh: Decodable {
        var duration: Double?
    }

    /// Extends only; a sandbox that ends later stays as it is.
    func refresh(_ id: String) async throws -> Response {
        let seconds = try NewSandbox.seconds(try await call.decoded(Refresh.self).duration ?? 0)
        try await call.about(id) {
            let info = try await service.info(id, owner: call.owner)
            if seconds > 0, info.ends < Date().addingTimeInterval(TimeInterval(seconds)) {
                try await service.setTimeout(id, owner: call.owner, seconds: seconds)
            }
        }
        return call.noContent()
    }

    private struct Pause: Decodable {
        var memory: Bool?
    }

    func pause(_ id: String) async throws -> Response {
        let keepsMemory = try await call.decoded(Pause.self).memory ?? true
        try await call.about(id) { try await service.pause(id, owner: call.owner, keepsMemory: keepsMemory) }
        return call.noContent()
    }

    // MARK: Fork and network

    private struct Fork: Decodable {
        var timeout: Double?
        var count: Int?
    }

    private struct Forked: Encodable {
        var sandbox: SandboxAnswer?
        var error: E2BError?
    }

    func fork(_ id: String) async throws -> Response {
        let body = try await call.decoded(Fork.self)
        let count = body.count ?? 1
        guard (1...Self.mostForks).contains(count) else {
            throw E2BError(.badRequest, "count must be 1 to \(Self.mostForks)")
        }
        let seconds = try body.timeout.map { timeout throws(E2BError) in try NewSandbox.seconds(timeout) }
        _ = try await call.about(id) { try await service.info(id, owner: call.owner) }
        var forks: [Forked] = []
        for _ in 0..<count {
            do {
                let info = try await service.fork(id, owner: call.owner, seconds: seconds)
                forks.append(Forked(sandbox: SandboxAnswer(info, domain: call.domain)))
            } catch {
                // Of a single one the error is the answer.
                if count == 1 { throw E2BError(error) }
                forks.append(Forked(error: E2BError(error)))
            }
        }
        return try JSONOutput.response(forks, status: .created)
    }

    func setNetwork(_ id: String) async throws -> Response {
        try NetworkRequest.check(try await call.body())
        _ = try await call.about(id) { try await service.info(id, owner: call.owner) }
        return call.noContent()
    }
}
