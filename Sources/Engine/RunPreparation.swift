// SPDX-License-Identifier: Apache-2.0
import Foundation
import Isolation
import Languages
import NestboxCore

/// Turns a request into something that cannot be invalid, or says in one sentence what is wrong with it.
struct RunPreparation: Sendable {
    let configuration: EngineConfiguration
    let catalog: LanguageCatalog
    let drivers: [String: any IsolationDriver]
    /// Drivers that exist but cannot work here, with the reason.
    let unavailableDrivers: [String: String]
    let fileExists: @Sendable (String) -> Bool
    /// What an installed toolchain says its version is; nil while nobody has asked it.
    var knownVersion: @Sendable (LanguagePack) -> String? = { _ in nil }

    func prepare(_ request: RunRequest) throws(RequestError) -> PreparedRun {
        let driver = try place(isolation: request.isolation, template: request.template, rules: request.keyRules)
        let files = try InputRules.files(request.files)
        try InputRules.checkArguments(request.args)
        try InputRules.checkEnvironment(request.env)
        try InputRules.checkPatterns(request.collect)
        try request.policy?.validate()
        let common = Common(request: request, driver: driver)
        let choice = try MarkdownChoice(request.blocks)
        if request.blocks != nil, request.markdown == nil {
            throw RequestError(
                .conflictingFields, "blocks says which code blocks of markdown run; without markdown it has no meaning",
                field: "blocks")
        }

        switch (request.code, request.markdown) {
        case (.some, .some):
            throw RequestError(.conflictingFields, "give code or markdown, not both", field: "markdown")
        case (let code?, nil):
            guard request.entrypoint == nil else {
                throw RequestError(
                    .conflictingFields, "entrypoint names one of files; with code it has no meaning",
                    field: "entrypoint")
            }
            guard !code.isEmpty else {
                throw RequestError(.missingCode, "code is empty; there is nothing to run", field: "code")
            }
            try InputRules.checkText(code, field: "code")
            let language = try available(try catalog.detect(explicit: request.language, code: code))
            return .program(try program(common, language, code: code, name: nil, files: files))
        case (nil, let markdown?):
            guard request.entrypoint == nil else {
                throw RequestError(
                    .conflictingFields, "entrypoint names one of files; with markdown it has no meaning",
                    field: "entrypoint")
            }
            return .markdown(try programs(of: markdown, choice, common, files: files))
        case (nil, nil):
            return .program(try entryProgram(common, files: files))
        }
    }

    struct Common {
        let request: RunRequest
        let driver: any IsolationDriver
    }

    /// The driver of a request, when there is also the template that it names.
    func place(
        isolation: String?, template: String?, rules: KeyRules?
    ) throws(RequestError) -> any IsolationDriver {
        if let template, template != Self.template {
            throw RequestError(
                .unknownTemplate, "there is no template '\(template)'; known: \(Self.template)", field: "template")
        }
        return try isolationRules.driver(
            asked: isolation, template: template ?? Self.template, allowed: rules?.isolation)
    }

    private static let template = "default"

    var isolationRules: IsolationRules {
        IsolationRules(
            drivers: drivers, unavailable: unavailableDrivers, standard: configuration.isolation,
            templates: configuration.templateIsolation)
    }

    /// Refuses a language whose toolchain this machine lacks, naming the package that brings it.
    func available(_ language: DetectedLanguage) throws(RequestError) -> DetectedLanguage {
        guard let wanted = language.wantedVersion else {
            if let missing = language.pack.missingRequirement(exists: fileExists) {
                throw language.pack.unavailable(missing: missing)
            }
            return language
        }
        let installed = toolchains(of: language.pack)
        if installed.isEmpty, let missing = language.pack.missingRequirement(exists: fileExists) {
            throw language.pack.unavailable(missing: missing)
        }
        let candidates = installed.map { (pack: $0, version: knownVersion($0)) }
        var chosen = language
        guard let pack = LanguagePack.choose(wanted, among: candidates) else {
            throw unsupported(
                wanted, of: language.pack, among: candidates.compactMap { $0.version ?? $0.pack.selectedVersion })
        }
        chosen.pack = pack
        return chosen
    }

    /// The installed toolchains of a language, the usual one first.
    func toolchains(of pack: LanguagePack) -> [LanguagePack] {
        ([pack] + pack.otherVersions).filter { $0.missingRequirement(exists: fileExists) == nil }
    }

    private func unsupported(_ wanted: String, of pack: LanguagePack, among versions: [String]) -> RequestError {
        var known: [String] = []
        for version in versions where !known.contains(version) { known.append(version) }
        let others = pack.otherVersions.compactMap(\.selectedVersion).filter { name in
            !known.contains { $0 == name || $0.hasPrefix(name + ".") }
        }
        let more = others.isEmpty ? "" : "; \(others.joined(separator: ", ")) could be installed"
        return RequestError(
            .unsupportedVersion,
            "language '\(pack.name)' is not here in version '\(LanguageCatalog.shown(wanted))'; there is "
                + "\(known.isEmpty ? "none that tells its version" : known.joined(separator: ", "))\(more)",
            field: "language")
    }

    /// Those of a request, within the server's and what the caller's key may have.
    func limits(
        _ request: LimitsRequest, _ pack: LanguagePack, on driver: any IsolationDriver, _ rules: KeyRules?
    ) throws(RequestError) -> Limits {
        let bound = rules?.limits ?? LimitsRequest()
        var defaults = configuration.defaultLimits
        defaults.memoryBytes = max(defaults.memoryBytes, pack.memoryBytes ?? 0)
        defaults.processes = max(defaults.processes, pack.processes ?? 0)
        let limits = try request.resolved(
            defaults: defaults.atMost(bound), maximum: configuration.maximumLimits.atMost(bound))
        let least = driver.properties.leastMemoryBytes
        guard limits.memoryBytes >= least else {
            throw RequestError(
                .invalidLimit,
                "limits.memory_bytes is \(limits.memoryBytes); with isolation '\(driver.name)' it must be \(least) at least",
                field: "limits.memory_bytes")
        }
        return limits
    }

    /// - Throws: ``RequestError`` `policy_unsupported` where there is a policy that cannot be checked.
    private func policies(_ request: RunRequest, _ pack: LanguagePack) throws(RequestError) -> [CodePolicy] {
        let policies = [configuration.policy, request.keyRules?.policy, request.policy].compactMap { $0 }.filter {
            !$0.isEmpty
        }
        try PolicyCheck.require(policies, for: pack)
        return policies
    }

    /// At most what the server, and the key, give a compiler.
    private func compileLimits(_ request: RunRequest) throws(RequestError) -> Limits {
        let most = configuration.compileLimits.atMost(request.keyRules?.compileLimits ?? LimitsRequest())
        guard let asked = request.compileLimits else { return most }
        return try asked.resolved(defaults: most, maximum: most, field: "compile_limits")
    }

    func program(
        _ common: Common, _ language: DetectedLanguage, code: String, name: String?, files: [PreparedProgram.File]
    ) throws(RequestError) -> PreparedProgram {
        let entry = language.pack.sandboxName(for: name, code: code)
        if name != nil { try InputRules.checkPath(entry, field: "markdown") }
        if files.contains(where: { $0.path == entry }) {
            throw RequestError(
                .conflictingFields, "'\(entry)' is the name of the program itself; rename the file", field: "files")
        }
        let clash = files.first { PathText.isFolder($0.path, of: entry) || PathText.isFolder(entry, of: $0.path) }
        if let clash {
            throw RequestError(
                .conflictingFields, "of '\(clash.path)' and the program '\(entry)' one would be the other's folder",
                field: "files")
        }
        let main = PreparedProgram.File(path: entry, content: Array(code.utf8))
        return try assemble(common, language, entry: entry, code: code, files: [main] + files)
    }

    func assemble(
        _ common: Common, _ language: DetectedLanguage, entry: String, code: String, files: [PreparedProgram.File]
    ) throws(RequestError) -> PreparedProgram {
        let conditions = try FixedConditions(common.request.deterministic)
        if let conditions {
            try conditions.check(language.pack)
            try FixedConditions.check(files)
        }
        var program = PreparedProgram(
            language: language, files: files, entry: entry, code: code, stdin: Array((common.request.stdin ?? "").utf8),
            arguments: common.request.args, environment: common.request.env,
            limits: try limits(common.request.limits, language.pack, on: common.driver, common.request.keyRules),
            compileLimits: try compileLimits(common.request),
            collect: common.request.collect, policies: try policies(common.request, language.pack),
            driver: common.driver)
        program.conditions = conditions
        program.laterFiles = conditions?.files(for: language.pack) ?? []
        return program
    }

    private func entryProgram(_ common: Common, files: [PreparedProgram.File]) throws(RequestError) -> PreparedProgram {
        guard !files.isEmpty else {
            throw RequestError(
                .missingCode, "there is nothing to run: give code, markdown, or files with an entrypoint", field: "code"
            )
        }
        let file: PreparedProgram.File
        if let entrypoint = common.request.entrypoint {
            guard let named = files.first(where: { $0.path == entrypoint }) else {
                let known = files.prefix(10).map(\.path).joined(separator: ", ")
                throw RequestError(
                    .invalidField, "entrypoint '\(entrypoint)' is none of files: \(known)", field: "entrypoint")
            }
            file = named
        } else if let only = files.first, files.count == 1 {
            file = only
        } else {
            throw RequestError(
                .missingCode, "with several files, entrypoint must say which one to run", field: "entrypoint")
        }
        guard !file.content.isEmpty else {
            throw RequestError(.missingCode, "'\(file.path)' is empty; there is nothing to run", field: "files")
        }
        let code = String(decoding: file.content, as: UTF8.self)
        let language = try available(
            try catalog.detect(explicit: common.request.language, filename: file.path, code: code))
        return try assemble(common, language, entry: file.path, code: code, files: files)
    }
}
