// SPDX-License-Identifier: Apache-2.0

/// How likely it is that one of `k` answers to a task passes, from `n` answers of which `c` passed: the unbiased estimator of
/// "Evaluating Large Language Models Trained on Code" (Chen et al. 2021, section 2.1), 1 - C(n - c, k) / C(n, k).
enum PassAtK {
    /// - Returns: Nil with fewer than `k` answers, of which nothing can be said.
    static func estimate(answers n: Int, passed c: Int, k: Int) -> Double? {
        guard k >= 1, n >= k, (0...n).contains(c) else { return nil }
        if c == 0 { return 0 }
        guard n - c >= k else { return 1 }
        // The quotient of the binomials as a product, which neither overflows nor cancels.
        return 1 - ((n - c + 1)...n).reduce(1.0) { $0 * (1 - Double(k) / Double($1)) }
    }

    /// The mean over tasks.
    ///
    /// - Returns: Nil when there are no tasks, or one has fewer than `k` answers.
    static func mean(_ tasks: some Collection<(answers: Int, passed: Int)>, k: Int) -> Double? {
        guard !tasks.isEmpty else { return nil }
        var sum = 0.0
        for task in tasks {
            guard let estimate = estimate(answers: task.answers, passed: task.passed, k: k) else { return nil }
            sum += estimate
        }
        return sum / Double(tasks.count)
    }
}
