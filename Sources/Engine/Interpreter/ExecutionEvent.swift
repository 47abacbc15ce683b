// SPDX-License-Identifier: Apache-2.0
public import Foundation

/// What happens while a cell of code runs, in order.
public enum ExecutionEvent: Sendable, Hashable {
    /// Always first: the number of the cell in its context, from 1.
    case started(count: Int)
    case stdout(String, at: Date)
    case stderr(String, at: Date)
    case result(ExecutionResult)
    /// What the code threw, and `ContextRestarting` when its kernel has ended.
    case error(name: String, value: String, traceback: String)
    /// Always last.
    case ended
}

/// One displayed value in every form that it has.
public struct ExecutionResult: Sendable, Hashable {
    /// Forms that are text: `text`, `html`, `markdown`, `svg`, `latex`, `javascript`; `png`, `jpeg` and `pdf` in base64.
    public var texts: [String: String]
    /// Forms that are JSON, each a valid JSON text on one line: `json`, `data`, `chart`, and `extra` by MIME type.
    public var values: [String: String]
    /// The value of the last expression, not of a `display`.
    public var isMain: Bool

    public init(texts: [String: String], values: [String: String], isMain: Bool) {
        self.texts = texts
        self.values = values
        self.isMain = isMain
    }
}

/// Where code runs: a kernel with variables of its own.
public struct InterpreterContext: Sendable, Hashable {
    public let id: String
    public let language: String
    public let directory: String
}

public struct ExecutionRequest: Sendable, Hashable {
    public var code: String
    public var contextID: String?
    public var language: String?
    /// For this execution only.
    public var environment: [String: String]

    public init(code: String, contextID: String? = nil, language: String? = nil, environment: [String: String] = [:]) {
        self.code = code
        self.contextID = contextID
        self.language = language
        self.environment = environment
    }
}

public struct InterpreterError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        case invalidArgument
        case notFound
        /// No kernel of this language, or it does not start.
        case kernelFailure
        /// The computer was killed, has timed out or is paused.
        case gone
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
