// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import NestboxCommands

@Suite struct TemplateRuleTests {
    @Test func reads() throws {
        let pair = try TemplateRule.pair("snap=1:default=gvisor")
        #expect(pair.template == "snap=1:default" && pair.driver == "gvisor")
    }

    @Test(arguments: ["base", "=gvisor", "base=", "base=a b"])
    func refuses(text: String) {
        #expect(throws: ValueError.self) { try TemplateRule.pair(text) }
    }
}
