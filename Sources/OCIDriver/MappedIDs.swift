// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem

/// A user namespace with the ids of one computer, made only to show trees with these ids: nobody is in it.
enum MappedIDs {
    /// - Parameter base: First of the host's ids.
    static func namespace(base: UInt32, image: GuestImage) throws(SystemError) -> SharedDescriptor {
        let (_, guest) = try Descriptors.makeSocketPair().share()
        // An agent that is told nothing: it ends when nobody is at the other end of its stream.
        let process = try Processes.launchGuest(
            executable: image.descriptor.raw, control: guest.raw, namespaces: .user)
        let result = Result { () throws(SystemError) in
            let map = "0 \(base) \(IDRangeAllocator.idsPerSandbox)\n"
            try Files.writeText(map, to: "/proc/\(process.pid)/uid_map")
            try Files.writeText(map, to: "/proc/\(process.pid)/gid_map")
            return SharedDescriptor(try Files.open("/proc/\(process.pid)/ns/user", .readOnly))
        }
        try Processes.signal(process.descriptor.raw, Processes.sigKill)
        _ = try Processes.wait(process.descriptor.raw)
        return try result.get()
    }
}
