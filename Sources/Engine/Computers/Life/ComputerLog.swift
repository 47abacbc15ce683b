// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// The newest lines about one computer: what happened to it, never what its programs print.
final class ComputerLog: Sendable {
    static let mostLines = 1000
    /// Longest line; a command's name can be of any length.
    static let mostCharacters = 500

    private let clock: ComputerClock
    private let kept = Mutex<[ComputerLogLine]>([])

    init(clock: ComputerClock) {
        self.clock = clock
    }

    var lines: [ComputerLogLine] { kept.withLock { $0 } }

    func add(_ message: String) {
        let line = ComputerLogLine(time: clock.date(), message: String(message.prefix(Self.mostCharacters)))
        kept.withLock { lines in
            if lines.count >= Self.mostLines { lines.removeFirst(lines.count - Self.mostLines + 1) }
            lines.append(line)
        }
    }
}
