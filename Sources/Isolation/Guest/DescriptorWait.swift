// SPDX-License-Identifier: Apache-2.0
public import LinuxSystem
import Synchronization

/// Waiting for descriptors without holding a thread.
public enum DescriptorWait {
    /// Returns once `descriptor` is readable: for a pidfd, once its process has ended.
    ///
    /// Not cancellable: it is used where clean-up must go on whatever happens to the request.
    public static func readable(_ descriptor: Int32) async throws(SystemError) {
        let reactor = try GuestSession.reactor()
        let registration = Mutex<UInt64?>(nil)
        let failure: SystemError? = await withCheckedContinuation { continuation in
            let once = Once(continuation)
            do throws(SystemError) {
                let token = try reactor.add(descriptor, .readable) { _ in once.resume(nil) }
                registration.withLock { $0 = token }
            } catch {
                once.resume(error)
            }
        }
        if let token = registration.withLock({ $0 }) { reactor.remove(token, descriptor: descriptor) }
        if let failure { throw failure }
    }
}

/// Resumes a continuation at most once; a level-triggered event may be reported again before it is removed.
private final class Once: Sendable {
    private let continuation: Mutex<CheckedContinuation<SystemError?, Never>?>

    init(_ continuation: CheckedContinuation<SystemError?, Never>) {
        self.continuation = Mutex(continuation)
    }

    func resume(_ value: SystemError?) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(returning: value)
    }
}
