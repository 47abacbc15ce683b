// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// `POST /files` (section 3.5 of the wire). Nothing of a file is kept here but the piece that is on its way.
struct FileUploads: Sendable {
    /// How long a client may pause within an upload.
    private static let pause = TimeAmount.minutes(5)

    private let exchange: DataExchange
    private let access: FileAccess
    private let query: QueryItems
    private let metadata: [String: String]

    /// - Throws: ``E2BError`` 401 and 400.
    init(_ exchange: DataExchange) throws(E2BError) {
        self.exchange = exchange
        query = QueryItems(exchange.request.uri.query)
        access = try FileAccess(exchange, query: query, for: .write)
        metadata = try FileMetadata.read(exchange.request.headers)
    }

    func respond() async throws -> Response {
        let type = exchange.request.headers[.contentType] ?? ""
        let media = type.split(separator: ";").first?.trimmingCharacters(in: .whitespaces).lowercased()
        let inflater = try makeInflater()
        exchange.bePatient(pause: Self.pause)
        let entries =
            switch media {
            case "multipart/form-data":
                try await multipart(boundary: try MultipartReader.boundary(in: type), inflater)
            case "application/octet-stream": [try await single(inflater)]
            default:
                throw E2BError(
                    .unsupportedMediaType, "send multipart/form-data or application/octet-stream")
            }
        return try JSONOutput.response(entries.map(UploadedFile.init))
    }

    private func makeInflater() throws -> Inflater? {
        switch exchange.request.headers[.contentEncoding]?.lowercased() {
        case nil, "", "identity": nil
        case "gzip": try Inflater()
        case .some(let other):
            throw E2BError(.badRequest, "the Content-Encoding '\(other.prefix(40))' is not taken; gzip is")
        }
    }

    // MARK: Bodies

    private func single(_ inflater: Inflater?) async throws -> FileEntry {
        let sink = try await open(try access.path(query["path"]))
        do {
            try await pieces(inflater) { bytes in try await sink.write(bytes) }
            return try await sink.finish()
        } catch {
            sink.close()
            throw error
        }
    }

    private func multipart(boundary: String, _ inflater: Inflater?) async throws -> [FileEntry] {
        let form = FormUpload(boundary: boundary, path: query["path"], access: access) { path in try await open(path) }
        do {
            try await pieces(inflater) { bytes in try await form.take(bytes) }
            return try form.finished()
        } catch {
            form.close()
            throw error
        }
    }

    private func open(_ path: String) async throws -> UploadSink {
        UploadSink(try await exchange.computer.files.write(path, metadata: metadata, user: access.user))
    }

    /// Hands the body on as it arrives.
    private func pieces(_ inflater: Inflater?, _ take: ([UInt8]) async throws -> Void) async throws {
        let declared = exchange.request.headers[.contentLength].flatMap { Int($0) }
        var received = 0
        do {
            for try await chunk in exchange.body {
                received += chunk.readableBytes
                let bytes = Array(chunk.readableBytesView)
                if let inflater {
                    try await inflater.inflate(bytes) { try await take($0) }
                } else {
                    try await take(bytes)
                }
            }
        } catch ConnectionFailure.timedOut {
            throw E2BError(.requestTimeout, "the upload stopped for too long")
        } catch ConnectionFailure.broken {
            throw BrokenBody()
        }
        if let declared, declared != received { throw BrokenBody() }
        if let inflater, !inflater.hasEnded { throw E2BError(.badRequest, "the gzip body ended before its end") }
    }

    private struct UploadedFile: Encodable {
        var path: String
        var name: String
        var type: String
        var metadata: [String: String]?

        init(_ entry: FileEntry) {
            path = entry.path
            name = entry.name
            type = entry.kind == .directory ? "dir" : "file"
            metadata = entry.metadata.isEmpty ? nil : entry.metadata
        }
    }
}

/// The files of one multipart body, as they come.
private final class FormUpload {
    private let path: String?
    private let access: FileAccess
    private let open: (String) async throws -> UploadSink
    private var reader: MultipartReader
    private var sink: UploadSink?
    private var paths: Set<String> = []
    private var entries: [FileEntry] = []

    init(
        boundary: String, path: String?, access: FileAccess, open: @escaping (String) async throws -> UploadSink
    ) {
        self.path = path
        self.access = access
        self.open = open
        reader = MultipartReader(boundary: boundary)
    }

    func take(_ bytes: [UInt8]) async throws {
        reader.append(bytes)
        while let event = try reader.next() {
            switch event {
            case .part(let name, let filename): if name == "file" { try await begin(filename) }
            case .data(let bytes): try await sink?.write(bytes)
            case .partEnd:
                if let sink { entries.append(try await sink.finish()) }
                sink = nil
            }
        }
    }

    private func begin(_ filename: String?) async throws {
        let path = try access.path(path ?? filename)
        guard paths.insert(path).inserted else {
            throw E2BError(.badRequest, "you cannot upload multiple files to the same path '\(path)'")
        }
        sink = try await open(path)
    }

    func finished() throws(E2BError) -> [FileEntry] {
        guard reader.hasEnded else { throw E2BError(.badRequest, "the multipart body ended before its end") }
        return entries
    }

    func close() { sink?.close() }
}

/// A file that is being written, in pieces of a good size however small those are that arrive: a watcher sees each.
private final class UploadSink {
    private static let pieceBytes = 64 << 10

    private let upload: any FileUpload
    private var waiting: [UInt8] = []

    init(_ upload: any FileUpload) { self.upload = upload }

    func write(_ bytes: [UInt8]) async throws {
        waiting += bytes
        if waiting.count >= Self.pieceBytes { try await flush() }
    }

    func finish() async throws -> FileEntry {
        try await flush()
        return try await upload.finish()
    }

    func close() { upload.close() }

    private func flush() async throws {
        guard !waiting.isEmpty else { return }
        let bytes = waiting
        waiting = []
        try await upload.write(bytes)
    }
}

/// `X-Metadata-KEY: value` fields.
enum FileMetadata {
    private static let prefix = "x-metadata-"
    private static let longestKey = 246
    private static let mostBytes = 4096
    /// Of the name of an extended attribute: `user.e2b.`
    private static let attributePrefixBytes = 9

    /// - Throws: ``E2BError`` 400 for what no extended attribute can hold.
    static func read(_ headers: HTTPFields) throws(E2BError) -> [String: String] {
        var metadata: [String: String] = [:]
        var bytes = 0
        for field in headers {
            let name = field.name.canonicalName
            guard name.hasPrefix(prefix) else { continue }
            let key = String(name.dropFirst(prefix.count))
            guard (1...longestKey).contains(key.utf8.count) else {
                throw E2BError(.badRequest, "a metadata key has 1 to \(longestKey) bytes")
            }
            guard field.value.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
                throw E2BError(.badRequest, "the metadata value of '\(key)' is not printable ASCII")
            }
            metadata[key] = field.value
            bytes += attributePrefixBytes + key.utf8.count + field.value.utf8.count
        }
        guard bytes <= mostBytes else {
            throw E2BError(.badRequest, "the metadata has \(bytes) bytes; at most \(mostBytes) are kept")
        }
        return metadata
    }
}
