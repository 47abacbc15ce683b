// SPDX-License-Identifier: Apache-2.0
import NestboxCore

/// What of a machine cannot change once it was started; machines of one shape go on from the same kept one.
struct MachineShape: Sendable, Hashable {
    let memoryBytes: Int
    let processors: Int

    private static let mostProcessors = 8
    /// QEMU itself, with what it translates.
    static let emulatorBytes = 192 << 20
    /// About what a machine that waits takes of the host's memory: QEMU, and its copy of the kept memory.
    static let idleBytes = 160 << 20
    /// Threads of QEMU: processors, and those that read files.
    static let emulatorThreads = 256

    /// Rounded up, so that few shapes serve all limits.
    init(_ limits: Limits, overhead: Int) {
        let wanted = limits.memoryBytes + overhead
        let unit = wanted <= 1 << 30 ? 128 << 20 : 1 << 30
        memoryBytes = (wanted + unit - 1) / unit * unit
        processors = min(Self.mostProcessors, max(1, (limits.milliCPU + 999) / 1000))
    }
}
