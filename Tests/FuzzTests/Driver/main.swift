// SPDX-License-Identifier: Apache-2.0
import Foundation

// NESTBOX_FUZZ_TARGET=TARGET nestbox-fuzz [what libFuzzer takes]: runs one target; `scripts/fuzz` calls it so.
// nestbox-fuzz: prints the targets and the length of their inputs.
// The target is no argument, because libFuzzer starts this executable again with its own arguments to merge and minimise.

/// libFuzzer's own entry (FuzzerInterface.h); both arguments are those of `main`.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// The target of this process, set once before anything runs. A C function cannot capture it.
private nonisolated(unsafe) var chosen: FuzzTarget?

guard let name = ProcessInfo.processInfo.environment["NESTBOX_FUZZ_TARGET"] else {
    for target in FuzzTarget.all { print(target.name, target.mostBytes) }
    exit(0)
}
chosen = FuzzTarget.named(name)
guard chosen != nil else {
    FileHandle.standardError.write(Data("there is no target '\(name)'\n".utf8))
    exit(64)
}

private var count = CommandLine.argc
private var arguments = CommandLine.unsafeArgv
exit(
    runFuzzer(&count, &arguments) { start, length in
        do {
            try chosen?.check(Array(UnsafeBufferPointer(start: start, count: length)))
        } catch {
            FileHandle.standardError.write(Data("FINDING: \(error)\n".utf8))
            abort()
        }
        return 0
    })
