// SPDX-License-Identifier: Apache-2.0
import NestboxCore

/// One limit of a sandbox as the configuration names it.
enum LimitField: String, CaseIterable, Sendable {
    case wall, cpu, memory, output, processes, disk, inodes
    case openFiles = "open_files"
    case cpus

    var keyPath: any WritableKeyPath<Limits, Int> & Sendable {
        switch self {
        case .wall: \.wallMilliseconds
        case .cpu: \.cpuMilliseconds
        case .memory: \.memoryBytes
        case .output: \.outputBytes
        case .processes: \.processes
        case .disk: \.diskBytes
        case .inodes: \.inodes
        case .openFiles: \.openFiles
        case .cpus: \.milliCPU
        }
    }

    /// How the limit is written, and the range that makes sense on any machine.
    var kind: ValueKind<Int> {
        switch self {
        case .wall, .cpu: .time(1...(7 * 24 * 3_600_000))
        case .memory: .size(LimitsRequest.leastMemoryBytes...(1 << 44))
        case .output: .size(1...(1 << 40))
        case .processes: .integer(1...4_194_304)
        case .disk: .size(LimitsRequest.leastDiskBytes...(1 << 44))
        case .inodes: .integer(16...1_000_000_000)
        case .openFiles: .integer(16...1_048_576)
        case .cpus: .cpus(10...4_096_000)
        }
    }

    var summary: String {
        switch self {
        case .wall: "Wall-clock time of one stage."
        case .cpu: "CPU time of one stage, over all its processes."
        case .memory: "Memory of all processes together, files in the sandbox included."
        case .output: "Standard output and standard error of one stage together."
        case .processes: "Processes and threads at one time."
        case .disk: "Bytes in all writable file systems of the sandbox together."
        case .inodes: "Files and directories in all writable file systems together."
        case .openFiles: "Open descriptors of one process."
        case .cpus: "CPUs the sandbox may use at one time; parts of one are allowed."
        }
    }
}
