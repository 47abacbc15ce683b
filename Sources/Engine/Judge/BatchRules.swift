// SPDX-License-Identifier: Apache-2.0
import NestboxCore

/// What is refused of a whole batch before any of it is taken.
enum BatchRules {
    /// - Throws: ``RequestError`` that names the problem and the case.
    static func check(_ request: BatchRequest, _ preparation: RunPreparation) throws(RequestError) {
        _ = try preparation.place(isolation: request.isolation, template: request.template)
        _ = try Seeding(request.options.deterministic)
        if let problem = request.problem {
            _ = try PreparedProblem(problem, at: "problem", preparation, rules: request.keyRules)
        }
        for (name, problem) in request.problems.sorted(by: { $0.key < $1.key }) {
            _ = try PreparedProblem(problem, at: "problems.\(name)", preparation, rules: request.keyRules)
        }
    }
}
