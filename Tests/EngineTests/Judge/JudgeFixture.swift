// SPDX-License-Identifier: Apache-2.0
import Engine

/// An engine that keeps compiled programs, so that the tests' side of a problem is compiled once.
enum JudgeFixture {
    static let engine = Result {
        try EngineFixture.make(EngineConfiguration(concurrency: 2, warm: WarmConfiguration()))
    }
}
