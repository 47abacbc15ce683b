// SPDX-License-Identifier: Apache-2.0
public import NestboxCore

extension LanguagePack {
    /// The first required file that does not exist; nil when the language is available.
    public func missingRequirement(exists: (String) -> Bool) -> String? {
        requires.first { !exists($0) }
    }

    /// One sentence: what is missing and which Debian package brings it.
    public func sentence(missing path: String) -> String {
        "\(path) does not exist; install it with: apt-get install \(packages.joined(separator: " "))"
    }

    /// The error for a request in this language while `path` is missing.
    public func unavailable(missing path: String) -> RequestError {
        RequestError(
            .languageUnavailable, "language '\(name)' is not available here: \(sentence(missing: path))",
            field: "language")
    }
}

extension LanguagePack.VersionProbe {
    /// The version in what the probe printed (stdout and stderr together); nil when there is none.
    ///
    /// The version begins with a digit and goes on with digits, letters, dots, `+`, `-` and `_`.
    public func version(in output: String) -> String? {
        let text = output.prefix(16 << 10)
        var rest = text[...]
        if !after.isEmpty {
            guard let range = text.firstRange(of: after) else { return nil }
            rest = text[range.upperBound...]
            guard rest.first.map(Self.isDigit) ?? false else { return nil }
        }
        let version = rest.drop { !Self.isDigit($0) }
            .prefix { Self.isDigit($0) || ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ".+-_".contains($0) }
        let trimmed = version.prefix(64).reversed().drop { ".+-_".contains($0) }.reversed()
        return trimmed.isEmpty ? nil : String(trimmed)
    }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }
}
