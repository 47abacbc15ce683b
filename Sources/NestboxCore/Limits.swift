// SPDX-License-Identifier: Apache-2.0

/// What a sandbox may use, after defaults were filled in. Every field is enforced by the host.
public struct Limits: Sendable, Hashable {
    /// Wall-clock time of one stage in milliseconds, on the monotonic clock.
    public var wallMilliseconds: Int
    /// CPU time (user + system, all processes) of one stage in milliseconds.
    public var cpuMilliseconds: Int
    /// Memory of all processes together in bytes, files in the sandbox's memory file systems included; no swap.
    public var memoryBytes: Int
    /// stdout and stderr of one stage together, in bytes.
    public var outputBytes: Int
    /// Processes and threads at one time, the program's own included.
    public var processes: Int
    /// Bytes in all writable file systems of the sandbox together.
    public var diskBytes: Int
    /// Files and directories in all writable file systems of the sandbox together.
    public var inodes: Int
    /// Open descriptors of one process (`RLIMIT_NOFILE`).
    public var openFiles: Int
    /// CPU bandwidth in thousandths of one CPU (1000 = one CPU).
    public var milliCPU: Int

    public init(
        wallMilliseconds: Int, cpuMilliseconds: Int, memoryBytes: Int, outputBytes: Int, processes: Int,
        diskBytes: Int, inodes: Int, openFiles: Int, milliCPU: Int
    ) {
        self.wallMilliseconds = wallMilliseconds
        self.cpuMilliseconds = cpuMilliseconds
        self.memoryBytes = memoryBytes
        self.outputBytes = outputBytes
        self.processes = processes
        self.diskBytes = diskBytes
        self.inodes = inodes
        self.openFiles = openFiles
        self.milliCPU = milliCPU
    }

    /// What a run gets when the request says nothing.
    public static let standard = Limits(
        wallMilliseconds: 30_000, cpuMilliseconds: 10_000, memoryBytes: 512 << 20, outputBytes: 1 << 20,
        processes: 128, diskBytes: 256 << 20, inodes: 16_000, openFiles: 1024, milliCPU: 1000)

    /// What a compile stage gets: compilers need more memory and profit from every CPU.
    public static let standardCompile = Limits(
        wallMilliseconds: 60_000, cpuMilliseconds: 60_000, memoryBytes: 2 << 30, outputBytes: 1 << 20,
        processes: 256, diskBytes: 1 << 30, inodes: 64_000, openFiles: 4096, milliCPU: 4000)

    /// The most a request may ask for unless the operator configures other bounds.
    public static let standardMaximum = Limits(
        wallMilliseconds: 600_000, cpuMilliseconds: 600_000, memoryBytes: 8 << 30, outputBytes: 64 << 20,
        processes: 4096, diskBytes: 4 << 30, inodes: 1_000_000, openFiles: 65_536, milliCPU: 64_000)
}

/// The limits a request names; every field that is absent takes its default. Values are checked by ``RunRequest/validated``.
public struct LimitsRequest: Sendable, Hashable, Codable {
    public var wallMilliseconds: Int?
    public var cpuMilliseconds: Int?
    public var memoryBytes: Int?
    public var outputBytes: Int?
    public var processes: Int?
    public var diskBytes: Int?

    public init(
        wallMilliseconds: Int? = nil, cpuMilliseconds: Int? = nil, memoryBytes: Int? = nil,
        outputBytes: Int? = nil, processes: Int? = nil, diskBytes: Int? = nil
    ) {
        self.wallMilliseconds = wallMilliseconds
        self.cpuMilliseconds = cpuMilliseconds
        self.memoryBytes = memoryBytes
        self.outputBytes = outputBytes
        self.processes = processes
        self.diskBytes = diskBytes
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case wallMilliseconds = "wall_ms"
        case cpuMilliseconds = "cpu_ms"
        case memoryBytes = "memory_bytes"
        case outputBytes = "output_bytes"
        case processes
        case diskBytes = "disk_bytes"
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        wallMilliseconds = try container.decodeIfPresent(Int.self, forKey: .wallMilliseconds)
        cpuMilliseconds = try container.decodeIfPresent(Int.self, forKey: .cpuMilliseconds)
        memoryBytes = try container.decodeIfPresent(Int.self, forKey: .memoryBytes)
        outputBytes = try container.decodeIfPresent(Int.self, forKey: .outputBytes)
        processes = try container.decodeIfPresent(Int.self, forKey: .processes)
        diskBytes = try container.decodeIfPresent(Int.self, forKey: .diskBytes)
    }

    /// These limits over `defaults`, each at least 1 and at most its value in `maximum`.
    ///
    /// - Parameter field: The field of the request that holds them.
    /// - Throws: ``RequestError`` `invalid_limit` that names the field, the value and the allowed range.
    public func resolved(
        defaults: Limits, maximum: Limits, field: String = "limits"
    ) throws(RequestError) -> Limits {
        var limits = defaults
        func check(_ value: Int?, _ key: CodingKeys, least: Int, most: Int) throws(RequestError) -> Int? {
            guard let value else { return nil }
            guard value >= least, value <= most else {
                throw RequestError(
                    .invalidLimit, "\(field).\(key.rawValue) is \(value); it must be from \(least) to \(most)",
                    field: "\(field).\(key.rawValue)")
            }
            return value
        }
        if let v = try check(wallMilliseconds, .wallMilliseconds, least: 1, most: maximum.wallMilliseconds) {
            limits.wallMilliseconds = v
        }
        if let v = try check(cpuMilliseconds, .cpuMilliseconds, least: 1, most: maximum.cpuMilliseconds) {
            limits.cpuMilliseconds = v
        }
        if let v = try check(memoryBytes, .memoryBytes, least: Self.leastMemoryBytes, most: maximum.memoryBytes) {
            limits.memoryBytes = v
        }
        if let v = try check(outputBytes, .outputBytes, least: 1, most: maximum.outputBytes) { limits.outputBytes = v }
        if let v = try check(processes, .processes, least: 1, most: maximum.processes) { limits.processes = v }
        if let v = try check(diskBytes, .diskBytes, least: Self.leastDiskBytes, most: maximum.diskBytes) {
            limits.diskBytes = v
        }
        return limits
    }

    /// These limits, and where there is none, that of `other`.
    public func over(_ other: LimitsRequest) -> LimitsRequest {
        LimitsRequest(
            wallMilliseconds: wallMilliseconds ?? other.wallMilliseconds,
            cpuMilliseconds: cpuMilliseconds ?? other.cpuMilliseconds, memoryBytes: memoryBytes ?? other.memoryBytes,
            outputBytes: outputBytes ?? other.outputBytes, processes: processes ?? other.processes,
            diskBytes: diskBytes ?? other.diskBytes)
    }

    /// Below this the guest agent itself would not fit, and every run would blame the program for it.
    public static let leastMemoryBytes = 8 << 20
    /// Below this not even the program's own source fits.
    public static let leastDiskBytes = 64 << 10
}
