// SPDX-License-Identifier: Apache-2.0
import NestboxCore

@testable import Languages

extension DiagnosticsCase {
    static let javaScript: [DiagnosticsCase] = [
        DiagnosticsCase(
            "warnings and an error without a stack", .node, .run, files: ["n1.js"],
            stderr: #"""
                (node:2) CustomWarning: look out
                (Use `node --trace-warnings ...` to show where the warning was created)
                (node:2) [DEP9999] DeprecationWarning: dep
                (node:2) [DEP0005] DeprecationWarning: Buffer() is deprecated due to security and usability issues. Please use the Buffer.alloc(), Buffer.allocUnsafe(), or Buffer.from() methods instead.
                /home/user/n1.js:4
                require('fs').readFile('/x', 'utf8', (e) => { throw e; });
                                                              ^

                [Error: ENOENT: no such file or directory, open '/x'] {
                  errno: -2,
                  code: 'ENOENT',
                  syscall: 'open',
                  path: '/x'
                }

                Node.js v20.20.2
                """#,
            warnings: [
                RunWarning(kind: "CustomWarning", message: "look out"),
                RunWarning(kind: "DeprecationWarning", message: "dep"),
                RunWarning(
                    kind: "DeprecationWarning", message: "Buffer() is deprecated due to security and usability issues. Please use the Buffer.alloc(), Buffer.allocUnsafe(), or Buffer.from() methods instead."),
            ],
            error: ("Error", "ENOENT: no such file or directory, open '/x'", 4)),
        DiagnosticsCase(
            "a syntax error", .node, .run, files: ["n2.js"],
            stderr: #"""
                /home/user/n2.js:1
                const x = ;
                          ^

                SyntaxError: Unexpected token ';'
                    at wrapSafe (node:internal/modules/cjs/loader:1464:18)
                    at Module._compile (node:internal/modules/cjs/loader:1495:20)
                    at Module._extensions..js (node:internal/modules/cjs/loader:1623:10)
                    at Module.load (node:internal/modules/cjs/loader:1266:32)
                    at Module._load (node:internal/modules/cjs/loader:1091:12)
                    at Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:164:12)
                    at node:internal/main/run_main_module:28:49

                Node.js v20.20.2
                """#,
            error: ("SyntaxError", "Unexpected token ';'", 1)),
        DiagnosticsCase(
            "a rejected async function", .node, .run, files: ["n3.js"],
            stderr: #"""
                /home/user/n3.js:2
                async function f() { throw new MyError("async bad"); }
                                           ^

                MyError: async bad
                    at f (/home/user/n3.js:2:28)
                    at Object.<anonymous> (/home/user/n3.js:3:1)
                    at Module._compile (node:internal/modules/cjs/loader:1521:14)
                    at Module._extensions..js (node:internal/modules/cjs/loader:1623:10)
                    at Module.load (node:internal/modules/cjs/loader:1266:32)
                    at Module._load (node:internal/modules/cjs/loader:1091:12)
                    at Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:164:12)
                    at node:internal/main/run_main_module:28:49 {
                  code: 5
                }

                Node.js v20.20.2
                """#,
            error: ("MyError", "async bad", 2)),
        DiagnosticsCase(
            "a thrown text", .node, .run, files: ["n4.js"],
            stderr: #"""

                /home/user/n4.js:1
                throw "a string";
                ^
                a string
                (Use `node --trace-uncaught ...` to show where the exception was thrown)

                Node.js v20.20.2
                """#,
            error: ("Uncaught", "a string", 1)),
        DiagnosticsCase(
            "a rejection that is no error", .node, .run, files: [],
            stderr: #"""
                node:internal/process/promises:389
                      new UnhandledPromiseRejection(reason);
                      ^

                UnhandledPromiseRejection: This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise which was not handled with .catch(). The promise rejected with the reason "42".
                    at throwUnhandledRejectionsMode (node:internal/process/promises:389:7)
                    at processPromiseRejections (node:internal/process/promises:470:17)
                    at process.processTicksAndRejections (node:internal/process/task_queues:96:32) {
                  code: 'ERR_UNHANDLED_REJECTION'
                }

                Node.js v20.20.2
                """#,
            error: ("UnhandledPromiseRejection", "This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise which was not handled with .catch(). The promise rejected with the reason \"42\".", nil)),
        DiagnosticsCase(
            "an error with a cause", .node, .run, files: ["n7.js"],
            stderr: #"""
                /home/user/n7.js:1
                try { JSON.parse("{bad"); } catch (e) { throw new Error("outer\nline2", { cause: e }); }
                                                        ^

                Error: outer
                line2
                    at Object.<anonymous> (/home/user/n7.js:1:47)
                    at Module._compile (node:internal/modules/cjs/loader:1521:14)
                    ... 4 lines matching cause stack trace ...
                    at node:internal/main/run_main_module:28:49 {
                  [cause]: SyntaxError: Expected property name or '}' in JSON at position 1
                      at JSON.parse (<anonymous>)
                      at Object.<anonymous> (/home/user/n7.js:1:12)
                      at Module._compile (node:internal/modules/cjs/loader:1521:14)
                      at Module._extensions..js (node:internal/modules/cjs/loader:1623:10)
                      at Module.load (node:internal/modules/cjs/loader:1266:32)
                      at Module._load (node:internal/modules/cjs/loader:1091:12)
                      at Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:164:12)
                      at node:internal/main/run_main_module:28:49
                }

                Node.js v20.20.2
                """#,
            error: ("Error", "outer\nline2", 1)),
        DiagnosticsCase(
            "a missing module", .node, .run, files: ["n8.js"],
            stderr: #"""
                node:internal/modules/cjs/loader:1210
                  throw err;
                  ^

                Error: Cannot find module './nomod'
                Require stack:
                - /home/user/n8.js
                    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15)
                    at Module._load (node:internal/modules/cjs/loader:1038:27)
                    at Module.require (node:internal/modules/cjs/loader:1289:19)
                    at require (node:internal/modules/helpers:182:18)
                    at Object.<anonymous> (/home/user/n8.js:1:11)
                    at Module._compile (node:internal/modules/cjs/loader:1521:14)
                    at Module._extensions..js (node:internal/modules/cjs/loader:1623:10)
                    at Module.load (node:internal/modules/cjs/loader:1266:32)
                    at Module._load (node:internal/modules/cjs/loader:1091:12)
                    at Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:164:12) {
                  code: 'MODULE_NOT_FOUND',
                  requireStack: [ '/home/user/n8.js' ]
                }

                Node.js v20.20.2
                """#,
            error: ("Error", "Cannot find module './nomod'\nRequire stack:\n- /home/user/n8.js", 1)),
        DiagnosticsCase(
            "an error in the library below a module", .node, .run, files: ["lib.mjs", "n9.mjs"],
            stderr: #"""
                <anonymous_script>:1
                {bad
                 ^

                SyntaxError: Expected property name or '}' in JSON at position 1
                    at JSON.parse (<anonymous>)
                    at x (file:///home/user/lib.mjs:1:28)
                    at file:///home/user/n9.mjs:2:1
                    at ModuleJob.run (node:internal/modules/esm/module_job:325:25)
                    at async ModuleLoader.import (node:internal/modules/esm/loader:606:24)
                    at async asyncRunEntryPointWithESMLoader (node:internal/modules/run_main:117:5)

                Node.js v20.20.2
                """#,
            error: ("SyntaxError", "Expected property name or '}' in JSON at position 1", 1)),
        DiagnosticsCase(
            "a syntax error", .esbuild, .compile, files: ["t2.ts"],
            stderr: #"""
                ✘ [ERROR] Unexpected ";"

                    t2.ts:1:18:
                      1 │ const x: number = ;
                        ╵                   ^
                """#,
            error: ("error", "Unexpected \";\"", 1)),
        DiagnosticsCase(
            "warnings and a missing file", .esbuild, .compile, files: ["t3.ts"],
            stderr: #"""
                ▲ [WARNING] Duplicate key "a" in object literal [duplicate-object-key]

                    t3.ts:2:20:
                      2 │ const obj = { a: 1, a: 2 };
                        ╵                     ^

                  The original key "a" is here:

                    t3.ts:2:14:
                      2 │ const obj = { a: 1, a: 2 };
                        ╵               ^

                ▲ [WARNING] The "typeof" operator will never evaluate to "strnig" [impossible-typeof]

                    t3.ts:3:17:
                      3 │ if (typeof x === "strnig") {}
                        ╵                  ~~~~~~~~

                ▲ [WARNING] Comparison with -0 using the "==" operator will also match 0 [equals-negative-zero]

                    t3.ts:4:22:
                      4 │ console.log(z, obj == -0);
                        ╵                       ~~

                  Floating-point equality is defined such that 0 and -0 are equal, so "x === -0" returns true for both 0 and -0. You need to use "Object.is(x, -0)" instead to test for -0.

                ✘ [ERROR] Could not resolve "./nomod"

                    t3.ts:1:18:
                      1 │ import { z } from './nomod';
                        ╵                   ~~~~~~~~~
                """#,
            warnings: [
                RunWarning(
                    kind: "duplicate-object-key", message: "Duplicate key \"a\" in object literal", file: "t3.ts", line: 2),
                RunWarning(
                    kind: "impossible-typeof", message: "The \"typeof\" operator will never evaluate to \"strnig\"", file: "t3.ts", line: 3),
                RunWarning(
                    kind: "equals-negative-zero", message: "Comparison with -0 using the \"==\" operator will also match 0", file: "t3.ts", line: 4),
            ],
            error: ("error", "Could not resolve \"./nomod\"", 1)),
        DiagnosticsCase(
            "a run-time error, by source map", .esbuild, .run, files: ["t1.ts"],
            stderr: #"""
                /home/user/t1.ts:6
                  return (p as any).age.value;
                                        ^


                TypeError: Cannot read properties of undefined (reading 'value')
                    at boom (/home/user/t1.ts:6:25)
                    at <anonymous> (/home/user/t1.ts:13:1)

                Node.js v20.20.2
                """#,
            error: ("TypeError", "Cannot read properties of undefined (reading 'value')", 6)),
        DiagnosticsCase(
            "an error class of the program", .esbuild, .run, files: ["t5.ts"],
            stderr: #"""
                /home/user/t5.ts:6
                  throw new MyErr("bad ts");
                        ^


                MyErr: bad ts
                    at main (/home/user/t5.ts:6:9)
                    at <anonymous> (/home/user/t5.ts:8:30)
                    at ModuleJob.run (node:internal/modules/esm/module_job:325:25)
                    at async ModuleLoader.import (node:internal/modules/esm/loader:606:24)
                    at async asyncRunEntryPointWithESMLoader (node:internal/modules/run_main:117:5)

                Node.js v20.20.2
                """#,
            error: ("MyErr", "bad ts", 6)),
    ]
}
