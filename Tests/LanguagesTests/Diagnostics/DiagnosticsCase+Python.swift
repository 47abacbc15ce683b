// SPDX-License-Identifier: Apache-2.0
import NestboxCore

@testable import Languages

extension DiagnosticsCase {
    static let python: [DiagnosticsCase] = [
        DiagnosticsCase(
            "warnings and a chained exception with two lines", .python, .run, files: ["p1.py"],
            stderr: #"""
                /home/user/p1.py:15: SyntaxWarning: "is" with a literal. Did you mean "=="?
                  if x is 1: pass
                /home/user/p1.py:6: UserWarning: careful with é
                  warnings.warn("careful with é")
                /home/user/p1.py:16: DeprecationWarning: old thing
                  outer()
                Traceback (most recent call last):
                  File "/home/user/p1.py", line 9, in outer
                    inner(0)
                  File "/home/user/p1.py", line 3, in inner
                    return 1 / x
                           ~~^~~
                ZeroDivisionError: division by zero

                The above exception was the direct cause of the following exception:

                Traceback (most recent call last):
                  File "/home/user/p1.py", line 16, in <module>
                    outer()
                  File "/home/user/p1.py", line 11, in outer
                    raise ValueError("bad\nsecond line") from e
                ValueError: bad
                second line
                """#,
            warnings: [
                RunWarning(
                    kind: "SyntaxWarning", message: "\"is\" with a literal. Did you mean \"==\"?", file: "p1.py", line: 15),
                RunWarning(kind: "UserWarning", message: "careful with é", file: "p1.py", line: 6),
                RunWarning(kind: "DeprecationWarning", message: "old thing", file: "p1.py", line: 16),
            ],
            error: ("ValueError", "bad\nsecond line", 11)),
        DiagnosticsCase(
            "a syntax error", .python, .run, files: ["p2.py"],
            stderr: #"""
                  File "/home/user/p2.py", line 1
                    def f(:
                          ^
                SyntaxError: invalid syntax
                """#,
            error: ("SyntaxError", "invalid syntax", 1)),
        DiagnosticsCase(
            "an exception raised in the library", .python, .run, files: ["p3.py"],
            stderr: #"""
                Traceback (most recent call last):
                  File "/home/user/p3.py", line 2, in <module>
                    json.loads("{bad")
                  File "/usr/lib/python3.11/json/__init__.py", line 346, in loads
                    return _default_decoder.decode(s)
                           ^^^^^^^^^^^^^^^^^^^^^^^^^^
                  File "/usr/lib/python3.11/json/decoder.py", line 337, in decode
                    obj, end = self.raw_decode(s, idx=_w(s, 0).end())
                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                  File "/usr/lib/python3.11/json/decoder.py", line 353, in raw_decode
                    obj, end = self.scan_once(s, idx)
                               ^^^^^^^^^^^^^^^^^^^^^^
                json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)
                """#,
            error: ("json.decoder.JSONDecodeError", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)", 2)),
        DiagnosticsCase(
            "an exception group while handling another", .python, .run, files: ["p4.py"],
            stderr: #"""
                Traceback (most recent call last):
                  File "/home/user/p4.py", line 4, in <module>
                    {}["a"]
                    ~~^^^^^
                KeyError: 'a'

                During handling of the above exception, another exception occurred:

                  + Exception Group Traceback (most recent call last):
                  |   File "/home/user/p4.py", line 6, in <module>
                  |     g()
                  |   File "/home/user/p4.py", line 2, in g
                  |     raise ExceptionGroup("many", [ValueError("one"), ExceptionGroup("sub", [TypeError("two"), KeyError("k")])])
                  | ExceptionGroup: many (2 sub-exceptions)
                  +-+---------------- 1 ----------------
                    | ValueError: one
                    +---------------- 2 ----------------
                    | ExceptionGroup: sub (2 sub-exceptions)
                    +-+---------------- 1 ----------------
                      | TypeError: two
                      +---------------- 2 ----------------
                      | KeyError: 'k'
                      +------------------------------------
                """#,
            error: ("ExceptionGroup", "many (2 sub-exceptions)", 2)),
        DiagnosticsCase(
            "sys.exit with a text", .python, .run, files: [],
            stderr: #"""
                fatal: no input
                """#),
        DiagnosticsCase(
            "a thread, then an interrupt", .python, .run, files: ["p7.py"],
            stderr: #"""
                Exception in thread Thread-1 (t):
                Traceback (most recent call last):
                  File "/usr/lib/python3.11/threading.py", line 1038, in _bootstrap_inner
                    self.run()
                  File "/usr/lib/python3.11/threading.py", line 975, in run
                    self._target(*self._args, **self._kwargs)
                  File "/home/user/p7.py", line 3, in t
                    def t(): raise MyError()
                             ^^^^^^^^^^^^^^^
                MyError
                Traceback (most recent call last):
                  File "/home/user/p7.py", line 5, in <module>
                    raise KeyboardInterrupt
                KeyboardInterrupt
                """#,
            error: ("KeyboardInterrupt", "", 5)),
        DiagnosticsCase(
            "an indentation error", .python, .run, files: ["p8.py"],
            stderr: #"""
                  File "/home/user/p8.py", line 2
                    print("b")
                IndentationError: unexpected indent
                """#,
            error: ("IndentationError", "unexpected indent", 2)),
        DiagnosticsCase(
            "a coroutine warning, an assertion in another file", .python, .run, files: ["helper.py", "p9.py"],
            stderr: #"""
                /home/user/p9.py:2: RuntimeWarning: coroutine 'f' was never awaited
                  f()
                RuntimeWarning: Enable tracemalloc to get the object allocation traceback
                Traceback (most recent call last):
                  File "/home/user/p9.py", line 4, in <module>
                    helper.boom()
                  File "/home/user/helper.py", line 2, in boom
                    assert 1 == 2, "math"
                           ^^^^^^
                AssertionError: math
                """#,
            warnings: [
                RunWarning(kind: "RuntimeWarning", message: "coroutine 'f' was never awaited", file: "p9.py", line: 2),
            ],
            error: ("AssertionError", "math", 2)),
        DiagnosticsCase(
            "a note", .python, .run, files: ["p10.py"],
            stderr: #"""
                Traceback (most recent call last):
                  File "/home/user/p10.py", line 2, in <module>
                    raise e
                ValueError: x
                a note here
                """#,
            error: ("ValueError", "x\na note here", 2)),
    ]
}
