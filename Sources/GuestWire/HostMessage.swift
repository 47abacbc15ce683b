// SPDX-License-Identifier: Apache-2.0

/// Who a program runs as.
public enum ProgramUser: UInt8, Sendable, Hashable, CaseIterable {
    /// `user`, uid 1000.
    case standard = 0
    /// uid 0 of the sandbox's own user namespace; only in the `computer` profile.
    case root = 1
}

/// Size of a terminal in characters.
public struct TerminalWindow: Sendable, Hashable {
    public var columns: UInt16
    public var rows: UInt16

    public init(columns: UInt16, rows: UInt16) {
        self.columns = columns
        self.rows = rows
    }
}

/// A program that the guest agent shall start.
public struct ProcessSpec: Sendable, Hashable {
    /// Absolute path, or a bare name looked up in the `PATH` of ``environment``.
    public var program: String
    /// argv, the program's own name first.
    public var arguments: [String]
    /// `NAME=value`; the program gets exactly these.
    public var environment: [String]
    public var directory: String
    /// Bytes of output the guest may send for each of stdout and stderr before the host grants more.
    public var outputCredit: UInt32
    /// Kill everything else in the sandbox when this program ends, before its end is reported.
    public var endsSandboxProcesses: Bool
    public var user: ProgramUser
    /// A new pseudo terminal for stdin, stdout and stderr, which the program controls; nil for pipes. What it shows comes
    /// as ``OutputStream/stdout``.
    public var terminal: TerminalWindow?
    /// False: stdin is /dev/null.
    public var hasInput: Bool

    public init(
        program: String, arguments: [String], environment: [String], directory: String, outputCredit: UInt32,
        endsSandboxProcesses: Bool, user: ProgramUser = .standard, terminal: TerminalWindow? = nil,
        hasInput: Bool = true
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.outputCredit = outputCredit
        self.endsSandboxProcesses = endsSandboxProcesses
        self.user = user
        self.terminal = terminal
        self.hasInput = hasInput
    }
}

/// Which files to send back, and how much at most.
public struct CollectSpec: Sendable, Hashable {
    /// Longest path of a collected file in bytes, PATH_MAX. A program can make longer ones by changing directory as it goes
    /// down; the guest leaves them out, and the host refuses a guest that does not.
    public static let mostPathBytes = 4096

    /// Absolute directory that patterns are relative to.
    public var root: String
    public var patterns: [String]
    public var mostFiles: UInt32
    public var mostFileBytes: UInt64
    public var mostTotalBytes: UInt64
    /// Directory entries to look at before giving up.
    public var mostEntries: UInt32
    public var mostDepth: UInt32

    public init(
        root: String, patterns: [String], mostFiles: UInt32, mostFileBytes: UInt64, mostTotalBytes: UInt64,
        mostEntries: UInt32, mostDepth: UInt32
    ) {
        self.root = root
        self.patterns = patterns
        self.mostFiles = mostFiles
        self.mostFileBytes = mostFileBytes
        self.mostTotalBytes = mostTotalBytes
        self.mostEntries = mostEntries
        self.mostDepth = mostDepth
    }
}

/// A stream of a process.
public enum OutputStream: UInt8, Sendable, Hashable {
    case stdout = 1
    case stderr = 2
}

/// What the host tells the guest agent. `request` and `process` are numbers chosen by the host, unique per sandbox.
public enum HostMessage: Sendable, Hashable {
    /// Always first; answered by `ready` or `setupFailed`.
    case setup(generation: UInt32, steps: [GuestStep])
    /// Write a chunk of a file beneath the absolute directory `root`. `path` is relative, without `..`; no symbolic
    /// link is followed; missing directories are made. The chunk with `offset` 0 replaces what was there. The chunk
    /// with `last` is answered by `done`; any failure by `failed`.
    case putFile(request: UInt32, root: String, path: String, mode: UInt32, offset: UInt64, data: [UInt8], last: Bool)
    /// Answered by `started` or `startFailed`.
    case start(process: UInt32, spec: ProcessSpec)
    /// Input for a process, within the credit the guest has granted.
    case stdin(process: UInt32, data: [UInt8])
    /// The end of input; a terminal gets its end-of-file character (^D).
    case closeStdin(process: UInt32)
    /// More bytes of output may be sent.
    case grant(process: UInt32, stream: OutputStream, bytes: UInt32)
    /// Signal the process, or its whole session's process group.
    case signal(process: UInt32, number: Int32, group: Bool)
    /// Kill every process of the sandbox but the agent; answered by `done` when all are gone.
    case killAll(request: UInt32)
    /// Answered by any number of `file` and `fileData`, then `collected`; or `failed`.
    case collect(request: UInt32, spec: CollectSpec)
    /// A new size of the terminal of a process; SIGWINCH follows.
    case resize(process: UInt32, columns: UInt16, rows: UInt16)
    /// Other resource limits for programs that are started from now on; those of other resources stay.
    case setLimits([GuestStep.GuestLimit])
    /// A zygote has put a child into the sandbox, and the descriptor passed with this is the stream to it. The agent confines it
    /// as it would any program; a later ``start(process:spec:)`` of this number makes it the program. Answered by `done` or
    /// `failed`.
    case adopt(request: UInt32, process: UInt32, user: ProgramUser)
    /// Starts a program that has no file yet, with a library preloaded that holds it before it looks for one; the descriptor
    /// passed with this is that library. A later ``start(process:spec:)`` of this number, which differs in its environment
    /// alone, lets it go on. Answered by `done` once it waits, or `failed`.
    case startAhead(request: UInt32, process: UInt32, spec: ProcessSpec)
    /// Programs that the agent starts from now on are kept on one processor, the one of this number among those that the agent
    /// may use, counted round; and where `fixedAddresses` says so the kernel puts nothing of them at random addresses. Says
    /// nothing of children of zygotes and of programs that were started ahead.
    case setConditions(processor: UInt32, fixedAddresses: Bool)
    /// In a machine: as ``GuestStep/limitPrograms(memoryBytes:processes:)``, for programs that are there too.
    case limitPrograms(memoryBytes: UInt64, processes: UInt32)
    /// In a machine: answered by `usage`.
    case measure

    public func encoded() -> [UInt8] {
        switch self {
        case .setup(let generation, let steps):
            Frame.encode(type: 1) { writer in
                writer.put(generation)
                writer.put(list: steps) { $1.encode(into: &$0) }
            }
        case .putFile(let request, let root, let path, let mode, let offset, let data, let last):
            Frame.encode(type: 2) { writer in
                writer.put(request)
                writer.put(root)
                writer.put(path)
                writer.put(mode)
                writer.put(offset)
                writer.put(data)
                writer.put(last)
            }
        case .start(let process, let spec):
            Frame.encode(type: 3) { writer in
                writer.put(process)
                spec.encode(into: &writer)
            }
        case .stdin(let process, let data):
            Frame.encode(type: 4) { writer in
                writer.put(process)
                writer.put(data)
            }
        case .closeStdin(let process):
            Frame.encode(type: 5) { $0.put(process) }
        case .grant(let process, let stream, let bytes):
            Frame.encode(type: 6) { writer in
                writer.put(process)
                writer.put(stream.rawValue)
                writer.put(bytes)
            }
        case .signal(let process, let number, let group):
            Frame.encode(type: 7) { writer in
                writer.put(process)
                writer.put(number)
                writer.put(group)
            }
        case .killAll(let request):
            Frame.encode(type: 8) { $0.put(request) }
        case .collect(let request, let spec):
            Frame.encode(type: 9) { writer in
                writer.put(request)
                writer.put(spec.root)
                writer.put(list: spec.patterns) { $0.put($1) }
                writer.put(spec.mostFiles)
                writer.put(spec.mostFileBytes)
                writer.put(spec.mostTotalBytes)
                writer.put(spec.mostEntries)
                writer.put(spec.mostDepth)
            }
        case .resize(let process, let columns, let rows):
            Frame.encode(type: 10) { writer in
                writer.put(process)
                writer.put(columns)
                writer.put(rows)
            }
        case .setLimits(let limits):
            Frame.encode(type: 11) { writer in writer.put(list: limits) { $1.encode(into: &$0) } }
        case .adopt(let request, let process, let user):
            Frame.encode(type: 12) { writer in
                writer.put(request)
                writer.put(process)
                writer.put(user.rawValue)
            }
        case .startAhead(let request, let process, let spec):
            Frame.encode(type: 13) { writer in
                writer.put(request)
                writer.put(process)
                spec.encode(into: &writer)
            }
        case .setConditions(let processor, let fixedAddresses):
            Frame.encode(type: 14) { writer in
                writer.put(processor)
                writer.put(fixedAddresses)
            }
        case .limitPrograms(let memoryBytes, let processes):
            Frame.encode(type: 15) { writer in
                writer.put(memoryBytes)
                writer.put(processes)
            }
        case .measure: Frame.encode(type: 16) { _ in }
        }
    }

    public init(type: UInt8, payload: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(payload)
        switch type {
        case 1:
            self = .setup(
                generation: try reader.uint32("generation"),
                steps: try reader.list("steps") { reader throws(WireError) in try GuestStep(from: &reader) })
        case 2:
            self = .putFile(
                request: try reader.uint32("request"), root: try reader.text("root"), path: try reader.text("path"),
                mode: try reader.uint32("mode"), offset: try reader.uint64("offset"), data: try reader.data("data"),
                last: try reader.bool("last"))
        case 3:
            self = .start(process: try reader.uint32("process"), spec: try ProcessSpec(from: &reader))
        case 4: self = .stdin(process: try reader.uint32("process"), data: try reader.data("data"))
        case 5: self = .closeStdin(process: try reader.uint32("process"))
        case 6:
            self = .grant(
                process: try reader.uint32("process"), stream: try OutputStream(from: &reader),
                bytes: try reader.uint32("bytes"))
        case 7:
            self = .signal(
                process: try reader.uint32("process"), number: try reader.int32("number"),
                group: try reader.bool("group"))
        case 8: self = .killAll(request: try reader.uint32("request"))
        case 9:
            self = .collect(
                request: try reader.uint32("request"),
                spec: CollectSpec(
                    root: try reader.text("root"),
                    patterns: try reader.list("patterns") { reader throws(WireError) in try reader.text("pattern") },
                    mostFiles: try reader.uint32("most_files"), mostFileBytes: try reader.uint64("most_file_bytes"),
                    mostTotalBytes: try reader.uint64("most_total_bytes"),
                    mostEntries: try reader.uint32("most_entries"), mostDepth: try reader.uint32("most_depth")))
        case 10:
            self = .resize(
                process: try reader.uint32("process"), columns: try reader.uint16("columns"),
                rows: try reader.uint16("rows"))
        case 11:
            self = .setLimits(
                try reader.list("limits") { reader throws(WireError) in try GuestStep.GuestLimit(from: &reader) })
        case 12:
            self = .adopt(
                request: try reader.uint32("request"), process: try reader.uint32("process"),
                user: try ProgramUser(from: &reader))
        case 13:
            self = .startAhead(
                request: try reader.uint32("request"), process: try reader.uint32("process"),
                spec: try ProcessSpec(from: &reader))
        case 14:
            self = .setConditions(
                processor: try reader.uint32("processor"), fixedAddresses: try reader.bool("fixed_addresses"))
        case 15:
            self = .limitPrograms(
                memoryBytes: try reader.uint64("memory_bytes"), processes: try reader.uint32("processes"))
        case 16: self = .measure
        default: throw .invalid(field: "type", value: UInt64(type))
        }
        try reader.finish()
    }
}

extension ProcessSpec {
    func encode(into writer: inout WireWriter) {
        writer.put(program)
        writer.put(list: arguments) { $0.put($1) }
        writer.put(list: environment) { $0.put($1) }
        writer.put(directory)
        writer.put(outputCredit)
        writer.put(endsSandboxProcesses)
        writer.put(user.rawValue)
        writer.put(terminal != nil)
        writer.put(terminal?.columns ?? 0)
        writer.put(terminal?.rows ?? 0)
        writer.put(hasInput)
    }

    init(from reader: inout WireReader) throws(WireError) {
        program = try reader.text("program")
        arguments = try reader.list("arguments") { reader throws(WireError) in try reader.text("argument") }
        environment = try reader.list("environment") { reader throws(WireError) in try reader.text("variable") }
        directory = try reader.text("directory")
        outputCredit = try reader.uint32("output_credit")
        endsSandboxProcesses = try reader.bool("ends_sandbox_processes")
        user = try ProgramUser(from: &reader)
        let hasTerminal = try reader.bool("has_terminal")
        let window = TerminalWindow(columns: try reader.uint16("columns"), rows: try reader.uint16("rows"))
        guard hasTerminal || window == TerminalWindow(columns: 0, rows: 0) else {
            throw .invalid(field: "columns", value: UInt64(window.columns))
        }
        terminal = hasTerminal ? window : nil
        hasInput = try reader.bool("has_input")
    }
}

extension ProgramUser {
    init(from reader: inout WireReader) throws(WireError) {
        let number = try reader.byte("user")
        guard let user = ProgramUser(rawValue: number) else { throw .invalid(field: "user", value: UInt64(number)) }
        self = user
    }
}

extension OutputStream {
    init(from reader: inout WireReader) throws(WireError) {
        let value = try reader.byte("stream")
        guard let stream = OutputStream(rawValue: value) else { throw .invalid(field: "stream", value: UInt64(value)) }
        self = stream
    }
}
