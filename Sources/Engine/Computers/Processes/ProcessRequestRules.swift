// SPDX-License-Identifier: Apache-2.0

/// What a process request must keep to, and the program it makes.
enum ProcessRequestRules {
    static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    /// Most bytes of arguments and environment together; the kernel takes 2 MiB of both.
    static let mostBytes = 1 << 20

    /// The environment of a program: what every process has, under the computer's own, under the request's.
    static func environment(
        user: ComputerUser, computer: [String: String], request: [String: String], id: String, templateID: String
    ) -> [String: String] {
        let base = [
            "PATH": path, "HOME": user.home, "USER": user.rawValue, "LOGNAME": user.rawValue, "SHELL": "/bin/bash",
            "E2B_SANDBOX": "true", "E2B_SANDBOX_ID": id, "E2B_TEMPLATE_ID": templateID,
        ]
        return base.merging(computer) { $1 }.merging(request) { $1 }
    }

    /// - Throws: ``ComputerError`` `invalid_argument`.
    static func spec(
        of request: ComputerProcessRequest, computer: [String: String], id: String, templateID: String
    ) throws(ComputerError) -> BodyProgramSpec {
        guard !request.command.isEmpty else { throw ComputerError(.invalidArgument, "the command is empty") }
        let arguments = [request.command] + request.arguments
        guard !arguments.contains(where: { $0.utf8.contains(0) }) else {
            throw ComputerError(.invalidArgument, "an argument contains a NUL character")
        }
        try check(environment: request.environment)
        let environment = environment(
            user: request.user, computer: computer, request: request.environment, id: id, templateID: templateID)
        let bytes =
            arguments.reduce(0) { $0 + $1.utf8.count }
            + environment.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 2 }
        guard bytes <= mostBytes else {
            throw ComputerError(
                .invalidArgument, "arguments and environment have \(bytes) bytes; at most \(mostBytes) fit")
        }
        return BodyProgramSpec(
            arguments: arguments, environment: environment,
            directory: try request.user.resolve(request.directory ?? ""),
            user: request.user, terminal: request.terminal, hasInput: request.hasInput)
    }

    /// - Throws: ``ComputerError`` `invalid_argument`.
    static func check(environment: [String: String]) throws(ComputerError) {
        for (name, value) in environment {
            guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "=")), !name.utf8.contains(0), !value.utf8.contains(0)
            else {
                throw ComputerError(.invalidArgument, "'\(name)' is not a variable that an environment can hold")
            }
        }
    }
}
