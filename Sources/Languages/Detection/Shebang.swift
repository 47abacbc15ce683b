// SPDX-License-Identifier: Apache-2.0

/// The interpreter that the first line of a script names.
enum Shebang {
    /// Base name of the interpreter: of `#!/usr/bin/env -S FOO=1 python3.11 -u` it is `python3.11`.
    static func interpreter(of code: String) -> String? {
        var bytes = code.utf8.prefix(512)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        guard bytes.starts(with: Array("#!".utf8)) else { return nil }
        let line = String(decoding: bytes.dropFirst(2).prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
        var words = line.split { $0 == " " || $0 == "\t" }[...]
        // `#![allow(...)]` begins a Rust file.
        guard let program = words.popFirst(), let first = program.utf8.first,
            first == 0x2F || first.isASCIILetterOrDigit
        else { return nil }
        guard base(program) == "env" else { return base(program) }
        while let word = words.popFirst() {
            if word == "-u" || word == "-C" {
                words = words.dropFirst()
            } else if word.hasPrefix("-S"), word.count > 2 {
                return base(word.dropFirst(2))
            } else if !word.hasPrefix("-"), !word.contains("=") {
                return base(word)
            }
        }
        return nil
    }

    /// `python3.11` without its version: `python`. Nil when nothing is left.
    static func withoutVersion(_ name: String) -> String? {
        let end = name.lastIndex { !("0"..."9").contains($0) && $0 != "." && $0 != "-" }
        return end.map { String(name[...$0]) }
    }

    private static func base(_ path: Substring) -> String { String(path.split(separator: "/").last ?? path) }
}
