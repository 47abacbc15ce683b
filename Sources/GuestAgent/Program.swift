// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// A program the agent started: its pipes, its credits, and how it ended.
final class Program {
    /// Most input the host may have under way.
    static let stdinCreditBytes = 64 << 10

    /// VEOF of a terminal as it is made: ^D (termios(3)).
    private static let endOfFile: UInt8 = 4

    let number: UInt32
    let pid: Int32
    let endsSandboxProcesses: Bool
    private var stdin: SharedDescriptor?
    private(set) var outputs: [OutputStream: Output]
    private let terminal: SharedDescriptor?
    private var input: [UInt8] = []
    private var closeAfterInput = false
    /// Set once the program has ended.
    var end: ProcessEnd?
    /// Most bytes of the terminal that are still read once the program has ended: more than the kernel buffers of one
    /// (640 KiB, `TTYB_DEFAULT_MEM_LIMIT` in drivers/tty/tty_buffer.c, and a line discipline's 4 KiB).
    var terminalRest = 1 << 20

    struct Output {
        let pipe: SharedDescriptor
        var credit: Int

        var descriptor: Int32 { pipe.raw }
    }

    init(number: UInt32, pid: Int32, endsSandboxProcesses: Bool, streams: AgentStreams, credit: Int) {
        self.number = number
        self.pid = pid
        self.endsSandboxProcesses = endsSandboxProcesses
        stdin = streams.stdin
        terminal = streams.terminal
        outputs = streams.outputs.mapValues { Output(pipe: $0, credit: credit) }
    }

    var stdinDescriptor: Int32? { stdin?.raw }
    var wantsToWriteInput: Bool { !input.isEmpty }
    var hasTerminal: Bool { terminal != nil }

    func grant(_ stream: OutputStream, bytes: Int) {
        outputs[stream]?.credit += bytes
    }

    func canRead(_ stream: OutputStream) -> Bool {
        (outputs[stream]?.credit ?? 0) > 0
    }

    /// What the program printed: nil when nothing is there now, empty at the end of the stream.
    func read(_ stream: OutputStream) throws(SystemError) -> [UInt8]? {
        guard let output = outputs[stream] else { return [] }
        let bytes: [UInt8]?
        do throws(SystemError) {
            bytes = try Files.read(output.descriptor, upTo: min(output.credit, Frame.chunkBytes))
        } catch  where error.number == Errno.inputOutput && terminal != nil {
            // What the master of a terminal says once nobody has the other end open.
            return []
        }
        if let bytes { outputs[stream]?.credit -= bytes.count }
        return bytes
    }

    func closeOutput(_ stream: OutputStream) {
        outputs[stream] = nil
    }

    func resize(columns: UInt16, rows: UInt16) throws(SystemError) {
        guard let terminal, outputs[.stdout] != nil else { return }
        try Terminals.setWindow(of: terminal.raw, columns: columns, rows: rows)
    }

    func queueInput(_ bytes: [UInt8]) {
        input += bytes
    }

    /// A terminal stays open; it gets its end-of-file character instead.
    func closeInputWhenWritten() {
        if terminal == nil { closeAfterInput = true } else { input.append(Self.endOfFile) }
    }

    /// Writes queued input. Returns how many bytes left the queue: written, or dropped because nobody reads them.
    func writeInput() -> Int {
        var left = 0
        while !input.isEmpty {
            guard let descriptor = stdin?.raw else {
                left += input.count
                input = []
                break
            }
            do throws(SystemError) {
                guard let written = try Files.write(descriptor, input[...]) else { return left }
                input.removeFirst(written)
                left += written
            } catch {
                stdin = nil
            }
        }
        if closeAfterInput { stdin = nil }
        return left
    }

    func closeInput() {
        stdin = nil
    }
}
