// SPDX-License-Identifier: Apache-2.0
import NestboxCore

@testable import Languages

extension DiagnosticsCase {
    static let java: [DiagnosticsCase] = [
        DiagnosticsCase(
            "warnings and errors", .java, .compile, files: ["J2.java"],
            stderr: #"""
                J2.java:5: warning: [unchecked] unchecked call to add(E) as a member of the raw type List
                        raw.add("x");
                               ^
                  where E is a type-variable:
                    E extends Object declared in interface List
                J2.java:6: error: incompatible types: String cannot be converted to int
                        int x = "s";
                                ^
                J2.java:7: warning: [deprecation] stop() in Thread has been deprecated
                        new Thread("a").stop();
                                       ^
                J2.java:8: error: cannot find symbol
                        undefined();
                        ^
                  symbol:   method undefined()
                  location: class J2
                2 errors
                2 warnings
                """#,
            warnings: [
                RunWarning(
                    kind: "unchecked", message: "unchecked call to add(E) as a member of the raw type List", file: "J2.java", line: 5),
                RunWarning(kind: "deprecation", message: "stop() in Thread has been deprecated", file: "J2.java", line: 7),
            ],
            error: ("error", "incompatible types: String cannot be converted to int", 6)),
        DiagnosticsCase(
            "a missing semicolon", .java, .compile, files: ["J5.java"],
            stderr: #"""
                J5.java:1: error: ';' expected
                public class J5 { public static void main(String[] a) { System.out.println("x") } }
                                                                                               ^
                1 error
                """#,
            error: ("error", "';' expected", 1)),
        DiagnosticsCase(
            "a cause and two lines", .java, .run, files: ["J1.java"],
            stderr: #"""
                Exception in thread "main" java.lang.IllegalStateException: outer problem
                line two
                	at J1.main(J1.java:6)
                Caused by: java.lang.NullPointerException: Cannot invoke "String.length()" because "<parameter1>" is null
                	at J1.inner(J1.java:4)
                	... 1 more
                """#,
            error: ("java.lang.IllegalStateException", "outer problem\nline two", 6)),
        DiagnosticsCase(
            "a thread, then main", .java, .run, files: ["J3.java"],
            stderr: #"""
                Exception in thread "Thread-0" java.lang.RuntimeException: in thread
                	at J3.lambda$main$0(J3.java:5)
                	at java.base/java.lang.Thread.run(Thread.java:840)
                Exception in thread "main" java.lang.ArithmeticException: / by 2
                	at J3.lambda$main$1(J3.java:7)
                	at java.base/java.lang.Iterable.forEach(Iterable.java:75)
                	at J3.main(J3.java:7)
                """#,
            error: ("java.lang.ArithmeticException", "/ by 2", 7)),
        DiagnosticsCase(
            "no memory", .java, .run, files: ["J4.java"],
            stderr: #"""
                Exception in thread "main" java.lang.OutOfMemoryError: Java heap space
                	at J4.main(J4.java:1)
                """#,
            error: ("java.lang.OutOfMemoryError", "Java heap space", 1)),
        DiagnosticsCase(
            "no such class", .java, .run, files: [],
            stderr: #"""
                Error: Could not find or load main class Nope
                Caused by: java.lang.ClassNotFoundException: Nope
                """#,
            error: ("Error", "Could not find or load main class Nope", nil)),
    ]
}
