// SPDX-License-Identifier: Apache-2.0

/// Code as models write it in answers, by language; long and short, with words of other languages in strings and comments.
enum Fragments {
    static let all: [(language: String, codes: [String])] = [
        ("bash", bash),
        ("c", c),
        ("cpp", cpp),
        ("go", go),
        ("java", java),
        ("javascript", javascript),
        ("lua", lua),
        ("perl", perl),
        ("php", php),
        ("python", python),
        ("r", r),
        ("ruby", ruby),
        ("rust", rust),
        ("sql", sql),
        ("typescript", typescript),
    ]
}
