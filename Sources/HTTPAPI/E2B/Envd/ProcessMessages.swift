// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import NIOCore

/// Messages of `process.Process` (section 3.2 of the wire).
enum ProcessMessages {
    struct Config: Codable, Sendable {
        var cmd: String?
        var args: [String]?
        var envs: [String: String]?
        var cwd: String?
    }

    struct Terminal: Decodable, Sendable {
        struct Size: Decodable, Sendable {
            var cols: UInt16?
            var rows: UInt16?
        }

        var size: Size?

        /// What is missing is 0 in protobuf, which no terminal has.
        var terminalSize: TerminalSize {
            let columns = size?.cols ?? 0
            let rows = size?.rows ?? 0
            return TerminalSize(columns: columns == 0 ? 80 : columns, rows: rows == 0 ? 24 : rows)
        }
    }

    struct Start: Decodable, Sendable {
        var process: Config?
        var pty: Terminal?
        var tag: String?
        var stdin: Bool?

        /// - Throws: ``RPCError`` `invalid_argument`.
        func request(user: ComputerUser) throws(RPCError) -> ComputerProcessRequest {
            guard let command = process?.cmd, !command.isEmpty else {
                throw RPCError(.invalidArgument, "process.cmd is missing")
            }
            do {
                return ComputerProcessRequest(
                    command: command, arguments: process?.args ?? [], environment: process?.envs ?? [:],
                    directory: try process?.cwd.flatMap { cwd throws(ComputerError) in
                        cwd.isEmpty ? nil : try user.resolve(cwd)
                    }, user: user,
                    terminal: pty?.terminalSize,
                    // Old clients do not say, and mean that they may send some.
                    hasInput: stdin ?? true, tag: tag)
            } catch {
                throw RPCError(error)
            }
        }
    }

    struct Selector: Decodable, Sendable {
        var pid: Int32?
        var tag: String?

        /// - Throws: ``RPCError`` `invalid_argument` when neither is given.
        var selector: ComputerProcessSelector {
            get throws(RPCError) {
                if let pid { return .pid(pid) }
                if let tag { return .tag(tag) }
                throw RPCError(.invalidArgument, "process needs a pid or a tag")
            }
        }
    }

    struct Selected: Decodable, Sendable {
        var process: Selector
    }

    struct Update: Decodable, Sendable {
        var process: Selector
        var pty: Terminal?
    }

    struct Input: Decodable, Sendable {
        var stdin: Base64Bytes?
        var pty: Base64Bytes?
    }

    struct SendInput: Decodable, Sendable {
        var process: Selector
        var input: Input?
    }

    struct StreamInput: Decodable, Sendable {
        struct Start: Decodable, Sendable { var process: Selector }
        struct Piece: Decodable, Sendable { var input: Input? }

        var start: Start?
        var data: Piece?
    }

    struct SendSignal: Decodable, Sendable {
        var process: Selector
        var signal: Signal?
    }

    /// Enums are their names or their numbers.
    enum Signal: Decodable, Sendable {
        case terminate
        case kill
        case unknown

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            let text = try (try? container.decode(String.self)) ?? String(try container.decode(Int.self))
            self =
                switch text {
                case "SIGNAL_SIGTERM", "15": .terminate
                case "SIGNAL_SIGKILL", "9": .kill
                default: .unknown
                }
        }
    }

    struct List: Encodable, Sendable {
        struct Item: Encodable, Sendable {
            var config: Config
            var pid: Int32
            var tag: String?
        }

        var processes: [Item]

        init(_ processes: [any ComputerProcess]) {
            self.processes = processes.map { process in
                let request = process.request
                return Item(
                    config: Config(
                        cmd: request.command, args: request.arguments, envs: request.environment, cwd: request.directory
                    ),
                    pid: process.pid, tag: request.tag)
            }
        }
    }
}

/// Events of a process as they go over the wire. Written by hand: output is most of what is ever sent.
enum ProcessEventMessage {
    /// Most bytes of output in one message.
    static let largestPiece = 32 << 10

    static func start(pid: Int32) -> ByteBuffer { ByteBuffer(string: #"{"event":{"start":{"pid":\#(pid)}}}"#) }

    static func messages(_ event: ComputerProcessEvent) -> [ByteBuffer] {
        switch event {
        case .stdout(let bytes): data("stdout", bytes)
        case .stderr(let bytes): data("stderr", bytes)
        case .terminal(let bytes): data("pty", bytes)
        case .ended(let code, let signal): [end(code: code, signal: signal)]
        }
    }

    private static func data(_ name: String, _ bytes: [UInt8]) -> [ByteBuffer] {
        stride(from: 0, to: bytes.count, by: largestPiece).map { start in
            let piece = bytes[start..<min(start + largestPiece, bytes.count)]
            var buffer = ByteBuffer()
            buffer.reserveCapacity(piece.count * 4 / 3 + 48)
            buffer.writeString(#"{"event":{"data":{""# + name + #"":""#)
            buffer.writeBytes(Data(piece).base64EncodedData())
            buffer.writeString(#""}}}"#)
            return buffer
        }
    }

    private static func end(code: Int32, signal: Int32?) -> ByteBuffer {
        guard let signal else {
            if code == 0 {
                return ByteBuffer(string: #"{"event":{"end":{"exited":true,"status":"exit status 0"}}}"#)
            }
            let status = "exit status \(code)"
            return ByteBuffer(
                string:
                    #"{"event":{"end":{"exitCode":\#(code),"exited":true,"status":"\#(status)","error":"\#(status)"}}}"#
            )
        }
        let status = "signal: \(name(ofSignal: signal))"
        return ByteBuffer(
            string: #"{"event":{"end":{"exitCode":-1,"status":"\#(status)","error":"\#(status)"}}}"#)
    }

    /// As signal(7) is told by strsignal(3) in lower case.
    static func name(ofSignal number: Int32) -> String {
        switch number {
        case 1: "hangup"
        case 2: "interrupt"
        case 3: "quit"
        case 4: "illegal instruction"
        case 5: "trace/breakpoint trap"
        case 6: "aborted"
        case 7: "bus error"
        case 8: "floating point exception"
        case 9: "killed"
        case 10: "user defined signal 1"
        case 11: "segmentation fault"
        case 12: "user defined signal 2"
        case 13: "broken pipe"
        case 14: "alarm clock"
        case 15: "terminated"
        case 24: "CPU time limit exceeded"
        case 25: "file size limit exceeded"
        case 31: "bad system call"
        default: "signal \(number)"
        }
    }
}
