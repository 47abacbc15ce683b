// SPDX-License-Identifier: Apache-2.0
import Foundation
import PackagePlugin

/// Turns a target's data files into one generated Swift file, `EmbeddedResources.swift`.
///
/// Every `.yaml`, `.json`, `.py`, `.js`, `.sh`, `.hpp` and `.java` file below the target's folder becomes an entry of `EmbeddedResources.files`, keyed by its
/// path relative to the target. Adding a data file is all it takes; nothing lists them by hand.
@main
struct EmbedResources: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) async throws -> [Command] {
        let root = target.directoryURL
        let walker = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        var inputs: [URL] = []
        while let url = walker?.nextObject() as? URL {
            if ["yaml", "json", "py", "js", "sh", "hpp", "java"].contains(url.pathExtension) { inputs.append(url) }
        }
        inputs.sort { $0.path < $1.path }
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedResources.swift")
        return [
            .buildCommand(
                displayName: "Embedding \(inputs.count) data files of \(target.name)",
                executable: try context.tool(named: "embed-resources").url,
                arguments: [output.path, root.path] + inputs.map(\.path),
                inputFiles: inputs,
                outputFiles: [output]
            )
        ]
    }
}
