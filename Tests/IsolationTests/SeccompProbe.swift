// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Isolation

/// A scratch directory in which programs run under the `run` profile: with no_new_privs and, when the tests run as
/// root, as a user that nobody else is, so that a filter that failed to refuse something changes nothing on this
/// machine.
final class SeccompProbe {
    struct Result: CustomStringConvertible {
        var exitCode: Int32?
        var signal: Int32?
        var output: String
        var errors: String

        var description: String {
            "exit \(exitCode.map(String.init) ?? "-"), signal \(signal.map(String.init) ?? "-"): \(output)\(errors)"
        }
    }

    static let python = "/usr/bin/python3"

    let directory: URL
    private let filter: URL
    private let launcher: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "nestbox-seccomp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        filter = directory.appending(path: "filter.bpf")
        launcher = directory.appending(path: "launcher.py")
        try Data(SeccompProfile.bundled("run").compile().bytes).write(to: filter)
        try Data(launcherText.utf8).write(to: launcher)
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: false)
        if getuid() == 0 {
            try FileManager.default.setAttributes(
                [.ownerAccountID: user, .groupOwnerAccountID: user], ofItemAtPath: home.path)
        }
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// The working directory of programs; theirs to write.
    var home: URL { directory.appending(path: "home") }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: home.appending(path: name))
    }

    /// Runs a program under the filter in a session of its own, which is killed when it ends and after two minutes.
    func run(_ arguments: [String]) throws -> Result {
        let process = Process()
        process.executableURL = URL(filePath: Self.python)
        process.arguments = ["-I", "-S", launcher.path, filter.path, home.path] + arguments
        process.environment = [
            "PATH": "/usr/bin:/bin", "HOME": home.path, "TMPDIR": home.path, "LC_ALL": "C.UTF-8",
            "GOCACHE": home.path + "/go",
            "GO111MODULE": "off",
        ]
        let output = directory.appending(path: "output")
        let errors = directory.appending(path: "errors")
        for file in [output, errors] { try Data().write(to: file) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        let ended = process.terminationReason == .exit
        return Result(
            exitCode: ended ? process.terminationStatus : nil, signal: ended ? nil : process.terminationStatus,
            output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }

    /// Far from the ids of accounts and of user namespaces, and another one for each probe.
    private let user = Int.random(in: 1_700_000_000..<1_800_000_000)

    private var launcherText: String {
        """
        import ctypes, os, resource, signal, sys, time
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        child = os.fork()
        if child:
            # Another process outside the filter sees to the time limit, whatever the program does with its timers.
            deadline = time.monotonic() + 120
            while True:
                ended, status = os.waitpid(child, os.WNOHANG)
                if ended: break
                if time.monotonic() > deadline: os.killpg(child, signal.SIGKILL)
                time.sleep(0.005)
            try: os.killpg(child, signal.SIGKILL)
            except ProcessLookupError: pass
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            if os.WIFSIGNALED(status): os.kill(os.getpid(), os.WTERMSIG(status))
            os._exit(os.WEXITSTATUS(status))
        os.setsid()
        # The thread that started this process may have had signals blocked.
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        code = open(sys.argv[1], 'rb').read()
        os.chdir(sys.argv[2])
        if os.getuid() == 0:
            os.setgroups([])
            os.setresgid(\(user), \(user), \(user))
            os.setresuid(\(user), \(user), \(user))
        class Program(ctypes.Structure):
            _fields_ = [('len', ctypes.c_ushort), ('filter', ctypes.c_void_p)]
        instructions = ctypes.create_string_buffer(code, len(code))
        program = Program(len(code) // 8, ctypes.addressof(instructions))
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.prctl(38, 1, 0, 0, 0) == 0, 'no_new_privs'
        assert libc.prctl(22, 2, ctypes.byref(program), 0, 0) == 0, os.strerror(ctypes.get_errno())
        os.execv(sys.argv[3], sys.argv[3:])
        """
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips the test, visibly, where one of the files is not installed.
    static func needs(_ files: String...) -> ConditionTrait {
        let missing = files.filter { !FileManager.default.fileExists(atPath: $0) }
        return .enabled(if: missing.isEmpty, "needs \(missing.joined(separator: ", "))")
    }
}
