// SPDX-License-Identifier: Apache-2.0

extension Findings {
    /// `Warning message:` and `Error in CALL : message`. R prints no lines of the code.
    mutating func readR() {
        var index = 0
        var lastError: Int?
        while index < lines.count {
            let line = lines[index]
            if line == "Warning message:" || line == "In addition: Warning message:" {
                index = readRWarning(at: index + 1)
            } else if line == "Warning messages:" || line == "In addition: Warning messages:" {
                index += 1
                while index < lines.count, let (number, text) = lines[index].split(at: ": "), number.trimmed.wholeNumber != nil {
                    index = readRWarning(at: index, first: text)
                }
            } else if line.hasPrefix("Error in ") || line.hasPrefix("Error: ") || line == "Error : " {
                lastError = index
                index += 1
            } else {
                index += 1
            }
        }
        if let lastError { readRError(at: lastError) }
    }

    /// `message`, or `In CALL :` with the message behind it or on the next, indented line.
    private mutating func readRWarning(at start: Int, first: Substring? = nil) -> Int {
        guard start < lines.count else { return start }
        var text = first ?? lines[start]
        var next = start + 1
        if text.hasPrefix("In "), let (_, message) = text.split(at: " : ") {
            text = message
        } else if text.hasPrefix("In "), text.trimmed.hasSuffix(" :"), next < lines.count {
            text = lines[next].trimmed
            next += 1
        }
        while next < lines.count, next - start < Self.mostMessageLines, lines[next].hasPrefix("  ") {
            text = Substring("\(text)\n\(lines[next].trimmed)")
            next += 1
        }
        warn(kind: "warning", message: text)
        return next
    }

    private mutating func readRError(at start: Int) {
        let ends = ["Calls: ", "In addition: ", "Execution halted", "Warning message"]
        let end = (start + 1..<lines.count).first { index in ends.contains { lines[index].hasPrefix($0) } } ?? lines.count
        let halt = (end..<lines.count).first { lines[$0] == "Execution halted" } ?? lines.count
        var first = lines[start].after("Error: ") ?? ""
        if let rest = lines[start].after("Error in ") {
            first = rest.split(at: " : ")?.after ?? ""
        }
        let more = lines[start + 1..<end].prefix(Self.mostMessageLines).map(\.trimmed)
        let message = Substring(([first] + more).filter { !$0.isEmpty }.joined(separator: "\n"))
        // A parse error names its place: FILE:LINE:COLUMN: ...
        let place = message.split(at: ": ")?.before.location
        fail(
            type: "Error", message: message, traceback: start..<halt, line: place.flatMap { userLine($0.path, $0.line) })
    }
}
