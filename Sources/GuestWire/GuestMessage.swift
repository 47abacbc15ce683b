// SPDX-License-Identifier: Apache-2.0

/// How a process ended, as the agent saw it.
public enum ProcessEnd: Sendable, Hashable {
    case exited(code: UInt8)
    case signaled(UInt8)
}

/// Room left in the scratch file system when a process ended.
public struct ScratchSpace: Sendable, Hashable {
    public var totalBytes: UInt64
    public var freeBytes: UInt64
    public var totalInodes: UInt64
    public var freeInodes: UInt64

    public init(totalBytes: UInt64, freeBytes: UInt64, totalInodes: UInt64, freeInodes: UInt64) {
        self.totalBytes = totalBytes
        self.freeBytes = freeBytes
        self.totalInodes = totalInodes
        self.freeInodes = freeInodes
    }
}

/// What all programs of a machine together use and have used, as its own kernel counts.
public struct ProgramUsage: Sendable, Hashable {
    /// Now: of processes, of files in memory, and what the kernel keeps for them.
    public var memoryBytes: UInt64
    /// Since the machine was restored.
    public var memoryPeakBytes: UInt64
    /// Processes killed because there was no memory for them.
    public var memoryKills: UInt64
    /// Processes and threads that were refused.
    public var processRefusals: UInt64

    public init(memoryBytes: UInt64, memoryPeakBytes: UInt64, memoryKills: UInt64, processRefusals: UInt64) {
        self.memoryBytes = memoryBytes
        self.memoryPeakBytes = memoryPeakBytes
        self.memoryKills = memoryKills
        self.processRefusals = processRefusals
    }
}

/// Why a matching file comes without its content.
public enum CollectSkip: UInt8, Sendable, Hashable {
    /// Its content follows.
    case none = 0
    case tooLarge = 1
    case totalTooLarge = 2
    case notAFile = 3
    case unreadable = 4
}

/// What the guest agent tells the host. The host believes none of it beyond this one sandbox.
public enum GuestMessage: Sendable, Hashable {
    /// The setup is complete.
    case ready(generation: UInt32)
    /// Step number `index` failed. `call` names the system call and what it was about.
    case setupFailed(index: UInt32, number: Int32, call: String)
    case started(process: UInt32, pid: Int32)
    /// `step` is a number of the agent's spawn steps, see ``SpawnStep``.
    case startFailed(process: UInt32, step: UInt8, number: Int32)
    case output(process: UInt32, stream: OutputStream, data: [UInt8])
    /// The host may send this many more bytes of input.
    case stdinGrant(process: UInt32, bytes: UInt32)
    /// The process ended, all its output was sent before this.
    case exited(process: UInt32, end: ProcessEnd, space: ScratchSpace)
    case done(request: UInt32)
    case failed(request: UInt32, number: Int32, what: String)
    /// A file that matches. `path` is relative, as raw bytes.
    case file(request: UInt32, path: [UInt8], size: UInt64, skip: CollectSkip)
    /// Content of the file announced last.
    case fileData(request: UInt32, data: [UInt8])
    /// `complete` is false when a bound stopped the search.
    case collected(request: UInt32, complete: Bool)
    /// From a machine: after `ready`, before each `exited`, when a process was killed for memory, and when asked.
    case usage(ProgramUsage)

    public func encoded() -> [UInt8] {
        switch self {
        case .ready(let generation):
            Frame.encode(type: 1) { $0.put(generation) }
        case .setupFailed(let index, let number, let call):
            Frame.encode(type: 2) { writer in
                writer.put(index)
                writer.put(number)
                writer.put(call)
            }
        case .started(let process, let pid):
            Frame.encode(type: 3) { writer in
                writer.put(process)
                writer.put(pid)
            }
        case .startFailed(let process, let step, let number):
            Frame.encode(type: 4) { writer in
                writer.put(process)
                writer.put(step)
                writer.put(number)
            }
        case .output(let process, let stream, let data):
            Frame.encode(type: 5) { writer in
                writer.put(process)
                writer.put(stream.rawValue)
                writer.put(data)
            }
        case .stdinGrant(let process, let bytes):
            Frame.encode(type: 6) { writer in
                writer.put(process)
                writer.put(bytes)
            }
        case .exited(let process, let end, let space):
            Frame.encode(type: 7) { writer in
                writer.put(process)
                switch end {
                case .exited(let code):
                    writer.put(UInt8(0))
                    writer.put(code)
                case .signaled(let number):
                    writer.put(UInt8(1))
                    writer.put(number)
                }
                writer.put(space.totalBytes)
                writer.put(space.freeBytes)
                writer.put(space.totalInodes)
                writer.put(space.freeInodes)
            }
        case .done(let request):
            Frame.encode(type: 8) { $0.put(request) }
        case .failed(let request, let number, let what):
            Frame.encode(type: 9) { writer in
                writer.put(request)
                writer.put(number)
                writer.put(what)
            }
        case .file(let request, let path, let size, let skip):
            Frame.encode(type: 10) { writer in
                writer.put(request)
                writer.put(path)
                writer.put(size)
                writer.put(skip.rawValue)
            }
        case .fileData(let request, let data):
            Frame.encode(type: 11) { writer in
                writer.put(request)
                writer.put(data)
            }
        case .collected(let request, let complete):
            Frame.encode(type: 12) { writer in
                writer.put(request)
                writer.put(complete)
            }
        case .usage(let usage):
            Frame.encode(type: 13) { writer in
                writer.put(usage.memoryBytes)
                writer.put(usage.memoryPeakBytes)
                writer.put(usage.memoryKills)
                writer.put(usage.processRefusals)
            }
        }
    }

    public init(type: UInt8, payload: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(payload)
        switch type {
        case 1: self = .ready(generation: try reader.uint32("generation"))
        case 2:
            self = .setupFailed(
                index: try reader.uint32("index"), number: try reader.int32("number"), call: try reader.text("call"))
        case 3: self = .started(process: try reader.uint32("process"), pid: try reader.int32("pid"))
        case 4:
            self = .startFailed(
                process: try reader.uint32("process"), step: try reader.byte("step"), number: try reader.int32("number")
            )
        case 5:
            self = .output(
                process: try reader.uint32("process"), stream: try OutputStream(from: &reader),
                data: try reader.data("data"))
        case 6: self = .stdinGrant(process: try reader.uint32("process"), bytes: try reader.uint32("bytes"))
        case 7:
            let process = try reader.uint32("process")
            let kind = try reader.byte("end")
            let value = try reader.byte("value")
            guard kind <= 1 else { throw .invalid(field: "end", value: UInt64(kind)) }
            self = .exited(
                process: process, end: kind == 0 ? .exited(code: value) : .signaled(value),
                space: ScratchSpace(
                    totalBytes: try reader.uint64("total_bytes"), freeBytes: try reader.uint64("free_bytes"),
                    totalInodes: try reader.uint64("total_inodes"), freeInodes: try reader.uint64("free_inodes")))
        case 8: self = .done(request: try reader.uint32("request"))
        case 9:
            self = .failed(
                request: try reader.uint32("request"), number: try reader.int32("number"), what: try reader.text("what")
            )
        case 10:
            let request = try reader.uint32("request")
            let path = try reader.data("path")
            let size = try reader.uint64("size")
            let skip = try reader.byte("skip")
            guard let reason = CollectSkip(rawValue: skip) else { throw .invalid(field: "skip", value: UInt64(skip)) }
            self = .file(request: request, path: path, size: size, skip: reason)
        case 11: self = .fileData(request: try reader.uint32("request"), data: try reader.data("data"))
        case 12: self = .collected(request: try reader.uint32("request"), complete: try reader.bool("complete"))
        case 13:
            self = .usage(
                ProgramUsage(
                    memoryBytes: try reader.uint64("memory_bytes"),
                    memoryPeakBytes: try reader.uint64("memory_peak_bytes"),
                    memoryKills: try reader.uint64("memory_kills"),
                    processRefusals: try reader.uint64("process_refusals")))
        default: throw .invalid(field: "type", value: UInt64(type))
        }
        try reader.finish()
    }
}

/// The steps of starting a program, in their order; numbers on the wire.
public enum SpawnStep: UInt8, Sendable, CaseIterable {
    case clone = 1
    case session = 2
    case descriptors = 3
    case limits = 4
    case capabilities = 5
    case identity = 6
    case directory = 7
    case noNewPrivileges = 8
    case landlock = 9
    case seccomp = 10
    case exec = 11
    case conditions = 12
    case group = 13
}
