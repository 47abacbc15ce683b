// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore

@testable import HTTPAPI

/// A message of a client of Piston's WebSocket, up to the run that it asks for.
enum PistonMessages {
    static func check(_ bytes: [UInt8]) throws {
        do throws(any Error) {
            switch try PistonMessage(.binary(bytes)) {
            case .start(let job): try check(job)
            case .signal(let number):
                if let number { try hold((1...64).contains(number), "signal \(number)") }
            case .input, .other: break
            }
        } catch let error as RequestError {
            try hold([.invalidJSON, .invalidField].contains(error.code), "\(error.code) for \(error.message)")
            try Problems.check(PistonJob.inOwnWords(error))
        }
    }

    private static func check(_ job: PistonJob) throws {
        try hold(!job.language.isEmpty && !job.version.isEmpty && !job.files.isEmpty, "\(job)")
        for isTalkedTo in [false, true] {
            let run = try job.request(language: "python", isTalkedTo: isTalkedTo)
            try hold((run.code == nil) != (run.entrypoint == nil), "the program is \(run)")
            try hold(run.files.count + (run.code == nil ? 0 : 1) == job.files.count, "a file is lost or made up")
            try hold(run.stdin.map { $0.hasSuffix("\n") } ?? isTalkedTo, "the input is \(run.stdin ?? "none")")
            try hold(run.keyRules == nil && run.policy == nil, "a job says what only the server may")
            for limits in [run.limits, run.compileLimits ?? LimitsRequest()] {
                for value in [limits.wallMilliseconds, limits.cpuMilliseconds, limits.memoryBytes] {
                    try hold((value ?? 1) > 0, "limits \(limits)")
                }
            }
            for (file, input) in zip(job.files, run.files) where run.code == nil && file.encoding == "utf8" {
                try hold(input.content == file.content, "a file is changed")
            }
        }
    }
}
