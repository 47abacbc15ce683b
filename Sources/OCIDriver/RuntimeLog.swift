// SPDX-License-Identifier: Apache-2.0

/// What a runtime wrote into its log, in a few words.
enum RuntimeLog {
    private static let mostBytes = 600

    /// The last line that is not a warning: of JSON or logfmt its message, else all of it. Control characters are spaces.
    static func message(in text: String) -> String {
        let lines = text.split(separator: "\n").filter { !$0.contains("level=warning") && !$0.contains("level=debug") }
        guard let last = lines.last else { return "" }
        let start = [#""msg":""#, #"msg=""#].compactMap { last.firstRange(of: $0)?.upperBound }.first
        var message: [Character] = []
        var isEscaped = false
        for character in last[(start ?? last.startIndex)...] {
            if start != nil, !isEscaped, character == "\"" { break }
            isEscaped = start != nil && character == "\\" && !isEscaped
            if !isEscaped {
                message.append(character.isNewline || character.asciiValue.map { $0 < 32 } ?? false ? " " : character)
            }
        }
        return String(decoding: String(message).utf8.prefix(mostBytes), as: UTF8.self)
    }
}
