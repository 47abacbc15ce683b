// SPDX-License-Identifier: Apache-2.0
import NestboxCore

@testable import Languages

extension DiagnosticsCase {
    static let rust: [DiagnosticsCase] = [
        DiagnosticsCase(
            "errors and a warning", .rustc, .compile, files: ["r1.rs"],
            stderr: #"""
                error[E0425]: cannot find function `undefined_fn` in this scope
                 --> r1.rs:8:5
                  |
                8 |     undefined_fn();
                  |     ^^^^^^^^^^^^ not found in this scope

                warning: unused import: `std::collections::HashMap`
                 --> r1.rs:1:5
                  |
                1 | use std::collections::HashMap;
                  |     ^^^^^^^^^^^^^^^^^^^^^^^^^
                  |
                  = note: `#[warn(unused_imports)]` on by default

                error[E0308]: mismatched types
                 --> r1.rs:7:21
                  |
                7 |     let s: String = 5;
                  |            ------   ^- help: try using a conversion method: `.to_string()`
                  |            |        |
                  |            |        expected struct `String`, found integer
                  |            expected due to this

                error: aborting due to 2 previous errors; 1 warning emitted

                Some errors have detailed explanations: E0308, E0425.
                For more information about an error, try `rustc --explain E0308`.
                """#,
            warnings: [
                RunWarning(
                    kind: "unused_imports", message: "unused import: `std::collections::HashMap`", file: "r1.rs", line: 1),
            ],
            error: ("error[E0425]", "cannot find function `undefined_fn` in this scope", 8)),
        DiagnosticsCase(
            "a panic since Rust 1.73", .rustc, .run, files: ["main.rs"],
            stderr: #"""
                thread 'main' panicked at main.rs:4:23:
                two
                lines
                note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
                """#,
            error: ("panic", "two\nlines", 4)),
        DiagnosticsCase(
            "a panic since Rust 1.91", .rustc, .run, files: ["main.rs"],
            stderr: #"""
                thread 'main' (4711) panicked at main.rs:4:23:
                index out of bounds
                note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
                """#,
            error: ("panic", "index out of bounds", 4)),
        DiagnosticsCase(
            "a panic, old form", .rustc, .run, files: ["r2.rs"],
            stderr: #"""
                thread 'main' panicked at 'index out of bounds: the len is 1 but the index is 4', r2.rs:1:40
                note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
                """#,
            error: ("panic", "index out of bounds: the len is 1 but the index is 4", 1)),
        DiagnosticsCase(
            "an error returned by main after a panic in a thread", .rustc, .run, files: ["r3.rs"],
            stderr: #"""
                thread '<unnamed>' panicked at 'in thread', r3.rs:4:37
                note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
                Error: Bad("no")
                """#,
            error: ("Error", "Bad(\"no\")", nil)),
        DiagnosticsCase(
            "unwrap of an error", .rustc, .run, files: ["r3.rs"],
            stderr: #"""
                thread '<unnamed>' panicked at 'in thread', r3.rs:4:37
                note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
                thread 'main' panicked at 'called `Result::unwrap()` on an `Err` value: ParseIntError { kind: InvalidDigit }', r3.rs:7:41
                """#,
            error: ("panic", "called `Result::unwrap()` on an `Err` value: ParseIntError { kind: InvalidDigit }", 7)),
        DiagnosticsCase(
            "a panic with two lines", .rustc, .run, files: ["r4.rs"],
            stderr: #"""
                thread 'main' panicked at 'two
                lines', r4.rs:4:23
                note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
                """#,
            error: ("panic", "two\nlines", 4)),
    ]
}
