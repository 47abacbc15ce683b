// SPDX-License-Identifier: Apache-2.0

extension StringProtocol {
    /// With `a` to `z` for `A` to `Z` and every other byte as it is: how HTTP and host names compare without regard to case
    /// (RFC 9110, section 5.6.2; RFC 4343). Unicode's lower case would make a `k` of the Kelvin sign, and so take
    /// `Transfer-Encoding: chun\u{212A}ed` for `chunked`, which no other party does.
    func lowercasedASCII() -> String {
        String(decoding: utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
