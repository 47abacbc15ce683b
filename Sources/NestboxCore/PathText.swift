// SPDX-License-Identifier: Apache-2.0

/// Paths as the kernel sees them: bytes, with slashes between names (path_resolution(7)).
///
/// Swift's characters are of no use there. A slash and a combining mark behind it are one `Character` that is not "/", so
/// `split`, `contains` and `hasPrefix` do not see a slash where the kernel does.
public enum PathText {
    private static let slash = UInt8(ascii: "/")

    /// What stands between the slashes of `path`, empty parts included; never empty.
    public static func components(of path: some StringProtocol) -> [Substring] {
        Substring(path).utf8.split(separator: slash, omittingEmptySubsequences: false).map { Substring($0) }
    }

    /// What stands behind the last slash; all of `path` when there is none.
    public static func lastComponent(of path: some StringProtocol) -> Substring {
        components(of: path).last ?? Substring(path)
    }

    public static func isAbsolute(_ path: some StringProtocol) -> Bool { path.utf8.first == slash }

    public static func hasSlash(_ name: some StringProtocol) -> Bool { name.utf8.contains(slash) }

    /// Whether `path` leads to something below `folder`, both written in the same way.
    public static func isFolder(_ folder: String, of path: String) -> Bool {
        path.utf8.starts(with: folder.utf8) && path.utf8.dropFirst(folder.utf8.count).first == slash
    }

    /// Whether `path` is relative and has no `.`, `..`, empty part or NUL: seen from any directory it leads to something in
    /// that directory, as long as there are no links on the way.
    public static func staysBeneath(_ path: some Collection<UInt8>) -> Bool {
        let dot = UInt8(ascii: ".")
        return !path.contains(0)
            && path.split(separator: slash, omittingEmptySubsequences: false).allSatisfy { part in
                !part.isEmpty && !part.elementsEqual([dot]) && !part.elementsEqual([dot, dot])
            }
    }
}
