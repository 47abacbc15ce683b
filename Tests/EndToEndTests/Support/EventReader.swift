// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

/// One line of a streamed run, as far as these tests look at it.
struct StreamedEvent: Decodable, Sendable {
    let event: String
    let id: String?
    let text: String?
    let report: RunReport?
}

/// Reads a streamed run line by line.
struct EventReader: ~Copyable {
    private var reader: HTTPResponseReader
    private var pending = Data()

    init(_ connection: Connection) throws {
        reader = HTTPResponseReader(connection)
        let (status, headers) = try reader.head()
        try #require(status == 200)
        #expect(headers["content-type"]?.hasPrefix("application/x-ndjson") == true)
    }

    mutating func next() throws -> StreamedEvent? {
        while true {
            if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(pending[pending.startIndex..<end])
                pending = Data(pending[pending.index(after: end)...])
                return try JSONDecoder().decode(StreamedEvent.self, from: line)
            }
            guard let more = try reader.chunk() else { return nil }
            pending.append(more)
        }
    }
}

/// What asks for events.
let streamed: [(name: String, value: String)] = [("Accept", "application/x-ndjson")]
