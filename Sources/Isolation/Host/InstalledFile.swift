// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// Files that are installed with the executable: beside it, or in `../libexec/nestbox`.
package enum InstalledFile {
    /// - Throws: ``IsolationError`` `unavailable` naming the places that were tried.
    package static func locate(_ name: String) throws(IsolationError) -> String {
        let step = "find \(name)"
        let own: String
        do throws(SystemError) {
            own = try Files.readLink("/proc/self/exe")
        } catch {
            throw IsolationError(.unavailable, step: step, message: "\(error)")
        }
        let folder = own.split(separator: "/").dropLast().joined(separator: "/")
        let parent = own.split(separator: "/").dropLast(2).joined(separator: "/")
        let candidates = ["/\(folder)/\(name)", "/\(parent)/libexec/nestbox/\(name)"]
        guard let found = candidates.first(where: Files.exists) else {
            let product = name.hasPrefix("lib") ? String(name.dropFirst(3).prefix { $0 != "." }) : name
            throw IsolationError(
                .unavailable, step: step,
                message:
                    "no \(name) at \(candidates.joined(separator: " or ")); build it with 'swift build --product \(product)'"
            )
        }
        return found
    }
}

/// The library that gives programs another clock than the machine's, and one processor (`CClock`). It goes into a sandbox as a file
/// of the program's, through the guest agent, so that every driver has it.
public enum ClockLibrary {
    public static let name = "libnestbox-clock.so"
    private static let mostBytes = 4 << 20

    private static let read = Result { () throws(IsolationError) -> [UInt8] in
        let path = try InstalledFile.locate(name)
        do throws(SystemError) {
            return try Files.readAll(path, atMost: mostBytes)
        } catch {
            throw IsolationError(.unavailable, step: "read \(name)", message: "\(error)")
        }
    }

    /// Read once.
    ///
    /// - Throws: ``IsolationError`` `unavailable` naming what is missing.
    public static func content() throws(IsolationError) -> [UInt8] { try read.get() }
}
