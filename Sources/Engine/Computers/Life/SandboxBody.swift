// SPDX-License-Identifier: Apache-2.0
import Isolation

enum SandboxBody {
    static func maker(_ driver: any IsolationDriver) -> BodyMaker {
        { _, _ throws(IsolationError) in throw IsolationError(.unavailable, step: "computer", message: "to come") }
    }
}
