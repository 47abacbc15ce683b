// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore

@testable import HTTPAPI

/// What holds for every error that a client sees.
enum Problems {
    static func check(_ error: RequestError) throws(FuzzFinding) {
        try hold(!error.message.isEmpty, "an error without a message")
        let problem = Problem(error)
        try hold(problem.detail.utf8.count <= 2003, "a detail of \(problem.detail.utf8.count) bytes")
        try hold((problem.field ?? "").utf8.count <= 203, "a field of \(problem.field?.utf8.count ?? 0) bytes")
        guard let json = try? JSONEncoder().encode(problem), (try? JSONSerialization.jsonObject(with: json)) != nil
        else {
            throw FuzzFinding("\(problem) cannot be written")
        }
    }
}
