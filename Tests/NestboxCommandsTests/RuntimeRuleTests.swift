// SPDX-License-Identifier: Apache-2.0
import OCIDriver
import Testing

@testable import NestboxCommands

/// `isolation.oci`.
@Suite struct RuntimeRuleTests {
    @Test func aRuntimeIsNameKindProgramAndOptions() throws {
        let runtime = try RuntimeRule.runtime("systrap=runsc:/opt/runsc --platform=systrap --debug")
        #expect(runtime.name == "systrap" && runtime.kind == .runsc && runtime.program == "/opt/runsc")
        #expect(runtime.arguments == ["--platform=systrap", "--debug"])
    }

    @Test func aBuiltInNameIsReplacedAndOthersComeBehind() throws {
        let runtimes = try RuntimeRule.runtimes(with: ["gvisor=runsc:/opt/runsc", "own=crun:/opt/crun"])
        #expect(runtimes.map(\.name) == ["gvisor", "crun", "runc", "own"])
        #expect(runtimes.first?.program == "/opt/runsc")
    }

    @Test(arguments: [
        "runsc", "x=/opt/runsc", "x=kata:/opt/kata", "x=runsc:runsc", "x=runsc:", "X=runsc:/r", "namespace=runsc:/r",
        "strongest=runsc:/r", "microvm=runsc:/r", "firecracker=runsc:/r", "x=runsc:/r\u{1}",
    ])
    func whatIsNoRuntimeIsRefused(_ text: String) {
        #expect(throws: ValueError.self) { try RuntimeRule.runtime(text) }
    }
}
