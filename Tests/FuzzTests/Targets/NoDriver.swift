// SPDX-License-Identifier: Apache-2.0
import Isolation
import NestboxCore

/// A driver that is there and never asked for anything.
struct NoDriver: IsolationDriver {
    let name = "namespace"

    func status() async -> DriverStatus {
        DriverStatus(driver: name, available: true, limitsEnforcedBy: "nothing", findings: [])
    }

    func explain(_ spec: SandboxSpec) throws(IsolationError) -> [ExplainedStep] { [] }

    func makeSandbox(_ spec: SandboxSpec) async throws(IsolationError) -> any Sandbox {
        throw IsolationError(.unavailable, step: "none", message: "this driver makes no sandbox")
    }

    func sweep() async -> Int { 0 }
}
