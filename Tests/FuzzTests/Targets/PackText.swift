// SPDX-License-Identifier: Apache-2.0
@testable import Languages

/// A language pack file.
enum PackText {
    static func check(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.unicodeScalars.count { "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) } + 1
        let pack: LanguagePack
        do throws(LanguagePackError) {
            pack = try LanguagePack(yaml: text, file: "x.yaml")
        } catch {
            try hold(!error.message.isEmpty && error.file == "x.yaml", "\(error)")
            if let line = error.line { try hold((1...lines + 1).contains(line), "\(error): line \(line) of \(lines)") }
            return
        }
        try hold(pack == LanguagePack(yaml: text, file: "x.yaml"), "the same file is read in two ways")
        try names(pack)
        try use(pack, text)
    }

    private static func names(_ pack: LanguagePack) throws {
        let files = pack.filenames + pack.interpreters + pack.etc + [pack.sourceFile]
        for name in files {
            try hold(Paths.staysBeneath(name.utf8) && Paths.depth(name) == 1, "'\(name)' is not one name")
        }
        for name in [pack.name] + pack.aliases {
            try hold(!name.isEmpty && !name.utf8.contains { $0 <= 0x20 }, "the name '\(name)'")
        }
        for path in pack.requires { try hold(path.utf8.first == UInt8(ascii: "/"), "'\(path)' is not absolute") }
    }

    private static func use(_ pack: LanguagePack, _ text: String) throws {
        _ = try? LanguageCatalog.builtIn().adding([("x.yaml", text)]).detect(fence: pack.name, code: "")
        // A catalogue of its own: to make the classifier of all languages takes longer than all the rest.
        _ = try? LanguageCatalog(packs: [pack]).classifier.candidates(for: pack.smoke.code)
        let values = CommandValues(source: "a.b", directory: "/run/build", memoryMebibytes: 512)
        for command in [pack.compile, pack.run].compactMap(\.self) {
            try hold(command.argv(values).count == command.arguments.count, "\(command.argv(values))")
            _ = command.variables(values)
        }
        _ = pack.version.version(in: "version 1.2.3")
    }
}
