// SPDX-License-Identifier: Apache-2.0

/// A filter as the kernel takes it (seccomp(2), `SECCOMP_SET_MODE_FILTER`).
public struct SeccompProgram: Sendable, Hashable {
    public let architecture: SeccompArchitecture
    /// `struct sock_filter[]` in the byte order of the architecture (little-endian).
    public let bytes: [UInt8]

    /// Value for `sock_fprog.len`; 1 to ``maximumInstructions``.
    public var instructionCount: Int { bytes.count / BPFInstruction.size }

    /// `BPF_MAXINSNS` of <linux/bpf_common.h>.
    public static let maximumInstructions = 4096
}

/// `struct sock_filter` of <linux/filter.h>.
struct BPFInstruction: Hashable {
    var code: UInt16
    /// Instructions to skip when a comparison holds.
    var jumpTrue: UInt8 = 0
    /// Instructions to skip when it does not.
    var jumpFalse: UInt8 = 0
    var operand: UInt32

    static let size = 8

    /// Codes of <linux/bpf_common.h>: all that libseccomp and this target write.
    enum Code {
        /// `BPF_LD | BPF_W | BPF_ABS`: load a word of `seccomp_data`.
        static let load: UInt16 = 0x20
        /// `BPF_ALU | BPF_AND | BPF_K`
        static let and: UInt16 = 0x54
        /// `BPF_JMP | BPF_JA`: skip `operand` instructions.
        static let jump: UInt16 = 0x05
        /// `BPF_JMP | BPF_JEQ | BPF_K`
        static let jumpIfEqual: UInt16 = 0x15
        /// `BPF_JMP | BPF_JGT | BPF_K`
        static let jumpIfGreater: UInt16 = 0x25
        /// `BPF_JMP | BPF_JGE | BPF_K`
        static let jumpIfGreaterOrEqual: UInt16 = 0x35
        /// `BPF_JMP | BPF_JSET | BPF_K`
        static let jumpIfAnySet: UInt16 = 0x45
        /// `BPF_RET | BPF_K`
        static let `return`: UInt16 = 0x06
    }

    static func `return`(_ action: UInt32) -> BPFInstruction { BPFInstruction(code: Code.return, operand: action) }

    /// - Precondition: `bytes` holds a whole number of instructions.
    static func decode(_ bytes: [UInt8]) -> [BPFInstruction] {
        stride(from: 0, to: bytes.count, by: size).map { start in
            var operand: UInt32 = 0
            for byte in bytes[(start + 4)..<(start + 8)].reversed() { operand = operand << 8 | UInt32(byte) }
            return BPFInstruction(
                code: UInt16(bytes[start + 1]) << 8 | UInt16(bytes[start]),
                jumpTrue: bytes[start + 2],
                jumpFalse: bytes[start + 3],
                operand: operand
            )
        }
    }

    static func encode(_ instructions: [BPFInstruction]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(instructions.count * size)
        for instruction in instructions {
            bytes.append(UInt8(truncatingIfNeeded: instruction.code))
            bytes.append(UInt8(truncatingIfNeeded: instruction.code >> 8))
            bytes.append(instruction.jumpTrue)
            bytes.append(instruction.jumpFalse)
            for shift in stride(from: UInt32(0), to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: instruction.operand >> shift))
            }
        }
        return bytes
    }
}
