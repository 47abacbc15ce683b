// SPDX-License-Identifier: Apache-2.0

/// Just enough of a language's lexical rules to tell code from comments and strings.
public struct CodeSyntax: Sendable, Hashable {
    /// An opening and a closing mark.
    public struct Pair: Sendable, Hashable {
        public var open: String
        public var close: String

        public init(open: String, close: String) {
            self.open = open
            self.close = close
        }
    }

    /// Marks of comments that run to the end of the line. A mark that begins with `#` counts only at the start of a line
    /// or after a blank, because `$#`, `a#b` and `${#x}` are code.
    public var lineComments: [String]
    /// Comments between two marks. An opening mark that begins with `=` counts only at the start of a line (POD, `=begin`).
    public var blockComments: [Pair]
    /// Quotes of strings that end on the line they began; a backslash escapes.
    public var strings: [String]
    /// Quotes of strings that may span lines; a backslash escapes.
    public var textBlocks: [String]
    /// Strings between two marks that may span lines, without escapes.
    public var rawStrings: [Pair]
    /// Quotes around exactly one character or one escape; anything else is not a literal (Rust's lifetimes).
    public var characters: [String]
    /// Whether `<<NAME` begins a here-document.
    public var heredocs: Bool

    public init(
        lineComments: [String] = [], blockComments: [Pair] = [], strings: [String] = [], textBlocks: [String] = [],
        rawStrings: [Pair] = [], characters: [String] = [], heredocs: Bool = false
    ) {
        self.lineComments = lineComments
        self.blockComments = blockComments
        self.strings = strings
        self.textBlocks = textBlocks
        self.rawStrings = rawStrings
        self.characters = characters
        self.heredocs = heredocs
    }
}
