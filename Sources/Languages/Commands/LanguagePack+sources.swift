// SPDX-License-Identifier: Apache-2.0
import NestboxCore

extension LanguagePack {
    /// Name for `code` that comes without one.
    public func sourceFileName(for code: String) -> String {
        switch naming {
        case .fixed: sourceFile
        case .javaClass: JavaSource(code).fileName ?? sourceFile
        case .javascriptModule: JavaScriptSource.isModule(code) ? Self.moduleName(sourceFile) : sourceFile
        }
    }

    /// Name in the sandbox of the file to run. It is the caller's own unless the toolchain would not take it for a file of
    /// its language: a compiler goes by the extension. The caller's folder stays.
    ///
    /// - Parameter name: Path as the caller gave it, relative; nil when the code has none.
    public func sandboxName(for name: String?, code: String) -> String {
        guard let name else { return sourceFileName(for: code) }
        let base = PathText.lastComponent(of: name)
        let goesByExtension = compile != nil || naming != .fixed
        if !goesByExtension || Self.fileExtension(of: base).map(extensions.contains) ?? false { return name }
        return String(Substring(name.utf8.dropLast(base.utf8.count))) + sourceFileName(for: code)
    }

    /// The files among `paths` that belong on the compiler's command line, `entry` first, the rest in order.
    public func sources(among paths: [String], entry: String) -> [String] {
        let others = paths.filter { path in
            path != entry
                && Self.fileExtension(of: PathText.lastComponent(of: path)).map(extensions.contains) ?? false
        }
        return [entry] + others.sorted()
    }

    /// Value of `{main_class}`: the class that has `main`, with its package; `Main` for other languages.
    public func mainClass(of code: String) -> String {
        naming == .javaClass ? JavaSource(code).mainClass ?? "Main" : "Main"
    }

    /// Extension in lower case, without the dot; nil for `name`, `.name` and `name.`.
    static func fileExtension(of base: Substring) -> String? {
        guard let dot = base.lastIndex(of: "."), dot > base.startIndex else { return nil }
        let value = base[base.index(after: dot)...]
        return value.isEmpty ? nil : value.lowercased()
    }

    private static func moduleName(_ name: String) -> String {
        name.hasSuffix(".js") ? name.dropLast(3) + ".mjs" : name
    }
}
