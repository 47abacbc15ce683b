// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import NestboxCore

/// Counters without a control group: sums over a process and its descendants from /proc (proc(5)).
///
/// Weaker than a control group: a process that came and went between two looks is missing from memory, and CPU time of
/// a child counts only once its parent has waited for it. Used only where resource limits alone were accepted.
enum ProcessTree {
    private static let ticksPerSecond = 100  // USER_HZ, fixed in the kernel's interface on every architecture we run on
    private static let pageBytes = 4096

    static func usage(of root: Int32) -> SandboxUsage {
        var ticks = 0
        var residentPages = 0
        var waiting = [root]
        while let pid = waiting.popLast() {
            guard let text = try? Files.readText("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
                continue
            }
            let fields = text[end...].dropFirst().split(separator: " ")
            guard fields.count > 21 else { continue }
            // Fields 14 to 17: utime, stime, cutime, cstime; 24: rss.
            for index in 11...14 { ticks += Int(fields[index]) ?? 0 }
            residentPages += Int(fields[21]) ?? 0
            for thread in (try? Files.list("/proc/\(pid)/task")) ?? [] {
                let children = (try? Files.readText("/proc/\(pid)/task/\(thread)/children")) ?? ""
                waiting += children.split(separator: " ").compactMap { Int32($0) }
            }
        }
        return SandboxUsage(
            cpu: .milliseconds(ticks * 1000 / ticksPerSecond), memoryBytes: residentPages * pageBytes,
            memoryPeakBytes: residentPages * pageBytes, memoryKills: 0, processRefusals: 0)
    }
}
