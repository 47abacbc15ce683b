// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// The guest's executable as an ordinary program: one operation on files, or one connection, and then it ends.
///
/// It runs as the user who wants the operation, so that the kernel decides what it may; PID 1 never touches the programs'
/// files on anybody's behalf and never blocks on them. Speaks ``ToolMessage`` on standard output.
public enum GuestTool {
    /// Exit codes. The messages say what happened; these are for a person who starts a tool by hand.
    enum Exit: Int32 {
        case done = 0
        case failed = 1
        case usage = 64
    }

    /// Performs the tool `arguments[0]` with the rest as its arguments.
    public static func run(_ arguments: [String]) -> Never {
        // Directories 0755, files 0644, whatever the environment.
        GuestCalls.setUmask(0o022)
        let output = ToolOutput()
        do throws(SystemError) {
            guard try perform(arguments.first ?? "", Array(arguments.dropFirst()), output) else {
                output.send(.failed(name: "EINVAL", call: "usage"))
                GuestCalls.exit(Exit.usage.rawValue)
            }
        } catch {
            output.send(.failed(name: error.name, call: error.call))
            GuestCalls.exit(Exit.failed.rawValue)
        }
        GuestCalls.exit(Exit.done.rawValue)
    }

    /// False for arguments that make no sense.
    private static func perform(_ name: String, _ arguments: [String], _ output: ToolOutput) throws(SystemError) -> Bool
    {
        guard !arguments.isEmpty else { return false }
        let path = RawPath(arguments[0])
        switch (name, arguments.count) {
        case ("stat", 1):
            output.send(.entry(try EntryReader().entry(path)))
        case ("list", 2):
            guard let depth = Int(arguments[1]), depth > 0 else { return false }
            var lister = DirectoryLister(root: path, depth: depth, output: output)
            try lister.run()
        case ("mkdir", 1):
            try DirectoryMaker.make(path)
            output.send(.entry(try EntryReader().entry(path)))
        case ("move", 2):
            let destination = RawPath(arguments[1])
            try Mover.move(path, to: destination)
            output.send(.entry(try EntryReader().entry(destination)))
        case ("remove", 1):
            try TreeRemover.remove(path)
        case ("read", 1):
            try FileReader(path).send(to: output)
        case ("write", 1...) where arguments.count % 2 == 1:
            try FileStorer(path, metadata: Array(arguments.dropFirst())).run(output)
        case ("watch", 2):
            guard let recursive = ["0": false, "1": true][arguments[1]] else { return false }
            let watcher = try Watcher(root: path, recursive: recursive, output: output)
            try watcher.run()
        case ("connect", 1):
            guard let port = UInt16(arguments[0]), port > 0 else { return false }
            let relay = try Relay(port: port)
            try relay.run()
            return true
        case ("health", 1):
            guard let port = UInt16(arguments[0]), port > 0 else { return false }
            let listener = try HealthListener(port: port)
            output.send(.ready)
            try listener.run()
        default:
            return false
        }
        output.send(.end)
        return true
    }
}

/// Messages to the host on standard output, which is blocking: a host that does not read slows the tool down.
struct ToolOutput {
    static let descriptor: Int32 = 1
    static let input: Int32 = 0

    func send(_ message: ToolMessage) {
        send(message.encoded())
    }

    /// Whole messages. A host that has gone away ends the tool.
    func send(_ frames: [UInt8]) {
        do throws(SystemError) {
            try Files.writeAll(Self.descriptor, frames)
        } catch {
            GuestCalls.exit(GuestTool.Exit.failed.rawValue)
        }
    }
}
