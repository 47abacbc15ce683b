// SPDX-License-Identifier: Apache-2.0
import Isolation
import NestboxCore
import Testing

@testable import Engine

@Suite struct StrongestIsolationTests {
    @Test func theStrongestThatWorks() {
        func strongest(_ available: [String]) -> String? {
            StrongestIsolation.driver(for: "strongest", among: available)
        }
        #expect(strongest(["runc", "crun", "namespace"]) == "namespace")
        #expect(strongest(["namespace", "gvisor"]) == "gvisor")
        #expect(strongest(["gvisor", "microvm"]) == "microvm")
        #expect(strongest(["own"]) == nil)
        // Never run with the real program.
        #expect(strongest(["firecracker"]) == nil)
        #expect(StrongestIsolation.driver(for: "crun", among: ["gvisor"]) == "crun")
    }

    @Test func aTierThatIsMissingIsRefused() throws {
        let preparation = RunPreparation(
            configuration: EngineConfiguration(concurrency: 1), catalog: try EngineFixture.catalog.get(), drivers: [:],
            unavailableDrivers: ["gvisor": "no program at /usr/bin/runsc"], fileExists: { _ in true },
            knownVersion: { _ in nil })
        for name in ["gvisor", "strongest"] {
            let error = try #require(throws: RequestError.self) {
                try preparation.prepare(RunRequest(code: "print(1)", language: "python", isolation: name))
            }
            #expect(error.code == .isolationUnavailable && error.message.contains("/usr/bin/runsc"))
        }
    }
}
