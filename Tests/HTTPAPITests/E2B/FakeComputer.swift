// SPDX-License-Identifier: Apache-2.0
import Engine
import Synchronization

@testable import HTTPAPI

/// A computer in memory. Its commands: `say TEXT` prints and ends; `fail N` ends with that code; `killed N` with that signal;
/// `cat` prints its input back; `hang` does nothing; `flood` prints without end. On port 80 a server answers what the test
/// says; every other port is closed.
final class FakeComputer: Computer {
    let id: String
    let accessToken: String
    let trafficToken: String?
    let environment: [String: String]
    let requestHost: String?
    let store = FakeFiles()
    private let gone = HTTPAPI.Latch<Void>()
    private let table = Mutex<[FakeProcess]>([])
    private let server = Mutex<(@Sendable (FakeConnection) async -> Void)?>(nil)

    var files: any ComputerFiles { store }

    init(_ info: ComputerInfo) {
        id = info.id
        accessToken = info.accessToken
        trafficToken = info.trafficToken
        environment = info.request.environment
        requestHost = info.request.requestHost
    }

    func start(_ request: ComputerProcessRequest) async throws(ComputerError) -> any ComputerProcess {
        if request.directory == "/nope" { throw ComputerError(.invalidArgument, "cwd '/nope' does not exist") }
        return table.withLock { table in
            let process = FakeProcess(pid: Int32(table.count + 10), request: request)
            table.append(process)
            return process
        }
    }

    func processes() async -> [any ComputerProcess] { table.withLock { $0.filter(\.isRunning) } }

    func process(_ selector: ComputerProcessSelector) async throws(ComputerError) -> any ComputerProcess {
        let found = table.withLock { table in
            table.first { process in
                switch selector {
                case .pid(let pid): process.pid == pid
                case .tag(let tag): process.request.tag == tag
                }
            }
        }
        guard let found else { throw ComputerError(.notFound, "process not found") }
        return found
    }

    /// What listens on port 80.
    func serve(_ handler: @escaping @Sendable (FakeConnection) async -> Void) { server.withLock { $0 = handler } }

    func connect(port: Int) async throws(ComputerError) -> any ByteConnection {
        guard port == 80, let handler = server.withLock({ $0 }) else { throw ComputerError(.portClosed, "closed") }
        let connection = FakeConnection()
        Task { await handler(connection) }
        return connection
    }

    func metrics() async -> ComputerMetrics? { nil }
    func untilGone() async { await gone.value() }

    /// Every process and connection goes.
    func leave() {
        gone.open(())
        for process in table.withLock({ $0 }) { process.vanish() }
    }
}

final class FakeProcess: ComputerProcess {
    private struct State {
        var listeners: [FakeListener] = []
        var log: [String] = []
        var isRunning = true
        var first: [ComputerProcessEvent] = []
    }

    let pid: Int32
    let request: ComputerProcessRequest
    private let state = Mutex(State())

    init(pid: Int32, request: ComputerProcessRequest) {
        self.pid = pid
        self.request = request
        let text = request.arguments.joined(separator: " ")
        switch request.command {
        case "say": finish([.stdout(Array(text.utf8)), .ended(exitCode: 0, signal: nil)])
        case "fail": finish([.stderr([0xFF]), .ended(exitCode: Int32(text) ?? 1, signal: nil)])
        case "killed": finish([.ended(exitCode: -1, signal: Int32(text) ?? 9)])
        case "big": finish([.stdout(Array(repeating: 0x78, count: Int(text) ?? 0)), .ended(exitCode: 0, signal: nil)])
        default: break
        }
    }

    var isRunning: Bool { state.withLock { $0.isRunning } }
    /// What was done to it.
    var log: [String] { state.withLock { $0.log } }

    private func finish(_ events: [ComputerProcessEvent]) {
        state.withLock { state in
            state.isRunning = false
            state.first = events
        }
    }

    private func note(_ text: String) { state.withLock { $0.log.append(text) } }

    private func emit(_ events: [ComputerProcessEvent], ends: Bool = false) {
        let listeners = state.withLock { state in
            if ends { state.isRunning = false }
            return state.listeners
        }
        for listener in listeners { listener.add(events, ends: ends) }
    }

    func listen() -> any ComputerProcessListener {
        let listener = FakeListener(isFlood: request.command == "flood")
        state.withLock { state in
            listener.add(state.first, ends: !state.isRunning)
            state.listeners.append(listener)
        }
        return listener
    }

    func write(_ bytes: [UInt8]) async throws(ComputerError) {
        note("write \(String(decoding: bytes, as: UTF8.self))")
        if request.command == "cat" { emit([request.terminal == nil ? .stdout(bytes) : .terminal(bytes)]) }
    }

    func closeInput() {
        note("close")
        if request.command == "cat" { emit([.ended(exitCode: 0, signal: nil)], ends: true) }
    }

    func signal(_ number: Int32) {
        note("signal \(number)")
        emit([.ended(exitCode: -1, signal: number)], ends: true)
    }

    func kill() {
        note("kill")
        emit([.ended(exitCode: -1, signal: 9)], ends: true)
    }

    func kill(after time: Duration) {
        if time <= .zero { return kill() }
        if isRunning { note("kill after \(time > .seconds(50) && time <= .seconds(60) ? "a minute" : "\(time)")") }
    }

    func resize(_ size: TerminalSize) { note("resize \(size.columns)x\(size.rows)") }

    /// Goes without an end, as with its computer.
    func vanish() { emit([], ends: true) }
}

final class FakeListener: ComputerProcessListener {
    private let mailbox = Mutex<
        (events: [ComputerProcessEvent], hasEnded: Bool, waiter: CheckedContinuation<Void, Never>?)
    >(
        ([], false, nil))
    private let isFlood: Bool

    init(isFlood: Bool) { self.isFlood = isFlood }

    func add(_ events: [ComputerProcessEvent], ends: Bool) {
        let waiter = mailbox.withLock { state in
            state.events += events
            if ends { state.hasEnded = true }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    func next() async -> ComputerProcessEvent? {
        while true {
            let (event, hasEnded): (ComputerProcessEvent?, Bool) = mailbox.withLock { state in
                if !state.events.isEmpty { return (state.events.removeFirst(), false) }
                if isFlood, !state.hasEnded { return (.stdout(Array(repeating: 0x78, count: 1000)), false) }
                return (nil, state.hasEnded)
            }
            if let event { return event }
            if hasEnded { return nil }
            await withCheckedContinuation { continuation in
                mailbox.withLock { state in
                    if state.events.isEmpty, !state.hasEnded {
                        state.waiter = continuation
                    } else {
                        continuation.resume()
                    }
                }
            }
        }
    }

    func stop() { add([], ends: true) }
}

/// Both ends of a connection into a computer.
final class FakeConnection: ByteConnection {
    private let inward = StreamMailbox<[UInt8]>()
    private let outward = StreamMailbox<[UInt8]>()

    func read() async throws(ComputerError) -> [UInt8]? {
        guard case .event(let bytes) = await outward.next() else { return nil }
        return bytes
    }

    func write(_ bytes: [UInt8]) async throws(ComputerError) {
        guard await inward.put(bytes) else { throw ComputerError(.portClosed, "closed") }
    }

    func finishWriting() { inward.end() }

    func close() {
        inward.end()
        outward.end()
        inward.close()
        outward.close()
    }

    // MARK: The server's side

    /// What arrives, until `end` is in it; everything up to the end of the stream without one.
    func receive(until end: String? = nil) async -> String {
        var text = ""
        while end.map({ !text.contains($0) }) ?? true, case .event(let bytes) = await inward.next() {
            text += String(decoding: bytes, as: UTF8.self)
        }
        return text
    }

    func send(_ text: String) async { _ = await outward.put(Array(text.utf8)) }
    func end() { outward.end() }
}
