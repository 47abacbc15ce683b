// SPDX-License-Identifier: Apache-2.0
import NestboxCore

@testable import Languages

extension DiagnosticsCase {
    static let go: [DiagnosticsCase] = [
        DiagnosticsCase(
            "unused import", .go, .compile, files: ["g1/main.go"],
            stderr: #"""
                # _/home/user/g1
                g1/main.go:5:2: imported and not used: "os"
                g1/main.go:9:2: x declared but not used
                g1/main.go:10:9: cannot use "s" (untyped string constant) as int value in return statement
                g1/main.go:14:2: undefined: undefined
                """#,
            error: ("error", "imported and not used: \"os\"", 5)),
        DiagnosticsCase(
            "a missing package", .go, .compile, files: ["gi/main.go"],
            stderr: #"""
                gi/main.go:2:8: cannot find package "github.com/x/y" in any of:
                	/usr/lib/go-1.19/src/github.com/x/y (from $GOROOT)
                	/tmp/p/src/github.com/x/y (from $GOPATH)
                gi/main.go:3:8: cannot find package "nosuch" in any of:
                	/usr/lib/go-1.19/src/nosuch (from $GOROOT)
                	/tmp/p/src/nosuch (from $GOPATH)
                """#,
            error: ("error", "cannot find package \"github.com/x/y\" in any of:\n\t/usr/lib/go-1.19/src/github.com/x/y (from $GOROOT)\n\t/tmp/p/src/github.com/x/y (from $GOPATH)", 2)),
        DiagnosticsCase(
            "a syntax error", .go, .compile, files: ["gs/main.go"],
            stderr: #"""
                # _/home/user/gs
                gs/main.go:4:1: syntax error: unexpected }, expecting expression
                """#,
            error: ("error", "syntax error: unexpected }, expecting expression", 4)),
        DiagnosticsCase(
            "a nil pointer", .go, .run, files: ["g2/main.go"],
            stderr: #"""
                panic: runtime error: invalid memory address or nil pointer dereference
                [signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4810ad]

                goroutine 1 [running]:
                main.boom(...)
                	/home/user/g2/main.go:7
                main.main()
                	/home/user/g2/main.go:13 +0x6d
                """#,
            error: ("panic", "runtime error: invalid memory address or nil pointer dereference", 7)),
        DiagnosticsCase(
            "a panic in a goroutine", .go, .run, files: ["g3/main.go"],
            stderr: #"""
                panic: wrapped: inner

                goroutine 6 [running]:
                main.main.func2()
                	/home/user/g3/main.go:18 +0x7a
                created by main.main
                	/home/user/g3/main.go:18 +0x92
                """#,
            error: ("panic", "wrapped: inner", 18)),
        DiagnosticsCase(
            "a deadlock", .go, .run, files: ["gd/main.go"],
            stderr: #"""
                fatal error: all goroutines are asleep - deadlock!

                goroutine 1 [chan send]:
                main.main()
                	/home/user/gd/main.go:3 +0x31
                """#,
            error: ("fatal error", "all goroutines are asleep - deadlock!", 3)),
    ]
}
