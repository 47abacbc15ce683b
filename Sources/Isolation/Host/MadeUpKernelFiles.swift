// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
package import NestboxCore

/// Files of /proc that would show how large and how busy the host is: programs size heaps, caches and worker pools by them,
/// and neighbours can be watched through them. Inside they show the limits of the sandbox, and a machine that is idle and was
/// started for this sandbox.
///
/// Formats: proc_meminfo(5), proc_stat(5), proc_loadavg(5), proc_swaps(5).
package enum MadeUpKernelFiles {
    /// Below /proc.
    package static let names = ["meminfo", "stat", "loadavg", "swaps"]

    package static func files(limits: Limits, bootTime: Int) -> [(name: String, content: String)] {
        [
            (names[0], memory(kibibytes: limits.memoryBytes >> 10)),
            (names[1], statistics(processors: max(1, (limits.milliCPU + 999) / 1000), bootTime: bootTime)),
            (names[2], "0.00 0.00 0.00 1/1 1\n"),
            (names[3], "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"),
        ]
    }

    /// What the kernel says; 0 when it does not.
    package static var bootTime: Int {
        let lines = ((try? Files.readText("/proc/stat")) ?? "").split(separator: "\n")
        return lines.first { $0.hasPrefix("btime ") }.flatMap { Int($0.dropFirst(6)) } ?? 0
    }

    private static func memory(kibibytes: Int) -> String {
        let whole = ["MemTotal", "MemFree", "MemAvailable"]
        let none = [
            "Buffers", "Cached", "SwapCached", "Active", "Inactive", "SwapTotal", "SwapFree", "Dirty", "Writeback",
            "AnonPages",
            "Mapped", "Shmem", "Slab", "SReclaimable", "SUnreclaim", "PageTables", "Committed_AS", "HugePages_Total",
        ]
        func line(_ name: String, _ value: Int) -> String {
            let number = String(value)
            let width = 24 - name.utf8.count - 1
            return name + ":" + String(repeating: " ", count: max(1, width - number.utf8.count)) + number
                + (name.hasPrefix("HugePages_") ? "\n" : " kB\n")
        }
        return whole.map { line($0, kibibytes) }.joined() + line("CommitLimit", kibibytes)
            + none.map { line($0, 0) }.joined()
    }

    private static func statistics(processors: Int, bootTime: Int) -> String {
        let idle = " 0 0 0 0 0 0 0 0 0 0\n"
        return "cpu " + idle + (0..<processors).map { "cpu\($0)" + idle }.joined()
            + "intr 0\nctxt 0\nbtime \(bootTime)\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n"
    }
}
