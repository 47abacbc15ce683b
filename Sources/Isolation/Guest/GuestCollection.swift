// SPDX-License-Identifier: Apache-2.0
import GuestWire
import NestboxCore

/// What a guest has sent of a collection so far. It holds the bounds of the request, whatever the guest sends.
struct GuestCollection {
    private(set) var files: [GuestFile] = []
    private var bytesLeft: UInt64
    private var filesLeft: Int
    private let mostFileBytes: UInt64
    /// What may still come of the file announced last.
    private var fileBytesLeft: UInt64 = 0

    init(_ spec: CollectSpec) {
        bytesLeft = spec.mostTotalBytes
        filesLeft = Int(spec.mostFiles)
        mostFileBytes = spec.mostFileBytes
    }

    /// False when no guest that keeps to the request says this.
    mutating func begin(path: [UInt8], size: UInt64, skip: CollectSkip) -> Bool {
        guard filesLeft > 0, path.count <= CollectSpec.mostPathBytes, PathText.staysBeneath(path),
            skip != .none || size <= mostFileBytes
        else { return false }
        filesLeft -= 1
        fileBytesLeft = skip == .none ? size : 0
        files.append(GuestFile(path: path, size: size, skip: skip, content: []))
        return true
    }

    /// False when there is more than was announced or asked for.
    mutating func append(_ data: [UInt8]) -> Bool {
        let count = UInt64(data.count)
        guard let last = files.indices.last, count <= fileBytesLeft, count <= bytesLeft else { return false }
        fileBytesLeft -= count
        bytesLeft -= count
        files[last].content += data
        return true
    }
}
