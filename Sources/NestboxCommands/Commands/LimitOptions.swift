// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import NestboxCore

/// The limits of one run.
struct LimitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Wall-clock time of the program: 10s, 500ms, 2m.", valueName: "time"),
        transform: LimitOptions.time)
    var timeout: Int?

    @Option(help: ArgumentHelp("CPU time of all its processes.", valueName: "time"), transform: LimitOptions.time)
    var cpuTime: Int?

    @Option(
        help: ArgumentHelp("Memory of all its processes: 512M, 1G.", valueName: "size"), transform: LimitOptions.size)
    var memory: Int?

    @Option(help: ArgumentHelp("Processes and threads at one time.", valueName: "count"), transform: LimitOptions.count)
    var processes: Int?

    @Option(help: ArgumentHelp("Bytes it may write to files.", valueName: "size"), transform: LimitOptions.size)
    var disk: Int?

    @Option(
        help: ArgumentHelp("Standard output and standard error together.", valueName: "size"),
        transform: LimitOptions.size)
    var outputLimit: Int?

    var request: LimitsRequest {
        LimitsRequest(
            wallMilliseconds: timeout, cpuMilliseconds: cpuTime, memoryBytes: memory, outputBytes: outputLimit,
            processes: processes, diskBytes: disk)
    }

    private static let time: @Sendable (String) throws -> Int = { try asValidation($0, TimeText.parse) }
    private static let size: @Sendable (String) throws -> Int = { try asValidation($0, ByteSize.parse) }
    private static let count: @Sendable (String) throws -> Int = { text in
        guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let count = Int(text) else {
            throw ValidationError("'\(text)' is not a whole number")
        }
        return count
    }

    private static func asValidation(_ text: String, _ parse: (String) throws(ValueError) -> Int) throws -> Int {
        do {
            return try parse(text)
        } catch {
            throw ValidationError(error.message)
        }
    }
}
