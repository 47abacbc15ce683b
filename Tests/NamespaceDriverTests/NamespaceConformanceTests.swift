// SPDX-License-Identifier: Apache-2.0
import Isolation
import IsolationConformance
import NestboxCore
import Testing

@testable import NamespaceDriver

/// The driver-independent suite, as whoever runs the tests: root, an ordinary user, and an ordinary user without control
/// groups. The driver declares how it holds limits, and every check of that declaration runs.
@Suite(.serialized) struct NamespaceConformanceTests {
    private static let driver = Result { try NamespaceDriver(TestHost.configuration) }

    private static func checks() async throws -> [ConformanceCheck] {
        IsolationConformance.checks(for: try #require(await driver.get().status().enforcement))
    }

    @Test(arguments: try await checks())
    func conforms(_ check: ConformanceCheck) async throws {
        try await check.run(on: try Self.driver.get())
    }

    /// So that nothing is declared weaker than it is, which would leave checks out.
    @Test func limitsAreDeclaredAsTheMachineHoldsThem() async throws {
        let status = try await Self.driver.get().status()
        if TestHost.isWithoutCgroups {
            #expect(status.limitsEnforcedBy == "rlimit")
            #expect(status.enforcement == ResourceLimits.enforcement)
            #expect(status.findings.contains { $0.name == "limits" && $0.level == .missing })
        } else {
            #expect(status.limitsEnforcedBy.hasPrefix("cgroup-v"))
            let enforcement = try #require(status.enforcement)
            for holder in [enforcement.memory, enforcement.processes, enforcement.cpuTime, enforcement.cpuRate] {
                #expect(holder == .sandbox)
            }
            #expect(enforcement.tellsRefusals && enforcement.memoryPeak != .watched)
            if status.limitsEnforcedBy == "cgroup-v1" { #expect(enforcement.memoryPeak == .stage) }
        }
    }

    @Test func everyDeclarationHasItsChecks() {
        func names(_ enforcement: LimitEnforcement) -> Set<String> {
            Set(IsolationConformance.checks(for: enforcement).map(\.name))
        }
        var strong = ResourceLimits.enforcement
        strong.memory = .sandbox
        strong.cpuTime = .sandbox
        strong.cpuRate = .sandbox
        strong.memoryPeak = .stage
        strong.tellsRefusals = true
        let weak = names(ResourceLimits.enforcement)
        #expect(
            names(strong).subtracting(weak) == [
                "limits/memory_of_all_processes_together", "limits/memory_peak_is_counted",
                "limits/memory_peak_starts_anew_with_new_limits", "limits/refusals_are_counted",
                "limits/cpu_time_is_counted_over_all_processes", "limits/cpu_quota_holds",
            ])
        #expect(
            weak.subtracting(names(strong)) == [
                "limits/memory_of_each_process", "limits/memory_peak_is_seen",
                "limits/cpu_time_is_seen_over_all_processes",
            ])
    }
}
