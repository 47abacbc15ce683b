// SPDX-License-Identifier: Apache-2.0
public import NestboxCore

/// A language and how it was found.
public struct DetectedLanguage: Sendable, Hashable {
    public var pack: LanguagePack
    public var detectedBy: LanguageReport.DetectedBy
    /// 1 unless found by content.
    public var confidence: Double
    /// Version of the toolchain that the caller asked for: `5.3` of `lua@5.3`.
    public var wantedVersion: String?

    public init(pack: LanguagePack, detectedBy: LanguageReport.DetectedBy, confidence: Double = 1) {
        self.pack = pack
        self.detectedBy = detectedBy
        self.confidence = confidence
    }
}

extension LanguageCatalog {
    /// The language of a program, from the surest sign that there is: an explicit name, the fence, the file name, the `#!`
    /// line, the content. A sign that says nothing (an unknown fence, an unknown extension) leaves it to the next.
    ///
    /// - Parameters:
    ///   - explicit: Name or alias that the caller gave, perhaps with a version: `lua@5.3`.
    ///   - fence: Info string of a Markdown fence.
    ///   - filename: Name or path of the file.
    /// - Throws: ``RequestError`` `unknown_language` for an explicit name that is none, naming close ones;
    ///   `ambiguous_language` when not even the content tells, naming the best guesses; `unknown_language` when the
    ///   content is clearly of a language that has no pack here.
    public func detect(
        explicit: String? = nil, fence: String? = nil, filename: String? = nil, code: String
    ) throws(RequestError) -> DetectedLanguage {
        if let explicit {
            let (name, version) = Self.nameAndVersion(explicit)
            guard let pack = pack(named: name) else { throw unknownLanguage(name) }
            var language = DetectedLanguage(pack: pack, detectedBy: .explicit)
            language.wantedVersion = version
            return language
        }
        if let name = fence.map(FenceInfo.init)?.language, let index = byFence[name] {
            return DetectedLanguage(pack: packs[index], detectedBy: .fence)
        }
        if let index = filename.flatMap(index(ofFile:)) {
            return DetectedLanguage(pack: packs[index], detectedBy: .filename)
        }
        if let index = Shebang.interpreter(of: code).flatMap(index(ofInterpreter:)) {
            return DetectedLanguage(pack: packs[index], detectedBy: .shebang)
        }
        return try detectByContent(code)
    }

    /// Takes `lua@5.3` apart.
    public static func nameAndVersion(_ text: String) -> (name: String, version: String?) {
        guard let (name, version) = text[...].split(at: "@") else { return (text, nil) }
        return (String(name), String(version))
    }

    private func detectByContent(_ code: String) throws(RequestError) -> DetectedLanguage {
        let candidates = classifier.candidates(for: code)
        if let best = candidates.first, best.confidence >= ContentClassifier.threshold {
            if let pack = pack(named: best.name) {
                let rounded = Self.rounded(best.confidence)
                return DetectedLanguage(pack: pack, detectedBy: .content, confidence: rounded)
            }
            let known = packs.map(\.name).joined(separator: ", ")
            throw RequestError(
                .unknownLanguage,
                "the code looks like \(best.name) (\(Self.percent(best.confidence))), which cannot be run here; known are "
                    + "\(known); if it is one of these, name the language", field: "language",
                candidates: Self.worthNaming(candidates))
        }
        if let python = pack(named: "python"), ImportSign.isPython(code) {
            let share = candidates.first { $0.name == python.name }?.confidence ?? 0
            return DetectedLanguage(pack: python, detectedBy: .content, confidence: Self.rounded(share))
        }
        let named = Self.worthNaming(candidates)
        let guesses = named.map { "\($0.name) (\(Self.percent($0.confidence)))" }
        let hint =
            guesses.isEmpty ? "it looks like no language known here" : "it may be \(guesses.joined(separator: ", "))"
        throw RequestError(
            .ambiguousLanguage, "the language of the code is not clear: \(hint); name the language", field: "language",
            candidates: named)
    }

    /// At most three, and none that hardly anything speaks for.
    private static func worthNaming(_ candidates: [ContentClassifier.Candidate]) -> [RequestError.Candidate] {
        candidates.prefix(3).filter { $0.confidence >= 0.05 }
            .map { RequestError.Candidate(name: $0.name, confidence: rounded($0.confidence)) }
    }

    /// With three decimals.
    private static func rounded(_ share: Double) -> Double { (share * 1000).rounded() / 1000 }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    private func index(ofFile path: String) -> Int? {
        let base = PathText.lastComponent(of: path)
        return byFilename[base.lowercased()] ?? LanguagePack.fileExtension(of: base).flatMap { byExtension[$0] }
    }

    private func index(ofInterpreter name: String) -> Int? {
        byInterpreter[name] ?? Shebang.withoutVersion(name).flatMap { byInterpreter[$0] }
    }

    private func unknownLanguage(_ name: String) -> RequestError {
        let wanted = name.lowercased()
        let most = max(1, min(wanted.utf8.count, 12) / 3)
        var distances: [Int: Int] = [:]
        for (known, index) in byName {
            let isPart =
                wanted.utf8.count >= 3 && known.utf8.count >= 3 && (known.hasPrefix(wanted) || wanted.hasPrefix(known))
            let distance = isPart ? 1 : editDistance(wanted, known)
            if distance <= most, distance < wanted.utf8.count {
                distances[index] = min(distance, distances[index] ?? .max)
            }
        }
        let best = distances.values.min() ?? 0
        let close = distances.filter { $0.value <= best + 1 }.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.prefix(
            3
        ).map { "'\(packs[$0.key].name)'" }
        let known = packs.map(\.name).joined(separator: ", ")
        let hint = close.isEmpty ? "known are \(known)" : "did you mean \(close.joined(separator: " or "))?"
        return RequestError(.unknownLanguage, "unknown language '\(Self.shown(name))'; \(hint)", field: "language")
    }

    /// What a caller sent, fit for a message: short and without control characters.
    public static func shown(_ text: String) -> String {
        let invisible: Set<Unicode.GeneralCategory> = [.control, .format, .lineSeparator, .paragraphSeparator]
        let scalars = text.unicodeScalars.prefix(40).map { scalar in
            invisible.contains(scalar.properties.generalCategory) ? "?" : String(scalar)
        }
        return scalars.joined() + (text.unicodeScalars.count > 40 ? "..." : "")
    }
}
