// SPDX-License-Identifier: Apache-2.0

/// What a zygote and its children are told: the structures of `CZygote.h`, whose fields are little-endian integers without
/// padding. The child's library and these agree because they are installed together; a magic number begins each.
public enum ZygoteMessage {
    /// From the host: bear a child into a sandbox.
    public struct Birth: Sendable, Hashable {
        /// How the child enters its control group.
        public enum Groups: Sendable, Hashable {
            case none
            /// This many open files `cgroup.procs` of version 1 follow.
            case version1(count: UInt32)
            /// The open directory of a group of version 2 follows.
            case version2
        }

        public var groups: Groups

        public init(_ groups: Groups) { self.groups = groups }

        public func encoded() -> [UInt8] {
            var writer = WireWriter()
            writer.put(UInt32(0x315A_424E))
            switch groups {
            case .none:
                writer.put(UInt32(0))
                writer.put(UInt32(0))
            case .version1(let count):
                writer.put(UInt32(1))
                writer.put(count)
            case .version2:
                writer.put(UInt32(2))
                writer.put(UInt32(1))
            }
            return writer.bytes
        }
    }

    /// A zygote's answer: to a request, and once unasked when it is ready.
    public struct BirthReply: Sendable, Hashable {
        public static let bytes = 8
        /// Names of the steps, by their number; the first is success.
        public static let steps = ["", "request", "enter cgroup", "enter namespaces", "clone", "fork"]

        public var step: UInt32
        public var number: Int32

        public init(_ bytes: [UInt8]) throws(WireError) {
            var reader = WireReader(bytes[...])
            step = try reader.uint32("step")
            number = try reader.int32("error")
            try reader.finish()
        }

        public var isSuccess: Bool { step == 0 }
        public var stepName: String {
            Self.steps.indices.contains(Int(step)) ? Self.steps[Int(step)] : "step \(step)"
        }
    }

    /// From the guest agent to a newborn child: what it may not do.
    public struct Confine: Sendable, Hashable {
        public var user: UInt32
        public var group: UInt32
        public var dropGroups: Bool
        public var boundingSet: UInt64
        public var noNewPrivileges: Bool
        public var hasLandlock: Bool
        public var filter: [UInt8]

        public init(
            user: UInt32, group: UInt32, dropGroups: Bool, boundingSet: UInt64, noNewPrivileges: Bool,
            hasLandlock: Bool, filter: [UInt8]
        ) {
            self.user = user
            self.group = group
            self.dropGroups = dropGroups
            self.boundingSet = boundingSet
            self.noNewPrivileges = noNewPrivileges
            self.hasLandlock = hasLandlock
            self.filter = filter
        }

        public func encoded() -> [UInt8] {
            var writer = WireWriter()
            writer.put(UInt32(0x3143_424E))
            writer.put(user)
            writer.put(group)
            writer.put(UInt32(dropGroups ? 1 : 0))
            writer.put(boundingSet)
            writer.put(UInt32(noNewPrivileges ? 1 : 0))
            writer.put(UInt32(hasLandlock ? 1 : 0))
            writer.put(UInt32(truncatingIfNeeded: filter.count))
            writer.put(UInt32(0))
            return writer.bytes + filter
        }
    }

    /// From the guest agent to a child that was started ahead, once it waits: its program's streams, as descriptors.
    public static let streams: [UInt8] = {
        var writer = WireWriter()
        writer.put(UInt32(0x3154_424E))
        return writer.bytes
    }()

    /// From the guest agent to a child that waits: what to run.
    public struct Start: Sendable, Hashable {
        public struct Limit: Sendable, Hashable {
            public var resource: UInt32
            public var soft: UInt64
            public var hard: UInt64

            public init(resource: UInt32, soft: UInt64, hard: UInt64) {
                self.resource = resource
                self.soft = soft
                self.hard = hard
            }
        }

        public var mask: UInt32
        public var hasControllingTerminal: Bool
        public var limits: [Limit]
        public var directory: String
        public var arguments: [String]
        public var environment: [String]

        public init(
            mask: UInt32, hasControllingTerminal: Bool, limits: [Limit], directory: String, arguments: [String],
            environment: [String]
        ) {
            self.mask = mask
            self.hasControllingTerminal = hasControllingTerminal
            self.limits = limits
            self.directory = directory
            self.arguments = arguments
            self.environment = environment
        }

        public func encoded() -> [UInt8] {
            var payload = WireWriter()
            for limit in limits {
                payload.put(UInt64(limit.resource))
                payload.put(limit.soft)
                payload.put(limit.hard)
            }
            var bytes = payload.bytes
            for text in [directory] + arguments + environment {
                bytes += text.utf8
                bytes.append(0)
            }
            var writer = WireWriter()
            writer.put(UInt32(0x3153_424E))
            writer.put(UInt32(truncatingIfNeeded: bytes.count))
            writer.put(mask)
            writer.put(UInt32(hasControllingTerminal ? 1 : 0))
            writer.put(UInt32(truncatingIfNeeded: limits.count))
            writer.put(UInt32(truncatingIfNeeded: arguments.count))
            writer.put(UInt32(truncatingIfNeeded: environment.count))
            writer.put(UInt32(0))
            return writer.bytes + bytes
        }
    }

    /// A child's answer to either.
    public struct ChildReply: Sendable, Hashable {
        public static let bytes = 12

        /// A ``SpawnStep``; 0 is success.
        public var step: UInt32
        public var number: Int32
        public var pid: Int32

        public init(_ bytes: [UInt8]) throws(WireError) {
            var reader = WireReader(bytes[...])
            step = try reader.uint32("step")
            number = try reader.int32("error")
            pid = try reader.int32("pid")
            try reader.finish()
        }
    }
}
