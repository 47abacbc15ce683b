// SPDX-License-Identifier: Apache-2.0

/// How the limits of a sandbox are held and its use is counted. A driver declares it, reports carry it, and
/// `IsolationConformance` holds the driver to every word of it.
///
/// Wall time, output and disk are not here: each is held for the whole sandbox, whatever the driver.
public struct LimitEnforcement: Sendable, Hashable, Codable {
    /// Whom a limit binds.
    public enum Holder: String, Sendable, Codable {
        /// All processes of the sandbox together, at every moment.
        case sandbox
        /// Each process alone: many processes use many times the limit.
        case process
        /// All together, as far as it is seen from time to time; what tries to hide may.
        case watched
        case none
    }

    /// What `memory_peak_bytes` covers.
    public enum Peak: String, Sendable, Codable {
        /// The stage that it is reported for.
        case stage
        /// Everything since the sandbox was made: a run's peak includes its compiler's.
        case sandbox
        /// The most that was seen from time to time.
        case watched
    }

    public var memory: Holder
    public var processes: Holder
    public var cpuTime: Holder
    /// How many CPUs may be used at a time.
    public var cpuRate: Holder
    public var memoryPeak: Peak
    /// Whether the kernel that holds the limit tells that it refused a process. Without it the verdict `process_limit` does not occur: the
    /// program's own failure is what is seen. The verdict `memory_limit` occurs where ``memory`` is `sandbox`.
    public var tellsRefusals: Bool

    public init(
        memory: Holder, processes: Holder, cpuTime: Holder, cpuRate: Holder, memoryPeak: Peak, tellsRefusals: Bool
    ) {
        self.memory = memory
        self.processes = processes
        self.cpuTime = cpuTime
        self.cpuRate = cpuRate
        self.memoryPeak = memoryPeak
        self.tellsRefusals = tellsRefusals
    }

    enum CodingKeys: String, CodingKey {
        case memory, processes
        case cpuTime = "cpu_time"
        case cpuRate = "cpu_rate"
        case memoryPeak = "memory_peak"
        case tellsRefusals = "tells_refusals"
    }
}
