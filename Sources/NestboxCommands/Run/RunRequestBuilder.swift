// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore

/// Turns options and the files they name into a request. What the request may hold is Engine's to decide.
struct RunRequestBuilder: Sendable {
    let program: ProgramOptions
    let files: FileOptions
    let limits: LimitOptions
    let determinism: DeterminismOptions
    let sandbox: SandboxOptions
    let quiet: Bool
    let context: CommandContext

    /// - Throws: ``CommandError`` with exit code 64 for what cannot be read or does not go together.
    func request() async throws -> RunRequest {
        var request = RunRequest(
            language: program.language, args: program.arguments, env: try environment(), limits: limits.request,
            collect: files.collect, deterministic: determinism.request, isolation: sandbox.isolation,
            template: sandbox.template)
        request.blocks = program.blocks
        let source = try Source(program, terminal: context.input.isTerminal)
        let stdin = try StandardInput(
            program.stdin, takenByProgram: source.readsOurInput, terminal: context.input.isTerminal)

        switch source {
        case .text(let code): request.code = code
        case .file(let path):
            let name = Self.name(of: path)
            request.files.append(Self.input(try HostFile.read(path), as: name))
            request.entrypoint = name
        case .ourInput: request.code = try Self.text(try await ourInput(), of: "the program on standard input")
        case .markdown(let path):
            request.markdown = try Self.text(try HostFile.read(path), of: "'\(path)'")
        case .markdownOnOurInput:
            request.markdown = try Self.text(try await ourInput(), of: "the answer on standard input")
        }
        for option in files.inputs {
            let (path, name) = try Self.split(option)
            guard !request.files.contains(where: { $0.path == name }) else {
                throw CommandError.usage(
                    "two files would be '\(name)' in the sandbox; name one of them with --file PATH:OTHER")
            }
            request.files.append(Self.input(try HostFile.read(path), as: name))
        }
        switch stdin {
        case .nothing: break
        case .file(let path): request.stdin = try Self.text(try HostFile.read(path), of: "standard input '\(path)'")
        case .ours: request.stdin = try Self.text(try await ourInput(), of: "standard input")
        }
        return request
    }

    private func ourInput() async throws -> [UInt8] {
        try await context.input.readAll(limit: HostFile.largest) {
            guard !quiet, !context.input.isTerminal else { return }
            await context.note("waiting for the end of standard input (--stdin /dev/null gives the program none)")
        }
    }

    private func environment() throws -> [String: String] {
        var variables: [String: String] = [:]
        for option in program.env {
            guard let sign = option.firstIndex(of: "="), sign != option.startIndex else {
                throw CommandError.usage("--env '\(option)' is not NAME=VALUE")
            }
            variables[String(option[..<sign])] = String(option[option.index(after: sign)...])
        }
        return variables
    }

    /// `HOST_PATH:SANDBOX_PATH` at its last colon, or `PATH`, which keeps its file name.
    private static func split(_ option: String) throws -> (path: String, name: String) {
        guard let colon = option.lastIndex(of: ":") else { return (option, name(of: option)) }
        let path = String(option[..<colon])
        let name = String(option[option.index(after: colon)...])
        guard !path.isEmpty, !name.isEmpty else {
            throw CommandError.usage("--file '\(option)' is neither PATH nor HOST_PATH:SANDBOX_PATH")
        }
        return (path, name)
    }

    private static func name(of path: String) -> String {
        String(path.split(separator: "/").last ?? Substring(path))
    }

    private static func input(_ bytes: [UInt8], as name: String) -> FileInput {
        if let text = String(validating: bytes, as: UTF8.self) { return FileInput(path: name, content: text) }
        return FileInput(path: name, contentBase64: Data(bytes).base64EncodedString())
    }

    private static func text(_ bytes: [UInt8], of what: String) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandError.usage("\(what) is not UTF-8 text; copy binary data in with --file")
        }
        return text
    }
}

extension RunRequestBuilder {
    /// Where the program comes from.
    enum Source: Equatable {
        case text(String)
        case file(String)
        case ourInput
        case markdown(String)
        case markdownOnOurInput

        init(_ options: ProgramOptions, terminal: Bool) throws(CommandError) {
            if let argument = options.misplaced {
                throw .usage("'\(argument)' is one argument too many; arguments of the program go behind --")
            }
            guard options.named.count <= 1 else {
                throw .usage("\(options.named.joined(separator: " and ")) each name a program; give one of them")
            }
            if let code = options.code {
                self = .text(code)
            } else if let path = options.markdown {
                self = path == "-" ? .markdownOnOurInput : .markdown(path)
            } else if let path = options.path {
                self = path == "-" ? .ourInput : .file(path)
            } else if terminal {
                // Waiting for a program that somebody has to type would look like a hang.
                throw .usage("no program: name a file, or use --code TEXT, --markdown FILE, or - to type one")
            } else {
                self = .ourInput
            }
        }

        var readsOurInput: Bool { self == .ourInput || self == .markdownOnOurInput }
    }

    /// Where the program's standard input comes from.
    enum StandardInput: Equatable {
        case nothing
        case ours
        case file(String)

        init(_ option: String?, takenByProgram: Bool, terminal: Bool) throws(CommandError) {
            switch option {
            case "-" where takenByProgram:
                throw .usage("standard input cannot be the program and its input at once; put one of them into a file")
            case "-": self = .ours
            case .some(let path): self = .file(path)
            case nil: self = takenByProgram || terminal ? .nothing : .ours
            }
        }
    }
}
