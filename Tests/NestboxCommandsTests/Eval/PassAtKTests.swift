// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import NestboxCommands

@Suite struct PassAtKTests {
    @Test func oneOfOneIsTheShareThatPassed() {
        #expect(PassAtK.estimate(answers: 1, passed: 1, k: 1) == 1)
        #expect(PassAtK.estimate(answers: 1, passed: 0, k: 1) == 0)
        #expect(PassAtK.estimate(answers: 10, passed: 3, k: 1).map { abs($0 - 0.3) < 1e-12 } == true)
    }

    /// 1 - C(7, 5) / C(10, 5) = 1 - 21 / 252.
    @Test func itIsTheQuotientOfBinomials() throws {
        let estimate = try #require(PassAtK.estimate(answers: 10, passed: 3, k: 5))
        #expect(abs(estimate - (1 - 21.0 / 252)) < 1e-12)
        // Fewer failures than are drawn: one of those drawn passes.
        #expect(PassAtK.estimate(answers: 10, passed: 6, k: 5) == 1)
        let large = try #require(PassAtK.estimate(answers: 2000, passed: 1, k: 100))
        #expect(abs(large - 0.05) < 1e-9)
    }

    @Test func ofTooFewAnswersNothingIsSaid() {
        #expect(PassAtK.estimate(answers: 4, passed: 4, k: 5) == nil)
        #expect(PassAtK.estimate(answers: 4, passed: 5, k: 1) == nil)
        #expect(PassAtK.estimate(answers: 4, passed: 1, k: 0) == nil)
        #expect(PassAtK.mean([(answers: 10, passed: 10), (answers: 1, passed: 1)], k: 10) == nil)
        #expect(PassAtK.mean([], k: 1) == nil)
    }

    @Test func tasksCountAlikeWhateverTheirAnswers() {
        #expect(PassAtK.mean([(answers: 10, passed: 10), (answers: 1, passed: 0)], k: 1) == 0.5)
    }
}
