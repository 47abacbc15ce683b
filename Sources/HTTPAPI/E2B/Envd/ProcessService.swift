// SPDX-License-Identifier: Apache-2.0
import Engine
import Hummingbird
import NIOCore

/// `process.Process` of one computer.
struct ProcessService: Sendable {
    let call: RPCCall

    private var computer: any Computer { call.exchange.computer }

    /// - Returns: nil when there is no such method.
    func respond(to method: Substring) async throws -> Response? {
        switch method {
        case "Start": try await start()
        case "Connect": try await connect()
        case "List": try call.answer(ProcessMessages.List(try await list()))
        case "Update": try await update()
        case "SendInput": try await sendInput()
        case "StreamInput": try await streamInput()
        case "SendSignal": try await sendSignal()
        case "CloseStdin": try await closeInput()
        default: nil
        }
    }

    // MARK: Streams

    private func start() async throws -> Response {
        let request = try await call.streamed(ProcessMessages.Start.self).request(user: call.user)
        let stream = try ConnectStream(call.exchange)
        return stream.response { [computer] writer in
            let process = try await computer.start(request)
            // A process outlives the client that started it, but not the time it was given. Clients leave at the end of that
            // time by themselves, some a moment before it.
            let end = stream.timeout.map { ContinuousClock.now + $0 }
            defer { if let end { process.kill(after: max(.zero, end - .now)) } }
            try await Self.relay(process, over: stream, to: &writer)
        }
    }

    private func connect() async throws -> Response {
        let selector = try await call.streamed(ProcessMessages.Selected.self).process.selector
        let stream = try ConnectStream(call.exchange)
        return stream.response { [computer] writer in
            let process = try await computer.process(selector)
            try await Self.relay(process, over: stream, to: &writer)
        }
    }

    @concurrent private static func relay(
        _ process: any ComputerProcess, over stream: ConnectStream, to writer: inout any ResponseBodyWriter
    ) async throws {
        let listener = process.listen()
        let source = StreamSource<ComputerProcessEvent>(next: { await listener.next() }, stop: { listener.stop() })
        let hasEnded = Flag()
        do {
            try await writer.write(ConnectEnvelope.message(ProcessEventMessage.start(pid: process.pid)))
        } catch {
            listener.stop()
            throw error
        }
        let ending = try await stream.relay(source, to: &writer) { event in
            if case .ended = event { hasEnded.set() }
            return ProcessEventMessage.messages(event)
        }
        // Without the event of its end the process went with its computer.
        if ending == .ended, !hasEnded.isSet { throw ComputerError(.gone, "the sandbox has gone") }
    }

    /// The response begins when the request has ended: the client of E2B's Python SDK sends no more of a request whose response has
    /// begun.
    private func streamInput() async throws -> Response {
        try call.requireStream()
        let stream = try ConnectStream(call.exchange)
        call.exchange.bePatient(pause: nil)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await takeInput())
        } catch {
            outcome = .failure(error)
        }
        return stream.response { writer in
            try outcome.get()
            try await writer.write(ConnectEnvelope.message(ByteBuffer(string: "{}")))
        }
    }

    @concurrent private func takeInput() async throws {
        var reader = ConnectEnvelope.Reader(maximumBytes: RPCCall.maximumMessageBytes)
        var process: (any ComputerProcess)?
        for try await bytes in call.exchange.body {
            reader.append(bytes)
            while let envelope = try reader.next(), envelope.flags & ConnectEnvelope.endFlag == 0 {
                let message = try RPCCall.decode(ProcessMessages.StreamInput.self, envelope.payload)
                if let start = message.start { process = try await running(try start.process.selector) }
                guard let data = message.data else { continue }
                guard let process else { throw RPCError(.invalidArgument, "input came before 'start'") }
                try await Self.write(data.input, to: process)
            }
        }
    }

    // MARK: Unary

    private func list() async throws -> [any ComputerProcess] {
        _ = try await call.message(EmptyMessage.self)
        return await computer.processes()
    }

    private func update() async throws -> Response {
        let message = try await call.message(ProcessMessages.Update.self)
        let process = try await running(try message.process.selector)
        if let terminal = message.pty {
            guard process.request.terminal != nil else {
                throw RPCError(.failedPrecondition, "process with pid \(process.pid) has no terminal")
            }
            process.resize(terminal.terminalSize)
        }
        return try call.answer(EmptyMessage())
    }

    private func sendInput() async throws -> Response {
        let message = try await call.message(ProcessMessages.SendInput.self)
        try await Self.write(message.input, to: try await running(try message.process.selector))
        return try call.answer(EmptyMessage())
    }

    private func sendSignal() async throws -> Response {
        let message = try await call.message(ProcessMessages.SendSignal.self)
        let process = try await running(try message.process.selector)
        switch message.signal {
        case .kill: process.kill()
        case .terminate: process.signal(15)
        case .unknown, nil: throw RPCError(.unimplemented, "only SIGNAL_SIGTERM and SIGNAL_SIGKILL can be sent")
        }
        return try call.answer(EmptyMessage())
    }

    private func closeInput() async throws -> Response {
        let message = try await call.message(ProcessMessages.Selected.self)
        let process = try await running(try message.process.selector)
        guard process.request.terminal == nil else {
            throw RPCError(.failedPrecondition, "the input of a terminal cannot be closed; send ^D")
        }
        process.closeInput()
        return try call.answer(EmptyMessage())
    }

    // MARK: Help

    /// A process that has not ended: only such a one takes input and signals.
    private func running(_ selector: ComputerProcessSelector) async throws -> any ComputerProcess {
        let processes = await computer.processes()
        let found = processes.first { process in
            switch selector {
            case .pid(let pid): process.pid == pid
            case .tag(let tag): process.request.tag == tag
            }
        }
        if let found { return found }
        switch selector {
        case .pid(let pid): throw RPCError(.notFound, "process with pid \(pid) not found")
        case .tag(let tag): throw RPCError(.notFound, "process with tag \(tag) not found")
        }
    }

    private static func write(_ input: ProcessMessages.Input?, to process: any ComputerProcess) async throws {
        if let bytes = input?.pty?.bytes {
            guard process.request.terminal != nil else {
                throw RPCError(.failedPrecondition, "process with pid \(process.pid) has no terminal")
            }
            try await process.write(bytes)
        } else if let bytes = input?.stdin?.bytes {
            guard process.request.terminal == nil else {
                throw RPCError(.failedPrecondition, "process with pid \(process.pid) has a terminal; send 'pty' input")
            }
            guard process.request.hasInput else {
                throw RPCError(.failedPrecondition, "stdin of process with pid \(process.pid) was not opened")
            }
            try await process.write(bytes)
        } else {
            throw RPCError(.unimplemented, "the type of the input is unknown")
        }
    }
}
