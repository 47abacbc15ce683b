// SPDX-License-Identifier: Apache-2.0

extension LanguagePack {
    /// Further toolchains of the same language that may stand beside the usual one, such as `lua5.1` beside `lua5.4`.
    public struct Versions: Sendable, Hashable {
        /// From the one to prefer to the one to prefer least.
        public var names: [String]
        /// Debian packages of one version; `{version}` stands for its name.
        public var packages: [String]
        /// Paths of the usual toolchain, and what a version has instead; `{version}` stands for its name. A path also
        /// stands for what is below it.
        public var replace: [String: String]

        public init(names: [String], packages: [String], replace: [String: String]) {
            self.names = names
            self.packages = packages
            self.replace = replace
        }
    }

    /// What a toolchain is known by among all languages and versions: `lua`, `lua@5.1`.
    public var toolchain: String { selectedVersion.map { "\(name)@\($0)" } ?? name }

    /// The pack of each further version, whether or not it is installed.
    public var otherVersions: [LanguagePack] {
        (versions?.names ?? []).map { version in
            var pack = self
            pack.versions = nil
            pack.selectedVersion = version
            let replace = { (path: String) in self.path(path, for: version) }
            pack.packages = (versions?.packages ?? []).map { Self.fill($0, version) }
            pack.requires = requires.map(replace)
            pack.version.arguments = self.version.arguments.map(replace)
            pack.compile?.arguments = (compile?.arguments ?? []).map(replace)
            pack.run.arguments = run.arguments.map(replace)
            return pack
        }
    }

    private func path(_ path: String, for version: String) -> String {
        guard let versions else { return path }
        return Self.path(path, in: versions.replace.mapValues { Self.fill($0, version) })
    }

    private static func path(_ path: String, in replace: [String: String]) -> String {
        // The longest wins where one is the beginning of another.
        let keys = replace.keys.sorted { $0.utf8.count > $1.utf8.count }
        guard let key = keys.first(where: { path == $0 || path.hasPrefix($0 + "/") }), let other = replace[key]
        else { return path }
        return other + String(path.dropFirst(key.count))
    }

    /// The pack of the toolchain that is here: where the usual one is missing and the one in ``elsewhere`` is not, that one's.
    public func placed(exists: (String) -> Bool) -> LanguagePack {
        guard !elsewhere.isEmpty, missingRequirement(exists: exists) != nil else { return self }
        let replace = { (path: String) in Self.path(path, in: elsewhere) }
        var pack = self
        pack.requires = requires.map(replace)
        pack.version.arguments = version.arguments.map(replace)
        pack.compile?.arguments = (compile?.arguments ?? []).map(replace)
        pack.run.arguments = run.arguments.map(replace)
        return pack.missingRequirement(exists: exists) == nil ? pack : self
    }

    private static func fill(_ text: String, _ version: String) -> String {
        var text = text[...]
        var filled = ""
        while let (before, after) = text.split(at: "{version}") {
            filled += before + version
            text = after
        }
        return filled + text
    }

    /// The first toolchain that is of the wanted version: `5.3` is also what calls itself `5.3.6`.
    ///
    /// - Parameter candidates: Installed toolchains in the order of preference, and what each says its version is.
    public static func choose(
        _ wanted: String, among candidates: [(pack: LanguagePack, version: String?)]
    ) -> LanguagePack? {
        candidates.first { candidate in
            [candidate.version, candidate.pack.selectedVersion].contains { known in
                guard let known, !wanted.isEmpty else { return false }
                return known == wanted || known.hasPrefix(wanted + ".")
            }
        }?.pack
    }
}

extension LanguagePack.Versions {
    init?(_ mapping: YAMLMapping?) throws(LanguagePackError) {
        guard let mapping else { return nil }
        try mapping.refuseOthers(known: ["names", "packages", "replace"])
        self.init(
            names: try mapping.texts("names", required: true), packages: try mapping.texts("packages", required: true),
            replace: try mapping.dictionary("replace"))
        for name in names where name.isEmpty || name.contains(where: { $0 == "@" || $0 == "/" || $0.isWhitespace }) {
            throw mapping.error("names", "version '\(name)' must have no blank, '/' or '@'")
        }
        guard Set(names).count == names.count else { throw mapping.error("names", "a version is named twice") }
        for (path, other) in replace where !path.hasPrefix("/") || !other.hasPrefix("/") {
            throw mapping.error("replace", "'\(path)' and '\(other)' must be absolute paths")
        }
        guard replace.values.contains(where: { $0[...].contains(mark: "{version}") }) else {
            throw mapping.error("replace", "some path must have {version}, or all versions would be the same")
        }
    }
}
