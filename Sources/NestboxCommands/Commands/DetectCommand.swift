// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import NestboxCore

/// `nestbox detect`
struct DetectCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "detect", abstract: "Say which language a file is written in, and how that was found.")

    @Argument(help: ArgumentHelp("File to look at; - is standard input.", valueName: "file"), completion: .file())
    var path: String

    @Flag(help: "Print JSON.") var json = false

    @OptionGroup(title: "Configuration") var settings: ConfigurationOptions

    func run(in context: CommandContext) async throws -> CommandExit {
        let configuration = try settings.load(in: context)
        let bytes =
            path == "-" ? try await context.input.readAll(limit: HostFile.largest) {} : try HostFile.read(path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandError.usage("'\(path)' is not UTF-8 text, so it is no program")
        }
        let name = path == "-" ? nil : path.split(separator: "/").last.map(String.init)
        let language: LanguageReport
        do {
            language = try await context.services.detect(text, filename: name, configuration)
        } catch let error as RequestError where json && !error.candidates.isEmpty {
            let unclear = Unclear(code: error.code.rawValue, message: error.message, candidates: error.candidates)
            try await context.printStyled(try JSONText.render(unclear, terminal: context.output.isTerminal))
            throw error
        }
        if json {
            try await context.printStyled(try JSONText.render(language, terminal: context.output.isTerminal))
        } else {
            try await context.print("\(language.name) (by \(language.detectedBy.rawValue)\(confidence(language)))")
        }
        return .success
    }

    /// What `--json` prints when the content does not tell the language.
    private struct Unclear: Encodable {
        var code: String
        var message: String
        var candidates: [RequestError.Candidate]
    }

    /// Only a guess from the content has a confidence below 1.
    private func confidence(_ language: LanguageReport) -> String {
        guard language.detectedBy == .content, (0...1).contains(language.confidence) else { return "" }
        return ", confidence \(Int((language.confidence * 100).rounded())) %"
    }
}
