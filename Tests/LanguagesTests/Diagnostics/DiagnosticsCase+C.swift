// SPDX-License-Identifier: Apache-2.0
import NestboxCore

@testable import Languages

extension DiagnosticsCase {
    static let c: [DiagnosticsCase] = [
        DiagnosticsCase(
            "warnings and a missing semicolon", .gcc, .compile, files: ["c1.c", "util.h"],
            stderr: #"""
                In file included from c1.c:2:
                util.h: In function 'q':
                util.h:1:34: warning: unused variable 'u2' [-Wunused-variable]
                    1 | static inline int q(int a) { int u2; return a; }
                      |                                  ^~
                c1.c: In function 'f':
                c1.c:3:38: warning: initialization of 'char *' from 'int' makes pointer from integer without a cast [-Wint-conversion]
                    3 | int f(int a) { int unused; char *s = a; if (a = 3) return; printf("%d\n", "x"); }
                      |                                      ^
                c1.c:3:45: warning: suggest parentheses around assignment used as truth value [-Wparentheses]
                    3 | int f(int a) { int unused; char *s = a; if (a = 3) return; printf("%d\n", "x"); }
                      |                                             ^
                c1.c:3:52: warning: 'return' with no value, in function returning non-void [-Wreturn-type]
                    3 | int f(int a) { int unused; char *s = a; if (a = 3) return; printf("%d\n", "x"); }
                      |                                                    ^~~~~~
                c1.c:3:5: note: declared here
                    3 | int f(int a) { int unused; char *s = a; if (a = 3) return; printf("%d\n", "x"); }
                      |     ^
                c1.c:3:69: warning: format '%d' expects argument of type 'int', but argument 2 has type 'char *' [-Wformat=]
                    3 | int f(int a) { int unused; char *s = a; if (a = 3) return; printf("%d\n", "x"); }
                      |                                                                    ~^     ~~~
                      |                                                                     |     |
                      |                                                                     int   char *
                      |                                                                    %s
                c1.c:3:34: warning: unused variable 's' [-Wunused-variable]
                    3 | int f(int a) { int unused; char *s = a; if (a = 3) return; printf("%d\n", "x"); }
                      |                                  ^
                c1.c:3:20: warning: unused variable 'unused' [-Wunused-variable]
                    3 | int f(int a) { int unused; char *s = a; if (a = 3) return; printf("%d\n", "x"); }
                      |                    ^~~~~~
                c1.c: At top level:
                c1.c:4:2: warning: #warning "be careful" [-Wcpp]
                    4 | #warning "be careful"
                      |  ^~~~~~~
                c1.c: In function 'main':
                c1.c:6:5: warning: implicit declaration of function 'undeclared_fn' [-Wimplicit-function-declaration]
                    6 |     undeclared_fn(3);
                      |     ^~~~~~~~~~~~~
                c1.c:7:16: error: expected ';' before '}' token
                    7 |     return f(1)
                      |                ^
                      |                ;
                    8 | }
                      | ~               
                """#,
            warnings: [
                RunWarning(kind: "-Wunused-variable", message: "unused variable 'u2'", file: "util.h", line: 1),
                RunWarning(
                    kind: "-Wint-conversion", message: "initialization of 'char *' from 'int' makes pointer from integer without a cast", file: "c1.c", line: 3),
                RunWarning(
                    kind: "-Wparentheses", message: "suggest parentheses around assignment used as truth value", file: "c1.c", line: 3),
                RunWarning(
                    kind: "-Wreturn-type", message: "'return' with no value, in function returning non-void", file: "c1.c", line: 3),
                RunWarning(
                    kind: "-Wformat=", message: "format '%d' expects argument of type 'int', but argument 2 has type 'char *'", file: "c1.c", line: 3),
                RunWarning(kind: "-Wunused-variable", message: "unused variable 's'", file: "c1.c", line: 3),
                RunWarning(kind: "-Wunused-variable", message: "unused variable 'unused'", file: "c1.c", line: 3),
                RunWarning(kind: "-Wcpp", message: "#warning \"be careful\"", file: "c1.c", line: 4),
                RunWarning(
                    kind: "-Wimplicit-function-declaration", message: "implicit declaration of function 'undeclared_fn'", file: "c1.c", line: 6),
            ],
            error: ("error", "expected ';' before '}' token", 7)),
        DiagnosticsCase(
            "a missing function at link time", .gcc, .compile, files: ["c2.c"],
            stderr: #"""
                c2.c: In function 'main':
                c2.c:2:18: warning: implicit declaration of function 'missing' [-Wimplicit-function-declaration]
                    2 | int main(void) { missing(); printf("%s\n", 3); return 0; }
                      |                  ^~~~~~~
                c2.c:2:38: warning: format '%s' expects argument of type 'char *', but argument 2 has type 'int' [-Wformat=]
                    2 | int main(void) { missing(); printf("%s\n", 3); return 0; }
                      |                                     ~^     ~
                      |                                      |     |
                      |                                      |     int
                      |                                      char *
                      |                                     %d
                /usr/bin/ld: /tmp/ccGQ4bmk.o: in function `main':
                c2.c:(.text.startup+0x7): undefined reference to `missing'
                collect2: error: ld returned 1 exit status
                """#,
            warnings: [
                RunWarning(
                    kind: "-Wimplicit-function-declaration", message: "implicit declaration of function 'missing'", file: "c2.c", line: 2),
                RunWarning(
                    kind: "-Wformat=", message: "format '%s' expects argument of type 'char *', but argument 2 has type 'int'", file: "c2.c", line: 2),
            ],
            error: ("error", "undefined reference to `missing'", nil)),
        DiagnosticsCase(
            "a missing header", .gcc, .compile, files: ["c5.c"],
            stderr: #"""
                c5.c:1:10: fatal error: nothere.h: No such file or directory
                    1 | #include <nothere.h>
                      |          ^~~~~~~~~~~
                compilation terminated.
                """#,
            error: ("error", "nothere.h: No such file or directory", 1)),
        DiagnosticsCase(
            "an error within a template", .gcc, .compile, files: ["c6.cpp"],
            stderr: #"""
                In file included from /usr/include/c++/12/algorithm:61,
                                 from c6.cpp:1:
                /usr/include/c++/12/bits/stl_algo.h: In instantiation of 'constexpr void std::__sort(_RandomAccessIterator, _RandomAccessIterator, _Compare) [with _RandomAccessIterator = _List_iterator<int>; _Compare = __gnu_cxx::__ops::_Iter_less_iter]':
                /usr/include/c++/12/bits/stl_algo.h:4820:18:   required from 'constexpr void std::sort(_RAIter, _RAIter) [with _RAIter = _List_iterator<int>]'
                c6.cpp:5:14:   required from here
                /usr/include/c++/12/bits/stl_algo.h:1938:50: error: no match for 'operator-' (operand types are 'std::_List_iterator<int>' and 'std::_List_iterator<int>')
                 1938 |                                 std::__lg(__last - __first) * 2,
                      |                                           ~~~~~~~^~~~~~~~~
                In file included from /usr/include/c++/12/bits/stl_algobase.h:67,
                                 from /usr/include/c++/12/algorithm:60:
                /usr/include/c++/12/bits/stl_iterator.h:621:5: note: candidate: 'template<class _IteratorL, class _IteratorR> constexpr decltype ((__y.base() - __x.base())) std::operator-(const reverse_iterator<_IteratorL>&, const reverse_iterator<_IteratorR>&)'
                  621 |     operator-(const reverse_iterator<_IteratorL>& __x,
                      |     ^~~~~~~~
                /usr/include/c++/12/bits/stl_iterator.h:621:5: note:   template argument deduction/substitution failed:
                /usr/include/c++/12/bits/stl_algo.h:1938:50: note:   'std::_List_iterator<int>' is not derived from 'const std::reverse_iterator<_IteratorL>'
                 1938 |                                 std::__lg(__last - __first) * 2,
                      |                                           ~~~~~~~^~~~~~~~~
                /usr/include/c++/12/bits/stl_iterator.h:1778:5: note: candidate: 'template<class _IteratorL, class _IteratorR> constexpr decltype ((__x.base() - __y.base())) std::operator-(const move_iterator<_IteratorL>&, const move_iterator<_IteratorR>&)'
                 1778 |     operator-(const move_iterator<_IteratorL>& __x,
                      |     ^~~~~~~~
                /usr/include/c++/12/bits/stl_iterator.h:1778:5: note:   template argument deduction/substitution failed:
                /usr/include/c++/12/bits/stl_algo.h:1938:50: note:   'std::_List_iterator<int>' is not derived from 'const std::move_iterator<_IteratorL>'
                 1938 |                                 std::__lg(__last - __first) * 2,
                      |                                           ~~~~~~~^~~~~~~~~
                """#,
            error: ("error", "no match for 'operator-' (operand types are 'std::_List_iterator<int>' and 'std::_List_iterator<int>')", 5)),
        DiagnosticsCase(
            "an uncaught C++ exception", .gcc, .run, files: [],
            stderr: #"""
                terminate called after throwing an instance of 'std::runtime_error'
                  what():  boom here
                """#,
            error: ("std::runtime_error", "boom here", nil)),
        DiagnosticsCase(
            "an assertion", .gcc, .run, files: ["c4.cpp"],
            stderr: #"""
                o: c4.cpp:4: int main(int, char**): Assertion `c == 7 && "seven"' failed.
                """#,
            error: ("assertion", "Assertion `c == 7 && \"seven\"' failed", 4)),
    ]
}
