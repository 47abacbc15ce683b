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

    private init(path: String) {
        self.path = path
        folder = path + ".new"
    }

    /// Makes the private folder. What a dead server left is removed.
    ///
    /// - Throws: ``RequestError`` `invalid_configuration` when another server answers there or the path is taken by
    ///   something else.
    static func prepare(path: String) async throws -> UnixSocket {
        let socket = UnixSocket(path: path)
        let files = FileManager.default
        if let type = try? files.attributesOfItem(atPath: path)[.type] as? FileAttributeType {
            guard type == .typeSocket else { throw socket.refusal("there is something else than a socket") }
            if await answers(path) { throw socket.refusal("another server listens there") }
        }
        if let left = try? files.contentsOfDirectory(atPath: socket.folder) {
            guard left.isEmpty || left == ["s"] else { throw socket.refusal("\(socket.folder) is in the way") }
            try? files.removeItem(atPath: socket.folder)
        }
        do {
            try files.createDirectory(
                atPath: socket.folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        } catch {
            throw socket.refusal("\(socket.folder) cannot be made (\(error.localizedDescription))")
        }
        return socket
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
            throw refusal(error.localizedDescription)
        }
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func answers(_ path: String) async -> Bool {
        let connection = try? await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(unixDomainSocketPath: path).get()
        connection?.close(promise: nil)
        return connection != nil
    }

    private func refusal(_ reason: String) -> RequestError {
        RequestError(.invalidConfiguration, "cannot listen on unix:\(path): \(reason)", field: "listen")
    }
}
