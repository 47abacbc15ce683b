// SPDX-License-Identifier: Apache-2.0

extension SeccompProfileNode {
    func errno() throws(SeccompError) -> SeccompErrno {
        let name = try text("the errno")
        guard let errno = SeccompErrno(name: name) else {
            let known = SeccompErrno.allCases.map(\.name).joined(separator: ", ")
            throw error(.invalidValue, "'\(name)' is not an error that a refused call may return; those are \(known)")
        }
        return errno
    }

    func architecture() throws(SeccompError) -> SeccompArchitecture {
        let name = try text("arch")
        guard let architecture = SeccompArchitecture(rawValue: name) else {
            let known = SeccompArchitecture.allCases.map(\.rawValue).joined(separator: ", ")
            throw error(.invalidValue, "there is no architecture '\(name)' here; there is \(known)")
        }
        return architecture
    }

    /// `when`: a list of alternatives, each a mapping from the name of an argument to a condition on it.
    func alternatives() throws(SeccompError) -> [[SeccompCondition]] {
        var alternatives: [[SeccompCondition]] = []
        for item in try items("when") {
            var conditions: [SeccompCondition] = []
            for (key, value) in try item.pairs("an alternative of 'when'") {
                let condition = try value.condition(name: try key.identifier("an argument"))
                if let twin = conditions.first(where: { $0.argument == condition.argument }) {
                    throw key.error(.duplicate, "'\(twin.name)' is a condition on argument \(twin.argument) already")
                }
                conditions.append(condition)
            }
            guard !alternatives.contains(where: { Set($0) == Set(conditions) }) else {
                throw item.error(.duplicate, "this alternative stands here already")
            }
            alternatives.append(conditions)
        }
        return alternatives
    }

    /// One of
    /// - `is`: the argument is one of these values; with `besides`, these flags may be set as well; with `mask`, only
    ///   these bits are looked at.
    /// - `without`: none of these flags is set.
    private func condition(name: String) throws(SeccompError) -> SeccompCondition {
        let fields = try fields("the condition on \(name)", known: ["arg", "is", "besides", "mask", "without"])
        let argument = Int(try fields.required("arg").number("arg", maximum: 5))
        if let without = fields["without"] {
            try fields.refuse("is", "besides", "mask", because: "beside 'without'")
            return SeccompCondition(name: name, argument: argument, mask: try without.flags("without"), values: [0])
        }
        let values = try fields.required("is").constants("is")
        var mask = UInt32.max
        if let besides = fields["besides"] {
            try fields.refuse("mask", because: "beside 'besides'")
            mask = ~(try besides.flags("besides"))
        } else if let given = fields["mask"] {
            mask = try given.number("mask", maximum: .max)
            guard mask != 0 else { throw given.error(.invalidValue, "a mask of 0 looks at nothing") }
        }
        for (constant, place) in values where constant & mask != constant {
            throw place.error(.invalidValue, "this value has bits that the condition does not look at")
        }
        return SeccompCondition(name: name, argument: argument, mask: mask, values: values.map(\.value))
    }

    /// Values by name; no name and no value twice.
    private func constants(_ what: String) throws(SeccompError) -> [(value: UInt32, place: SeccompProfileNode)] {
        var constants: [(value: UInt32, place: SeccompProfileNode)] = []
        for (key, node) in try pairs(what) {
            let value = try node.number(try key.identifier("the name of a value"), maximum: .max)
            guard !constants.contains(where: { $0.value == value }) else {
                throw node.error(.duplicate, "the value \(value) stands in '\(what)' twice")
            }
            constants.append((value, key))
        }
        return constants
    }

    /// Flags by name, put together; each has bits, and shares none with another.
    private func flags(_ what: String) throws(SeccompError) -> UInt32 {
        var flags: UInt32 = 0
        for (value, place) in try constants(what) {
            guard value != 0, flags & value == 0 else {
                throw place.error(.invalidValue, "a flag of '\(what)' must have bits that no other flag there has")
            }
            flags |= value
        }
        return flags
    }
}
