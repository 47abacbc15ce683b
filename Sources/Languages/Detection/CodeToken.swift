// SPDX-License-Identifier: Apache-2.0

/// A piece of code as ``CodeLexer`` sees it. Comments are dropped; a string keeps its place but not its text.
struct CodeToken: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case word, number, string, punctuation
        /// A quote that is never closed: a hint that the text is another language.
        case broken
    }

    var kind: Kind
    /// The token as written; empty for strings.
    var text: String
    /// 1-based line.
    var line: Int
    /// Whether nothing but blanks stands before it on its line.
    var startsLine: Bool
    /// Whether it stands right behind the token before it, without blank or comment.
    var isGlued: Bool
}
