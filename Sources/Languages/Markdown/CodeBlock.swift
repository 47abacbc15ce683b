// SPDX-License-Identifier: Apache-2.0
import NestboxCore

/// A fenced code block of a Markdown text.
public struct CodeBlock: Sendable, Hashable {
    /// The info string: what stands behind the opening fence, trimmed.
    public var info: String
    /// Language that the info string names, in lower case; nil when it names none. It need not be a language known here.
    public var language: String?
    /// The text between the fences, without the indentation of the opening fence; every line ends with `\n`.
    public var code: String
    /// 1-based line of the first line of code in the Markdown text.
    public var line: Int
    /// File name in the info string; a plain relative path, or nil.
    public var filename: String?

    public init(info: String, code: String, line: Int) {
        let fence = FenceInfo(info)
        self.info = info
        self.code = code
        self.line = line
        language = fence.language
        filename = fence.filename
    }
}

extension LanguageCatalog {
    /// The language of a block of a model's answer; nil when the block is no program to run.
    ///
    /// A block is a program when its info string names a known language, or nothing but a file of one, or when it names no
    /// language and the content tells. A block with another name (`json`, `text`, `output`, `console`, `diff`) is no
    /// program, whatever its content looks like.
    public func language(of block: CodeBlock) -> DetectedLanguage? {
        guard block.code.utf8.contains(where: { $0 > 0x20 }) else { return nil }
        if let name = block.language, byFence[name] == nil {
            guard name == block.filename?.lowercased() else { return nil }
            let found = try? detect(filename: block.filename, code: "")
            return found?.detectedBy == .filename ? found : nil
        }
        return try? detect(fence: block.info, filename: block.filename, code: block.code)
    }
}
