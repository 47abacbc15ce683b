// SPDX-License-Identifier: Apache-2.0
import Engine
import HTTPTypes
import Hummingbird
import NIOCore

/// Ports of a computer where its own programs listen: HTTP and WebSocket, relayed as they are.
struct PortRoutes: Sendable {
    private static let mostSkippedHeads = 8

    func respond(_ exchange: DataExchange, port: Int) async throws -> Response {
        let request = ProxyRequest(
            exchange.request, host: exchange.computer.requestHost?.replacing("${PORT}", with: String(port)))
        let connection = try await connect(exchange.computer, port: port)
        do {
            return try await relay(exchange, request, over: connection)
        } catch {
            connection.close()
            throw Self.explained(error, exchange.computer, port: port, isConnected: true)
        }
    }

    private func connect(_ computer: any Computer, port: Int) async throws -> any ByteConnection {
        do {
            return try await computer.connect(port: port)
        } catch {
            throw Self.explained(error, computer, port: port)
        }
    }

    private static func explained(
        _ error: any Error, _ computer: any Computer, port: Int, isConnected: Bool = false
    ) -> any Error {
        let isClosed = (error as? ComputerError)?.code == .portClosed
        if isClosed, !isConnected { return E2BError.portClosed(computer.id, port: port) }
        // A server that took the connection and then resets it is there.
        guard error is ProxyError || isClosed else { return error }
        var problem = E2BError(.badGateway, "the server in the sandbox did not answer with HTTP")
        problem.sandboxID = computer.id
        problem.port = port
        return problem
    }

    private func relay(
        _ exchange: DataExchange, _ request: ProxyRequest, over connection: any ByteConnection
    ) async throws -> Response {
        exchange.bePatient(pause: nil)
        let lease = exchange.connections.enter(exchange.computer, exchange.context.channel)
        defer { lease.release() }
        // A client that leaves takes its connection inside with it, also while the server there is silent.
        ClientWatch { connection.close() }.install(on: exchange.context.channel)
        try await connection.write(request.head)
        // Ends with the body, or when the connection it writes to is closed.
        Task { [framing = request.framing] in try await Self.sendBody(of: exchange, framing, over: connection) }
        var reader = ResponseReader(connection)
        let head = try await reader.head(method: exchange.request.method, mostSkipped: Self.mostSkippedHeads)
        if head.status.code == 101 {
            guard request.wantsUpgrade else { throw ProxyError.malformed }
            try await takeOver(exchange, head, connection: connection, rest: reader.takeRest())
            // The connection is closed; nobody sees this.
            return Response(status: .switchingProtocols)
        }
        var headers = head.headers
        // The parser takes nothing more on a connection that was to be upgraded.
        if request.wantsUpgrade { headers[.connection] = "close" }
        let length = head.framing.length
        if head.framing == .none || length == 0 {
            connection.close()
            return Response(status: head.status, headers: headers)
        }
        let start = BodyReader(reader, framing: head.framing)
        let body = exchange.stream(contentLength: length) { writer in
            defer { connection.close() }
            var body = start
            while let bytes = try await body.next() { try await writer.write(ByteBuffer(bytes: bytes)) }
        }
        return Response(status: head.status, headers: headers, body: body)
    }

    private static func sendBody(
        of exchange: DataExchange, _ framing: ProxyRequest.Framing, over connection: any ByteConnection
    ) async throws {
        if framing == .none { return }
        for try await chunk in exchange.body where chunk.readableBytes > 0 {
            let bytes = Array(chunk.readableBytesView)
            try await connection.write(framing == .chunked ? ProxyRequest.chunk(bytes) : bytes)
        }
        if framing == .chunked { try await connection.write(ProxyRequest.chunk([])) }
    }

    /// From here on both sides speak a protocol that is theirs alone.
    private func takeOver(
        _ exchange: DataExchange, _ head: ProxyResponseHead, connection: any ByteConnection, rest: [UInt8]
    ) async throws {
        defer { connection.close() }
        var text = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
        for value in exchange.request.headers[values: .upgrade] { text += "Upgrade: \(value)\r\n" }
        for field in head.headers { text += "\(field.name.rawName): \(field.value)\r\n" }
        let raw = try await RawChannel.take(exchange.context.channel)
        try await raw.write(Array((text + "\r\n").utf8) + rest)
        let inward = Task {
            while let bytes = await raw.read() { try await connection.write(bytes) }
            connection.finishWriting()
        }
        do {
            while let bytes = try await connection.read() { try await raw.write(bytes) }
        } catch {
            if (error as? ComputerError)?.code == .gone { await ComputerConnections.reset(exchange.context.channel) }
        }
        raw.close()
        inward.cancel()
        _ = await inward.result
    }
}

/// Reads a response from inside.
private struct ResponseReader: Sendable {
    private let connection: any ByteConnection
    private var buffer: [UInt8] = []

    init(_ connection: any ByteConnection) { self.connection = connection }

    /// The first head that is not only a notice (100, 103).
    mutating func head(method: HTTPRequest.Method, mostSkipped: Int) async throws -> ProxyResponseHead {
        for _ in 0...mostSkipped {
            let head = try await head(method: method)
            if head.status.code >= 200 || head.status.code == 101 { return head }
        }
        throw ProxyError.malformed
    }

    private mutating func head(method: HTTPRequest.Method) async throws -> ProxyResponseHead {
        var searched = 0
        while true {
            if let end = buffer[searched...].firstRange(of: Array("\r\n\r\n".utf8)) {
                let text = String(decoding: buffer[..<end.lowerBound], as: UTF8.self)
                buffer.removeFirst(end.upperBound)
                guard let head = ProxyResponseHead(text, method: method) else { throw ProxyError.malformed }
                return head
            }
            searched = max(0, buffer.count - 3)
            guard buffer.count <= ProxyResponseHead.mostBytes, let bytes = try await connection.read() else {
                throw ProxyError.malformed
            }
            buffer += bytes
        }
    }

    mutating func takeRest() -> [UInt8] {
        defer { buffer = [] }
        return buffer
    }

    mutating func next() async throws -> [UInt8]? {
        buffer.isEmpty ? try await connection.read() : takeRest()
    }
}

/// The content of a response from inside, without its framing.
private struct BodyReader {
    private let framing: ProxyResponseHead.Framing
    private var reader: ResponseReader
    private var chunks = ChunkedReader()
    /// Of a body of known length.
    private var missing = Int.max

    init(_ reader: ResponseReader, framing: ProxyResponseHead.Framing) {
        self.reader = reader
        self.framing = framing
        if case .length(let length) = framing { missing = length }
    }

    /// The next bytes; nil when the body has ended.
    ///
    /// - Throws: ``ProxyError`` when it breaks off.
    mutating func next() async throws -> [UInt8]? {
        while missing > 0, !chunks.hasEnded {
            guard let bytes = try await reader.next() else {
                if framing == .untilClose { return nil }
                throw ProxyError.malformed
            }
            var content = bytes
            if framing == .chunked {
                content = try chunks.content(of: bytes)
            } else if framing != .untilClose {
                content = Array(bytes.prefix(missing))
                missing -= content.count
            }
            if !content.isEmpty { return content }
        }
        return nil
    }
}
