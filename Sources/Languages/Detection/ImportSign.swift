// SPDX-License-Identifier: Apache-2.0

/// A sign that short code is Python: it imports a module of Python's own library by its bare name, uses it by that name, and
/// prints. The classifier has too little to go by in one line such as `import platform; print(platform.release())`.
enum ImportSign {
    /// Modules that other languages with an `import` have under other names, or not at all.
    private static let modules: Set<Substring> = [
        "argparse", "array", "asyncio", "base64", "bisect", "collections", "copy", "csv", "ctypes", "dataclasses",
        "datetime",
        "decimal", "fractions", "functools", "gc", "getpass", "glob", "hashlib", "heapq", "inspect", "io", "itertools",
        "json",
        "locale", "math", "multiprocessing", "operator", "os", "pathlib", "pickle", "platform", "random", "re",
        "resource",
        "shutil", "signal", "socket", "sqlite3", "statistics", "string", "struct", "subprocess", "sys", "tempfile",
        "textwrap",
        "threading", "time", "traceback", "typing", "unittest", "urllib", "uuid", "zlib", "numpy", "pandas",
    ]

    static func isPython(_ code: String) -> Bool {
        guard code.contains("print(") else { return false }
        for statement in code.split(whereSeparator: { $0 == "\n" || $0 == ";" }) {
            let words = statement.split(whereSeparator: \.isWhitespace)
            guard words.first == "import", words.count == 2, modules.contains(words[1]) else { continue }
            if code.contains("\(words[1]).") { return true }
        }
        return false
    }
}
