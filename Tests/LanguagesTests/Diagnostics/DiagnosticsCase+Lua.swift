// SPDX-License-Identifier: Apache-2.0
import NestboxCore

@testable import Languages

extension DiagnosticsCase {
    static let lua: [DiagnosticsCase] = [
        DiagnosticsCase(
            "a warning and an index of nil", .lua, .run, files: ["u1.lua"],
            stderr: #"""
                Lua warning: a warning
                /usr/bin/lua5.4: u1.lua:2: attempt to index a nil value (field 'x')
                stack traceback:
                	u1.lua:2: in local 'inner'
                	u1.lua:5: in main chunk
                	[C]: in ?
                """#,
            warnings: [
                RunWarning(kind: "warning", message: "a warning"),
            ],
            error: ("error", "attempt to index a nil value (field 'x')", 2)),
        DiagnosticsCase(
            "a table", .lua, .run, files: ["u3.lua"],
            stderr: #"""
                /usr/bin/lua5.4: (error object is a table value)
                stack traceback:
                	[C]: in function 'error'
                	u3.lua:1: in main chunk
                	[C]: in ?
                """#,
            error: ("error", "(error object is a table value)", 1)),
        DiagnosticsCase(
            "a text without a place", .lua, .run, files: ["u4.lua"],
            stderr: #"""
                /usr/bin/lua5.4: plain
                stack traceback:
                	[C]: in function 'error'
                	u4.lua:1: in main chunk
                	[C]: in ?
                """#,
            error: ("error", "plain", 1)),
        DiagnosticsCase(
            "an error at the caller", .lua, .run, files: ["u5.lua"],
            stderr: #"""
                /usr/bin/lua5.4: again: u5.lua:1: lvl1
                stack traceback:
                	[C]: in function 'error'
                	u5.lua:3: in main chunk
                	[C]: in ?
                """#,
            error: ("error", "again: u5.lua:1: lvl1", 3)),
        DiagnosticsCase(
            "a missing module", .lua, .run, files: ["u6.lua"],
            stderr: #"""
                /usr/bin/lua5.4: u6.lua:1: module 'nomod' not found:
                	no field package.preload['nomod']
                	no file '/usr/local/share/lua/5.4/nomod.lua'
                	no file '/usr/local/share/lua/5.4/nomod/init.lua'
                	no file '/usr/local/lib/lua/5.4/nomod.lua'
                	no file '/usr/local/lib/lua/5.4/nomod/init.lua'
                	no file '/usr/share/lua/5.4/nomod.lua'
                	no file '/usr/share/lua/5.4/nomod/init.lua'
                	no file './nomod.lua'
                	no file './nomod/init.lua'
                	no file '/usr/local/lib/lua/5.4/nomod.so'
                	no file '/usr/lib/x86_64-linux-gnu/lua/5.4/nomod.so'
                	no file '/usr/lib/lua/5.4/nomod.so'
                	no file '/usr/local/lib/lua/5.4/loadall.so'
                	no file './nomod.so'
                stack traceback:
                	[C]: in function 'require'
                	u6.lua:1: in main chunk
                	[C]: in ?
                """#,
            error: ("error", "module 'nomod' not found:\n\tno field package.preload['nomod']\n\tno file '/usr/local/share/lua/5.4/nomod.lua'\n\tno file '/usr/local/share/lua/5.4/nomod/init.lua'\n\tno file '/usr/local/lib/lua/5.4/nomod.lua'\n\tno file '/usr/local/lib/lua/5.4/nomod/init.lua'\n\tno file '/usr/share/lua/5.4/nomod.lua'\n\tno file '/usr/share/lua/5.4/nomod/init.lua'\n\tno file './nomod.lua'\n\tno file './nomod/init.lua'\n\tno file '/usr/local/lib/lua/5.4/nomod.so'\n\tno file '/usr/lib/x86_64-linux-gnu/lua/5.4/nomod.so'\n\tno file '/usr/lib/lua/5.4/nomod.so'\n\tno file '/usr/local/lib/lua/5.4/loadall.so'\n\tno file './nomod.so'", 1)),
        DiagnosticsCase(
            "an object with a text", .lua, .run, files: [],
            stderr: #"""
                /usr/bin/lua5.4: custom obj
                """#,
            error: ("error", "custom obj", nil)),
        DiagnosticsCase(
            "a syntax error", .lua, .run, files: ["u8.lua"],
            stderr: #"""
                /usr/bin/lua5.4: u8.lua:3: ')' expected (to close '(' at line 2) near 'end'
                """#,
            error: ("error", "')' expected (to close '(' at line 2) near 'end'", 3)),
        DiagnosticsCase(
            "two lines", .lua, .run, files: ["u9.lua"],
            stderr: #"""
                /usr/bin/lua5.4: u9.lua:1: a
                b
                stack traceback:
                	[C]: in function 'error'
                	u9.lua:1: in main chunk
                	[C]: in ?
                """#,
            error: ("error", "a\nb", 1)),
    ]
}
