// SPDX-License-Identifier: Apache-2.0
import GuestWire

/// What a tool is asked to do; the words of its errors follow from it.
struct ToolCall: Sendable {
    enum Operation: String, Sendable {
        case stat, list, mkdir, move, remove, read, write, watch, connect
    }

    let operation: Operation
    /// After the operation's name.
    let arguments: [String]
    let user: ComputerUser

    /// What errors are about.
    var path: String { arguments.first ?? "" }

    func error(_ name: String, _ call: String) -> ComputerError {
        switch name {
        case "ENOENT": notThere
        case "EISDIR": ComputerError(.invalidArgument, "path '\(path)' is a directory")
        case "ENOTDIR": notADirectory
        case "EEXIST", "ENOTEMPTY": alreadyThere
        case "EINVAL": invalid
        case "EACCES", "EPERM", "EROFS": ComputerError(.permissionDenied, "permission denied: '\(path)'")
        case "ENOSPC", "EDQUOT": ComputerError(.noSpace, "not enough disk space available")
        case "E2BIG" where operation == .list:
            ComputerError(.resourceExhausted, "'\(path)' has more than \(ToolMessage.mostEntries) entries")
        case "EMFILE", "ENFILE", "ENOMEM", "EAGAIN":
            ComputerError(.resourceExhausted, "the sandbox has no room for this operation on '\(path)' (\(name))")
        case "ENAMETOOLONG": ComputerError(.invalidArgument, "the path '\(path)' or one below it is too long")
        case "ELOOP": ComputerError(.invalidArgument, "too many symbolic links in '\(path)'")
        case "EXDEV": ComputerError(.invalidArgument, "'\(path)' cannot be moved to another file system")
        case "ENOTSUP", "EOPNOTSUPP", "E2BIG":
            ComputerError(.invalidArgument, "the file system of '\(path)' cannot keep this metadata")
        case "EBUSY", "ETXTBSY": ComputerError(.conflict, "'\(path)' is in use")
        case "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EADDRNOTAVAIL", "EPIPE":
            ComputerError(.portClosed, "nothing answers on port \(path) (\(name))")
        default: ComputerError(.internalError, "\(operation.rawValue) of '\(path)' failed: \(call): \(name)")
        }
    }

    private var notThere: ComputerError { ComputerError(.notFound, "path '\(path)' does not exist") }

    private var notADirectory: ComputerError {
        switch operation {
        case .stat, .read, .remove: notThere
        case .mkdir: ComputerError(.invalidArgument, "path already exists but it is not a directory: \(path)")
        case .list, .watch: ComputerError(.invalidArgument, "path '\(path)' is not a directory")
        default: ComputerError(.invalidArgument, "a parent of '\(arguments.last ?? path)' is not a directory")
        }
    }

    private var alreadyThere: ComputerError {
        operation == .mkdir
            ? ComputerError(.alreadyExists, "directory already exists: \(path)")
            : ComputerError(.alreadyExists, "path '\(arguments.last ?? path)' already exists")
    }

    private var invalid: ComputerError {
        switch operation {
        case .read, .write: ComputerError(.invalidArgument, "path '\(path)' is not a regular file")
        case .move: ComputerError(.invalidArgument, "'\(path)' cannot be moved into itself")
        default: ComputerError(.invalidArgument, "'\(path)' is not possible for \(operation.rawValue)")
        }
    }
}
