// SPDX-License-Identifier: Apache-2.0
import Testing
@Suite struct Probe {
    @Test func passes() { #expect(1 + 1 == 2) }
    @Test(.disabled("because")) func off() {}
    @Test(.enabled(if: false, "not here")) func conditional() {}
    @Test(arguments: [1, 2, 3]) func table(_ x: Int) { #expect(x < 3) }
    @Test(arguments: [1, 2]) func cancelled(_ x: Int) throws { try Test.cancel("no such thing here") }
    @Test func cancelledWhole() throws { try Test.cancel("no such thing") }
    @Suite(.disabled("suite off")) struct Inner { @Test func a() {} ; @Test func b() {} }
}
