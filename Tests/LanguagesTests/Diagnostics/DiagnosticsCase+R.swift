// SPDX-License-Identifier: Apache-2.0
import NestboxCore

@testable import Languages

extension DiagnosticsCase {
    static let r: [DiagnosticsCase] = [
        DiagnosticsCase(
            "warnings and an error", .r, .run, files: [],
            stderr: #"""
                Warning message:
                In log(x) : NaNs produced
                Warning message:
                NAs introduced by coercion 
                Warning message:
                top warn 
                Error in g(1) : bad in g
                Calls: h -> g
                In addition: Warning message:
                In g(1) : in g é
                Execution halted
                """#,
            warnings: [
                RunWarning(kind: "warning", message: "NaNs produced"),
                RunWarning(kind: "warning", message: "NAs introduced by coercion"),
                RunWarning(kind: "warning", message: "top warn"),
                RunWarning(kind: "warning", message: "in g é"),
            ],
            error: ("Error", "bad in g", nil)),
        DiagnosticsCase(
            "a syntax error", .r, .run, files: [],
            stderr: #"""
                Error: unexpected symbol in:
                "x <- c(1,2
                y"
                Execution halted
                """#,
            error: ("Error", "unexpected symbol in:\n\"x <- c(1,2\ny\"", nil)),
        DiagnosticsCase(
            "two lines", .r, .run, files: [],
            stderr: #"""
                Error: plain
                second
                Execution halted
                """#,
            error: ("Error", "plain\nsecond", nil)),
        DiagnosticsCase(
            "a missing variable", .r, .run, files: [],
            stderr: #"""
                Error: object 'undefined_var' not found
                Execution halted
                """#,
            error: ("Error", "object 'undefined_var' not found", nil)),
        DiagnosticsCase(
            "a missing package", .r, .run, files: [],
            stderr: #"""
                Error in library(nopkg) : there is no package called ‘nopkg’
                Execution halted
                """#,
            error: ("Error", "there is no package called ‘nopkg’", nil)),
        DiagnosticsCase(
            "a message, then stopifnot", .r, .run, files: [],
            stderr: #"""
                just a message
                Error: x must be positive
                Execution halted
                """#,
            error: ("Error", "x must be positive", nil)),
        DiagnosticsCase(
            "a condition", .r, .run, files: [],
            stderr: #"""
                Error: custom cond
                Execution halted
                """#,
            error: ("Error", "custom cond", nil)),
        DiagnosticsCase(
            "warnings only", .r, .run, files: [],
            stderr: #"""
                Warning message:
                In f() : w1
                Warning message:
                In f() : w1
                """#,
            warnings: [
                RunWarning(kind: "warning", message: "w1"),
                RunWarning(kind: "warning", message: "w1"),
            ]),
        DiagnosticsCase(
            "long calls", .r, .run, files: [],
            stderr: #"""
                Warning message:
                In x + 1:2 :
                  longer object length is not a multiple of shorter object length
                Error in f(a_long_argument_name = 1, another_long_argument = 2) : 
                  a rather long message that goes beyond the line width of the call
                Execution halted
                """#,
            warnings: [
                RunWarning(kind: "warning", message: "longer object length is not a multiple of shorter object length"),
            ],
            error: ("Error", "a rather long message that goes beyond the line width of the call", nil)),
        DiagnosticsCase(
            "two warnings in one", .r, .run, files: [],
            stderr: #"""
                Warning messages:
                1: In f(1) : short
                2: In f(1) :
                  a longer warning with more than one line of text in it so that R breaks the line of the call here
                """#,
            warnings: [
                RunWarning(kind: "warning", message: "short"),
                RunWarning(
                    kind: "warning", message: "a longer warning with more than one line of text in it so that R breaks the line of the call here"),
            ]),
    ]
}
