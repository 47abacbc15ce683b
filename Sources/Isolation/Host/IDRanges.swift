// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import Synchronization

/// A range of 65,536 host ids, reserved machine-wide until it goes away.
package final class IDRangeLease: Sendable {
    package let base: UInt32
    private let slot: Int
    private let allocator: IDRangeAllocator

    fileprivate init(slot: Int, allocator: IDRangeAllocator) {
        self.slot = slot
        self.allocator = allocator
        base = IDRangeAllocator.firstID + UInt32(slot) * IDRangeAllocator.idsPerSandbox
    }

    deinit {
        allocator.release(slot)
    }
}

/// Hands out host id ranges that no other sandbox of this machine uses, also not one of another Nestbox process.
///
/// Each slot is one byte of a lock file: the kernel drops the lock with its process, so nothing is left after a crash.
package final class IDRangeAllocator: Sendable {
    /// Above what distributions, containers and systemd hand out (systemd's "Users, Groups, UIDs and GIDs": 1879048192
    /// to 2147483647 is unused).
    package static let firstID: UInt32 = 1_879_048_192
    package static let idsPerSandbox: UInt32 = 65_536
    package static let slots = 4096

    private struct State {
        var used = [Bool](repeating: false, count: slots)
        var next = 0
    }

    private let file: SharedDescriptor
    private let state: Mutex<State>

    package init() throws(IsolationError) {
        do throws(SystemError) {
            try HostDirectory.make()
            file = SharedDescriptor(
                try Files.open("\(HostDirectory.path)/id-ranges.lock", [.readWrite, .create, .noFollow], mode: 0o600))
        } catch {
            throw IsolationError(.unavailable, step: "reserve host ids", message: "\(error)")
        }
        // Processes start at different places, so that they rarely meet on a slot.
        state = Mutex(State(next: Int(Processes.ownPID) * 61 % Self.slots))
    }

    package func lease() throws(IsolationError) -> IDRangeLease {
        do throws(SystemError) {
            let slot = try state.withLock { state throws(SystemError) -> Int? in
                for offset in 0..<Self.slots {
                    let slot = (state.next + offset) % Self.slots
                    guard !state.used[slot], try FileLocks.lock(file.raw, byte: slot) else { continue }
                    state.used[slot] = true
                    state.next = (slot + 1) % Self.slots
                    return slot
                }
                return nil
            }
            if let slot { return IDRangeLease(slot: slot, allocator: self) }
        } catch {
            throw IsolationError(.setupFailed, step: "reserve host ids", message: "\(error)")
        }
        throw IsolationError(
            .setupFailed, step: "reserve host ids", message: "all \(Self.slots) ranges of this machine are in use")
    }

    fileprivate func release(_ slot: Int) {
        state.withLock { state in
            try? FileLocks.unlock(file.raw, byte: slot)
            state.used[slot] = false
        }
    }
}
