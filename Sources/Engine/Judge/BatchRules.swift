// SPDX-License-Identifier: Apache-2.0
import NestboxCore

/// What is refused of a whole batch before any of it is taken.
enum BatchRules {
    /// - Throws: ``RequestError`` that names the problem and the case.
    static func check(_ request: BatchRequest, _ preparation: RunPreparation) throws(RequestError) {
        _ = try preparation.place(
            isolation: request.isolation, template: request.template, rules: request.keyRules)
        _ = try FixedConditions(request.options.deterministic)
        var all = request.problems.sorted { $0.key < $1.key }.map { ("problems.\($0.key)", $0.value) }
        if let problem = request.problem { all.insert(("problem", problem), at: 0) }
        var instructions = 0
        for (path, problem) in all {
            instructions += try PreparedProblem(problem, at: path, preparation, rules: request.keyRules).patternSize
            guard instructions <= PreparedProblem.mostInstructions else {
                throw PreparedProblem.tooManyInstructions(path)
            }
        }
    }
}
