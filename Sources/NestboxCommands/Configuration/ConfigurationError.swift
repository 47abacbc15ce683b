// SPDX-License-Identifier: Apache-2.0

/// Where a setting came from.
enum ConfigurationPlace: Sendable, Hashable, CustomStringConvertible {
    /// 1-based line.
    case file(String, line: Int)
    case environment(String)
    case option(String)
    case defaults

    var description: String {
        switch self {
        case .file(let path, let line): "\(path):\(line)"
        case .environment(let name): "environment variable \(name)"
        case .option(let name): "option \(name)"
        case .defaults: "default"
        }
    }
}

/// A configuration that cannot be used: one sentence that begins with the place and says what would be right.
struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    let place: ConfigurationPlace
    let message: String

    var description: String { "\(place): \(message)" }
}
