// SPDX-License-Identifier: Apache-2.0

extension Findings {
    /// rustc: `warning: message`, `error[E0308]: message`, the place in a following ` --> PATH:LINE:COLUMN`.
    mutating func readRustc() {
        var index = 0
        while index < lines.count {
            let line = lines[index]
            let isError = line.hasPrefix("error: ") || line.hasPrefix("error[")
            guard isError || line.hasPrefix("warning: "), let (head, message) = line.split(at: ": ") else {
                index += 1
                continue
            }
            let end = (index + 1..<lines.count).first { lines[$0].isBlank } ?? lines.count
            let block = lines[index + 1..<end]
            let place = block.lazy.compactMap { $0.trimmed.after("--> ")?.location }.first
            if isError {
                if found == nil, !message.hasPrefix("aborting due to") {
                    fail(type: head, message: message, line: place.flatMap { userLine($0.path, $0.line) })
                }
            } else if place != nil || !Self.isRustcSummary(message) {
                let lint = block.lazy.compactMap { $0.split(at: "`#[warn(")?.after.split(at: ")]`")?.before }.first
                warn(kind: lint ?? "warning", message: message, path: place?.path, line: place?.line)
            }
            index = end
        }
    }

    private static func isRustcSummary(_ message: Substring) -> Bool {
        message.hasSuffix("emitted") || message.contains(mark: "generated")
    }

    /// Panics, in the form before and since Rust 1.73, and `Error: ...` of a `main` that returns one.
    mutating func readRustPanic() {
        let last = lines.lastIndex { $0.hasPrefix("Error: ") || Self.panic($0) != nil }
        guard let last else { return }
        if let rest = Self.panic(lines[last]) {
            readPanic(rest, at: last)
        } else if let message = lines[last].after("Error: ") {
            fail(type: "Error", message: message, traceback: last..<last + 1)
        }
    }

    /// What stands behind `thread 'NAME' panicked at `.
    private static func panic(_ line: Substring) -> Substring? {
        line.hasPrefix("thread '") ? line.split(at: " panicked at ")?.after : nil
    }

    private mutating func readPanic(_ rest: Substring, at index: Int) {
        let end = (index + 1..<lines.count).first { lines[$0].hasPrefix("note: ") } ?? lines.count
        if rest.hasSuffix(":"), let place = rest.dropLast().location {
            // thread 'main' panicked at main.rs:2:5:\nmessage
            fail(
                type: "panic", message: index + 1 < end ? lines[index + 1] : "", messageLines: min(index + 2, end)..<end,
                traceback: index..<end, line: userLine(place.path, place.line))
            return
        }
        // thread 'main' panicked at 'message', main.rs:2:5
        let text = Substring(([rest] + lines[index + 1..<end].prefix(Self.mostMessageLines)).joined(separator: "\n"))
        let parts = text.splitAtLast("', ")
        let place = parts?.after.withoutBlankEnd.location
        let message = (parts?.before ?? text).after("'") ?? text
        fail(type: "panic", message: message, traceback: index..<end, line: place.flatMap { userLine($0.path, $0.line) })
    }
}
