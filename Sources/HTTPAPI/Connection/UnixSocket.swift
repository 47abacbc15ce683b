// SPDX-License-Identifier: Apache-2.0
import Foundation
import NIOCore
import NIOPosix
import NestboxCore

/// The file of a listening Unix socket, open to its owner only from its first moment on.
///
/// A socket file is made with whatever rights the process's mask leaves and can be restricted only afterwards. So it is
/// made within a folder of its own that nobody else may enter, restricted there, and then renamed to its place.
struct UnixSocket: Sendable {
    let path: String
    private let folder: String

    var temporaryPath: String { folder + "/s" }

    /// Makes the private folder and removes a socket that a dead server left.
    ///
    /// - Throws: ``RequestError`` `invalid_configuration` when another server answers there or the path is taken by
    ///   something else.
    init(path: String) throws {
        self.path = path
        folder = path + ".new"
        let files = FileManager.default
        if let type = try? files.attributesOfItem(atPath: path)[.type] as? FileAttributeType {
            guard type == .typeSocket else { throw Self.refusal(path, "there is something else than a socket") }
            if Self.answers(path) { throw Self.refusal(path, "another server listens there") }
        }
        do {
            try? files.removeItem(atPath: folder)
            try files.createDirectory(
                atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Self.refusal(path, "\(folder) cannot be made (\(error.localizedDescription))")
        }
    }

    /// Gives the bound socket its rights and its place.
    func publish() throws {
        let files = FileManager.default
        do {
            try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: temporaryPath)
            if files.fileExists(atPath: path) { try files.removeItem(atPath: path) }
            try files.moveItem(atPath: temporaryPath, toPath: path)
            try files.removeItem(atPath: folder)
        } catch {
            throw Self.refusal(path, error.localizedDescription)
        }
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func answers(_ path: String) -> Bool {
        let connection = try? ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(unixDomainSocketPath: path).wait()
        connection?.close(promise: nil)
        return connection != nil
    }

    private static func refusal(_ path: String, _ reason: String) -> RequestError {
        RequestError(.invalidConfiguration, "cannot listen on unix:\(path): \(reason)", field: "listen")
    }
}
