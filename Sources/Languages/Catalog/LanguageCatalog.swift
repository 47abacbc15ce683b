// SPDX-License-Identifier: Apache-2.0

/// All languages that are known, whether or not their toolchains are installed.
public struct LanguageCatalog: Sendable {
    /// By name.
    public let packs: [LanguagePack]
    /// Indices into `packs`; keys are in lower case.
    let byName: [String: Int]
    let byFence: [String: Int]
    let byExtension: [String: Int]
    let byFilename: [String: Int]
    let byInterpreter: [String: Int]

    /// - Throws: ``LanguagePackError`` when two packs claim the same name, alias, fence, extension, file name or interpreter.
    public init(packs: [LanguagePack]) throws(LanguagePackError) {
        let sorted = packs.sorted { $0.name < $1.name }
        self.packs = sorted
        byName = try Self.index(sorted, "name") { [$0.name] + $0.aliases }
        byExtension = try Self.index(sorted, "extension", \.extensions)
        byFilename = try Self.index(sorted, "file name") { $0.filenames.map { $0.lowercased() } }
        byInterpreter = try Self.index(sorted, "interpreter", \.interpreters)
        // A fence may use an extension (```py): a name wins over an extension of another language. What a pack gives as a
        // fence wins over the name of another: ```sh holds what Bash runs, although there is a language 'sh'.
        let fences = try Self.index(sorted, "fence", \.fences)
        byFence = fences.merging(byName) { fence, _ in fence }.merging(byExtension) { name, _ in name }
    }

    private static func index(
        _ packs: [LanguagePack], _ kind: String, _ keys: (LanguagePack) -> [String]
    ) throws(LanguagePackError) -> [String: Int] {
        var index: [String: Int] = [:]
        for (position, pack) in packs.enumerated() {
            for key in keys(pack) {
                guard let other = index.updateValue(position, forKey: key) else { continue }
                let message =
                    other == position
                    ? "\(kind) '\(key)' is given twice" : "\(kind) '\(key)' belongs to '\(packs[other].name)' already"
                throw LanguagePackError(file: "\(pack.name).yaml", line: nil, message: message)
            }
        }
        return index
    }

    /// The packs that are compiled into Nestbox.
    ///
    /// They are parsed once in a process.
    public static func builtIn() throws(LanguagePackError) -> LanguageCatalog { try loadedBuiltIn.get() }

    private static let loadedBuiltIn: Result<LanguageCatalog, LanguagePackError> = {
        Result { () throws(LanguagePackError) in
            try LanguageCatalog(
                packs: EmbeddedResources.files.filter { $0.path.hasPrefix("Packs/") }.map {
                    path, text throws(LanguagePackError) in try LanguagePack(yaml: text, file: path)
                })
        }
    }()

    /// This catalogue and further pack files, such as those of an operator's directory.
    ///
    /// A pack takes the place of one with the same name, so that a built-in language can be changed.
    ///
    /// - Parameter files: File name for messages, and content.
    public func adding(_ files: [(file: String, text: String)]) throws(LanguagePackError) -> LanguageCatalog {
        var added: [LanguagePack] = []
        for (file, text) in files {
            let pack = try LanguagePack(yaml: text, file: file)
            guard !added.contains(where: { $0.name == pack.name }) else {
                throw LanguagePackError(
                    file: file, line: nil, message: "another file defines language '\(pack.name)' too")
            }
            added.append(pack)
        }
        let names = Set(added.map(\.name))
        return try LanguageCatalog(packs: packs.filter { !names.contains($0.name) } + added)
    }

    /// The same languages with the toolchains that are here; see ``LanguagePack/placed(exists:)``.
    ///
    /// - Throws: ``LanguagePackError`` never in fact: names stay as they are.
    public func placed(exists: (String) -> Bool) throws(LanguagePackError) -> LanguageCatalog {
        try LanguageCatalog(packs: packs.map { $0.placed(exists: exists) })
    }

    /// The pack with this name or alias, in any case.
    public func pack(named name: String) -> LanguagePack? { byName[name.lowercased()].map { packs[$0] } }

    /// Every entry of the host's `/etc` that some toolchain reads; see ``LanguagePack/etc``.
    public var etc: [String] { Set(packs.flatMap(\.etc)).sorted() }

    /// The same for every catalogue: it knows languages by name, whether or not they have a pack.
    var classifier: ContentClassifier { ContentClassifier(model: ContentModel.builtIn) }
}
