// SPDX-License-Identifier: Apache-2.0
internal import CSeccomp

/// Which error each refused call returns, and the piece of program that tells it.
///
/// libseccomp cannot say "allowed for these arguments, else EPERM": a filter has one fallback action for everything. So
/// the filter is made with a marker as its fallback, and every place that returns the marker jumps to a table behind
/// the program instead, which looks at the call's number and returns its error. The table holds refusals only: it
/// cannot turn one into a permission.
struct SeccompRefusals {
    /// No error of a profile; the largest that libseccomp takes, one below `MAX_ERRNO` of <linux/err.h>.
    static let marker: UInt16 = 4094

    let unlisted: SeccompErrno
    private var calls: [SeccompErrno: [UInt32]] = [:]

    init(unlisted: SeccompErrno) {
        self.unlisted = unlisted
    }

    mutating func add(_ number: Int32, _ errno: SeccompErrno) {
        guard errno != unlisted else { return }
        calls[errno, default: []].append(UInt32(bitPattern: number))
    }

    /// Everything that the table can return.
    var actions: [UInt32] { ([unlisted] + calls.keys).map { nestbox_action_errno($0.rawValue) } }

    /// `program`, with its fallback replaced by the table.
    func append(to program: [BPFInstruction]) throws(SeccompError) -> [BPFInstruction] {
        let fallback = BPFInstruction.return(nestbox_action_errno(Self.marker))
        var result = program
        for (index, instruction) in program.enumerated() where instruction == fallback {
            result[index] = BPFInstruction(
                code: BPFInstruction.Code.jump, operand: UInt32(program.count - index - 1))
        }
        guard result != program else {
            throw SeccompError(.invalidProgram, "the program of libseccomp has no fallback")
        }
        return result + table()
    }

    private func table() -> [BPFInstruction] {
        // Offset 0 of seccomp_data is the call's number; the accumulator may hold an argument by now.
        var table = [BPFInstruction(code: BPFInstruction.Code.load, operand: 0)]
        for (errno, numbers) in calls.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            // Distances of conditional jumps are 8 bits wide.
            for start in stride(from: 0, to: numbers.count, by: 128) {
                let chunk = numbers[start..<min(start + 128, numbers.count)]
                for (index, number) in zip(chunk.indices, chunk) {
                    let isLast = index == chunk.endIndex - 1
                    table.append(
                        BPFInstruction(
                            code: BPFInstruction.Code.jumpIfEqual,
                            jumpTrue: UInt8(chunk.endIndex - index - 1),
                            jumpFalse: isLast ? 1 : 0,
                            operand: number
                        ))
                }
                table.append(.return(nestbox_action_errno(errno.rawValue)))
            }
        }
        table.append(.return(nestbox_action_errno(unlisted.rawValue)))
        return table
    }
}
