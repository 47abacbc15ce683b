// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import NestboxCore

/// What a program on a terminal shows, read piece by piece.
private final class Screen {
    private let program: GuestProgram
    private var unread: [UInt8] = []

    init(_ program: GuestProgram) {
        self.program = program
    }

    /// Reads on until `text` was shown, and no further; what came so far is in the failure otherwise.
    func wait(for text: String, seconds: Int = 60) async throws {
        // Ends the program, and with it the wait.
        let alarm = Task { [program] in
            try await Task.sleep(for: .seconds(seconds))
            program.signal(9)
        }
        defer { alarm.cancel() }
        while true {
            if let place = unread.firstRange(of: Array(text.utf8)) {
                unread.removeSubrange(..<place.upperBound)
                return
            }
            guard let event = try await program.next(), case .output(_, let bytes) = event else {
                let last = String(decoding: unread, as: UTF8.self)
                throw ConformanceFailure(description: "'\(text)' was not shown; last came '\(last)'")
            }
            unread += bytes
        }
    }

    func type(_ text: String) async throws {
        try await program.write(Array(text.utf8))
    }
}

/// Programs on a pseudo terminal.
enum TerminalChecks {
    private static func terminal(_ arguments: [String], user: ProgramUser = .standard) -> ProgramSpec {
        var environment = checkEnvironment
        environment["TERM"] = "xterm"
        environment["PS1"] = "$ "
        return ProgramSpec(
            arguments: arguments, environment: environment, directory: SandboxPath.home, user: user,
            terminal: TerminalWindow(columns: 80, rows: 24))
    }

    static let all: [ConformanceCheck] = [
        ConformanceCheck("terminal/has_size_owner_and_session") { driver in
            try await withComputer(driver) { sandbox in
                for user in ProgramUser.allCases {
                    let script =
                        "stty size; tty; stat -c '%U %a' $(tty); test -t 0 -a -t 1 -a -t 2 && echo three; echo yes > /dev/tty; ps -o sid= -p $$ | grep -cw $$"
                    let program = try await sandbox.guest.start(terminal(["/bin/bash", "-c", script], user: user))
                    let shown = try await program.transcript()
                    let name = user == .root ? "root" : "user"
                    try requireEqual(
                        shown.text, "24 80\r\n/dev/pts/0\r\n\(name) 620\r\nthree\r\nyes\r\n1\r\n",
                        "the terminal of \(name)")
                    try requireEqual(shown.end, .exited(code: 0), "end")
                }
            }
        },
        ConformanceCheck("terminal/echoes_resizes_and_interrupts") { driver in
            try await withComputer(driver) { sandbox in
                let program = try await sandbox.guest.start(
                    terminal(["/bin/bash", "--norc", "-i"]), endsSandboxProcesses: false)
                let screen = Screen(program)
                try await screen.type("echo $((6 * 7))\n")
                try await screen.wait(for: "echo $((6 * 7))")
                try await screen.wait(for: "42\r\n")
                program.resize(columns: 132, rows: 50)
                try await screen.type("stty size\n")
                try await screen.wait(for: "50 132\r\n")
                // What runs in the foreground has the terminal when it prints. An interrupt ends the rest of its line, too.
                try await screen.type("sh -c 'echo begun; exec sleep 1000'\n")
                try await screen.wait(for: "begun\r\n")
                try await screen.type("\u{3}")
                try await screen.type("echo code $?\n")
                try await screen.wait(for: "code 130\r\n")
                try await screen.type("exit 5\n")
                try requireEqual(try await program.transcript().end, .exited(code: 5), "end")
            }
        },
        ConformanceCheck("terminal/end_of_input_is_a_character") { driver in
            try await withComputer(driver) { sandbox in
                let program = try await sandbox.guest.start(terminal(["/bin/cat"]))
                let screen = Screen(program)
                try await screen.type("line\n")
                try await screen.wait(for: "line\r\nline\r\n")
                program.closeInput()
                try requireEqual(try await program.transcript().end, .exited(code: 0), "end")
            }
        },
        ConformanceCheck("terminal/floods_are_held_back") { driver in
            try await withComputer(driver) { sandbox in
                let program = try await sandbox.guest.start(terminal(["/bin/bash", "-c", "seq 1 300000"]))
                let shown = try await program.transcript()
                try require(
                    shown.text.hasSuffix("299999\r\n300000\r\n") && shown.stdout.count == 2_288_895,
                    "\(shown.stdout.count) bytes")
            }
        },
        ConformanceCheck("terminal/hangs_up_with_its_program") { driver in
            try await withComputer(driver) { sandbox in
                // A job in the background keeps the terminal open; the end of the session's leader ends it all the same.
                let program = try await sandbox.guest.start(
                    terminal(["/bin/bash", "--norc", "-c", "trap '' HUP; sleep 1000 & exit 3"]),
                    endsSandboxProcesses: false)
                try requireEqual(try await program.transcript().end, .exited(code: 3), "end")
            }
        },
        ConformanceCheck("terminal/hangs_up_on_who_goes_on_writing") { driver in
            try await withComputer(driver) { sandbox in
                let script = "trap '' HUP; yes & sleep 0.2; echo last words; exit 3"
                let program = try await sandbox.guest.start(
                    terminal(["/bin/bash", "--norc", "-c", script]), endsSandboxProcesses: false)
                let alarm = Task {
                    try await Task.sleep(for: .seconds(60))
                    try await sandbox.destroy()
                }
                defer { alarm.cancel() }
                let shown = try await program.transcript()
                try requireEqual(shown.end, .exited(code: 3), "end of a terminal that somebody floods")
                try require(shown.text.contains("last words"), "what the program itself printed is missing")
            }
        },
    ]
}
