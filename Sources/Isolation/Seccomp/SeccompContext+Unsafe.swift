// SPDX-License-Identifier: Apache-2.0
internal import CSeccomp

/// A filter under construction in libseccomp, owned: released when the value goes.
///
/// Unsafe because libseccomp hands out a raw pointer. It is made in `init`, never leaves this file, and is freed in
/// `deinit` only, which runs once because the type cannot be copied.
struct SeccompContext: ~Copyable {
    private let pointer: scmp_filter_ctx

    /// - Parameter fallback: action for calls that no rule allows.
    private init(fallback: UInt32) throws(SeccompError) {
        guard let pointer = seccomp_init(fallback) else {
            throw SeccompError(.libraryFailed, "libseccomp could not make a filter (seccomp_init)")
        }
        self.pointer = pointer
    }

    /// A filter for one architecture that allows nothing yet.
    ///
    /// - Parameters:
    ///   - fallback: action for calls that no rule allows.
    ///   - otherABI: action for calls of other architectures.
    static func make(
        architecture: SeccompArchitecture, fallback: UInt32, otherABI: UInt32
    ) throws(SeccompError) -> SeccompContext {
        let context = try SeccompContext(fallback: fallback)
        if architecture != .native {
            try check(seccomp_arch_add(context.pointer, architecture.token), "seccomp_arch_add")
            try check(seccomp_arch_remove(context.pointer, SeccompArchitecture.native.token), "seccomp_arch_remove")
        }
        try check(seccomp_attr_set(context.pointer, SCMP_FLTATR_ACT_BADARCH, otherABI), "ACT_BADARCH")
        // no_new_privs is a step of its own in the sandbox plan.
        try check(seccomp_attr_set(context.pointer, SCMP_FLTATR_CTL_NNP, 0), "CTL_NNP")
        // 2: a binary tree over the call numbers instead of one comparison per call (seccomp_attr_set(3)).
        try check(seccomp_attr_set(context.pointer, SCMP_FLTATR_CTL_OPTIMIZE, 2), "CTL_OPTIMIZE")
        return context
    }

    deinit { seccomp_release(pointer) }

    /// Allows a call when all comparisons hold; each must be about another argument.
    func allow(_ number: Int32, when comparisons: [SeccompComparison]) throws(SeccompError) {
        let list = comparisons.map { nestbox_compare(UInt32($0.argument), UInt64($0.mask), UInt64($0.value)) }
        try Self.check(
            seccomp_rule_add_exact_array(pointer, nestbox_action_allow(), number, UInt32(list.count), list),
            "seccomp_rule_add_exact_array for call \(number)"
        )
    }

    /// The finished program, as `struct sock_filter[]`.
    func exportProgram() throws(SeccompError) -> [UInt8] {
        let capacity = SeccompProgram.maximumInstructions * BPFInstruction.size
        var bytes = [UInt8](repeating: 0, count: capacity)
        let size = nestbox_export_bpf(pointer, &bytes, bytes.count)
        try Self.check(Int32(clamping: size), "exporting the program")
        bytes.removeLast(capacity - Int(size))
        return bytes
    }

    private static func check(_ result: Int32, _ what: String) throws(SeccompError) {
        guard result < 0 else { return }
        throw SeccompError(.libraryFailed, "libseccomp failed: \(what): errno \(-result)")
    }
}

/// What libseccomp knows about the calls of an architecture.
enum SyscallTable {
    enum Lookup: Hashable {
        case number(Int32)
        /// The call exists, but not on this architecture.
        case elsewhere
        case unknown
    }

    static func lookup(_ name: String, on architecture: SeccompArchitecture) -> Lookup {
        switch nestbox_syscall_number(architecture.token, name) {
        case let number where number >= 0: .number(number)
        case __NR_SCMP_ERROR: .unknown
        default: .elsewhere
        }
    }

    /// The name of a call; nil when the architecture has none of that number.
    static func name(of number: Int32, on architecture: SeccompArchitecture) -> String? {
        var name = [CChar](repeating: 0, count: 64)
        guard nestbox_syscall_name(architecture.token, number, &name, name.count) == 0 else { return nil }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
