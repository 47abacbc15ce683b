// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// A system call failed: which, on what, and the errno.
public struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    /// errno(3) value.
    public let number: Int32
    /// Name of the call, such as `move_mount`.
    public let call: String
    /// The path or object it was about; empty when there is none.
    public let subject: String

    public init(_ number: Int32, call: String, subject: String = "") {
        self.number = number
        self.call = call
        self.subject = subject
    }

    /// Symbolic name of the errno, such as `EPERM`.
    public var name: String { String(cString: nb_errno_name(number)) }

    public var description: String {
        subject.isEmpty ? "\(call): \(name)" : "\(call) \(subject): \(name)"
    }

    /// The process or the machine is out of something (descriptors, memory) that may be there again a moment later.
    public var isShortage: Bool { [EMFILE, ENFILE, ENOMEM].contains(number) }

    /// The error of the call that just failed on this thread.
    static func last(_ call: String, _ subject: @autoclosure () -> String = "") -> SystemError {
        SystemError(errno, call: call, subject: subject())
    }
}

/// errno values that callers decide on.
public enum Errno {
    public static let notPermitted = EPERM
    public static let noEntry = ENOENT
    public static let noSuchDevice = ENXIO
    public static let interrupted = EINTR
    public static let again = EAGAIN
    public static let access = EACCES
    public static let notExecutable = ENOEXEC
    public static let busy = EBUSY
    public static let exists = EEXIST
    public static let invalid = EINVAL
    public static let noSpace = ENOSPC
    public static let loop = ELOOP
    public static let crossDevice = EXDEV
    public static let notImplemented = ENOSYS
    public static let noProcess = ESRCH
    public static let brokenPipe = EPIPE
    public static let connectionReset = ECONNRESET
    public static let notDirectory = ENOTDIR
    public static let tooManyFiles = EMFILE
    public static let nameTooLong = ENAMETOOLONG
    public static let noDevice = ENODEV
    public static let readOnly = EROFS
    public static let noMemory = ENOMEM
    public static let isDirectory = EISDIR
    public static let notEmpty = ENOTEMPTY
    public static let quota = EDQUOT
    public static let tooBig = E2BIG
    public static let fileTooBig = EFBIG
    public static let notSupported = ENOTSUP
    public static let openFilesOfSystem = ENFILE
    public static let connectionRefused = ECONNREFUSED
    public static let timedOut = ETIMEDOUT
    public static let textBusy = ETXTBSY
    public static let noDeviceOrAddress = ENXIO
    public static let inputOutput = EIO
}

/// Repeats a call while a signal interrupts it (signal(7)).
@discardableResult
func retrying<Result: SignedInteger>(
    _ call: String, _ subject: @autoclosure () -> String = "", _ body: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = body()
        if result >= 0 { return result }
        if errno != EINTR { throw SystemError.last(call, subject()) }
    }
}
