// SPDX-License-Identifier: Apache-2.0
import GRDB

/// The store could not do what was asked. Never the fault of the program that was run.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Another process holds the database; waiting for the busy timeout did not help.
        case locked = "store_locked"
        /// The file is no valid database, or a report in it cannot be read.
        case corrupt = "store_corrupt"
        /// The file cannot be opened, read or written: permissions, a full disk, a broken device.
        case inputOutput = "store_io"
        /// The store was closed before.
        case closed = "store_closed"
        /// Anything else the database refused.
        case failed = "store_failed"
    }

    public let code: Code
    /// What was being done, such as `open` or `save`.
    public let operation: String
    /// What went wrong and, where there is something to do about it, what.
    public let message: String

    public init(_ code: Code, operation: String, message: String) {
        self.code = code
        self.operation = operation
        self.message = message
    }

    /// Translates what the database library threw.
    ///
    /// - Parameter subject: Path of the database, or `memory`.
    init(_ error: any Error, operation: String, subject: String) {
        switch error {
        case let error as StoreError:
            self = error
        case let error as DatabaseError:
            self.init(error, operation: operation, subject: subject)
        case let error as DecodingError:
            self.init(.corrupt, operation: operation, message: "a report in \(subject) cannot be decoded: \(error)")
        default:
            self.init(.failed, operation: operation, message: "\(subject): \(error)")
        }
    }

    private init(_ error: DatabaseError, operation: String, subject: String) {
        let reason = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                .locked, operation: operation,
                message: "\(subject) is locked by another process (\(reason)); stop that process or name another file")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(.corrupt, operation: operation, message: "\(subject) is damaged (\(reason))")
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            self.init(
                .inputOutput, operation: operation,
                message:
                    "\(subject) cannot be opened for writing (\(reason)); check that its folder exists and is writable")
        case .SQLITE_FULL:
            self.init(.inputOutput, operation: operation, message: "no space left for \(subject) (\(reason))")
        case .SQLITE_IOERR:
            self.init(.inputOutput, operation: operation, message: "\(subject): \(reason)")
        default:
            self.init(.failed, operation: operation, message: "\(subject): \(reason)")
        }
    }

    public var description: String { "\(operation): \(message) (\(code.rawValue))" }
}
