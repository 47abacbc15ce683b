// SPDX-License-Identifier: Apache-2.0
import NestboxCore

@testable import Languages

extension DiagnosticsCase {
    static let perl: [DiagnosticsCase] = [
        DiagnosticsCase(
            "warnings and die", .perl, .run, files: ["l1.pl"],
            stderr: #"""
                Use of uninitialized value $u in concatenation (.) or string at l1.pl line 3.
                custom
                located at l1.pl line 4.
                Argument "abc" isn't numeric in addition (+) at l1.pl line 5.
                bad thing: 5 at l1.pl line 2.
                """#,
            warnings: [
                RunWarning(
                    kind: "warning", message: "Use of uninitialized value $u in concatenation (.) or string", file: "l1.pl", line: 3),
                RunWarning(kind: "warning", message: "located", file: "l1.pl", line: 4),
                RunWarning(
                    kind: "warning", message: "Argument \"abc\" isn't numeric in addition (+)", file: "l1.pl", line: 5),
            ],
            error: ("die", "bad thing: 5", 2)),
        DiagnosticsCase(
            "compilation errors", .perl, .run, files: ["l2.pl"],
            stderr: #"""
                String found where operator expected at l2.pl line 4, near ""a" "b""
                	(Missing operator before  "b"?)
                Global symbol "$y" requires explicit package name (did you forget to declare "my $y"?) at l2.pl line 3.
                syntax error at l2.pl line 4, near ""a" "b""
                Execution of l2.pl aborted due to compilation errors.
                """#,
            warnings: [
                RunWarning(kind: "warning", message: "String found where operator expected", file: "l2.pl", line: 4),
            ],
            error: ("compilation error", "Global symbol \"$y\" requires explicit package name (did you forget to declare \"my $y\"?)", 3)),
        DiagnosticsCase(
            "an object", .perl, .run, files: [],
            stderr: #"""
                HASH(0x563ee1370650)
                """#),
        DiagnosticsCase(
            "croak", .perl, .run, files: ["l4.pl"],
            stderr: #"""
                croaked at l4.pl line 1.
                	main::f(1, "s") called at l4.pl line 1
                	main::g() called at l4.pl line 2
                """#,
            error: ("die", "croaked", 1)),
        DiagnosticsCase(
            "a method of nothing", .perl, .run, files: ["l5.pl"],
            stderr: #"""
                Can't call method "foo" on an undefined value at l5.pl line 1.
                """#,
            error: ("die", "Can't call method \"foo\" on an undefined value", 1)),
        DiagnosticsCase(
            "a missing module", .perl, .run, files: ["l6.pl"],
            stderr: #"""
                Can't locate Nope/Mod.pm in @INC (you may need to install the Nope::Mod module) (@INC contains: /etc/perl /usr/local/lib/x86_64-linux-gnu/perl/5.36.0 /usr/local/share/perl/5.36.0 /usr/lib/x86_64-linux-gnu/perl5/5.36 /usr/share/perl5 /usr/lib/x86_64-linux-gnu/perl-base /usr/lib/x86_64-linux-gnu/perl/5.36 /usr/share/perl/5.36 /usr/local/lib/site_perl) at l6.pl line 1.
                BEGIN failed--compilation aborted at l6.pl line 1.
                """#,
            error: ("compilation error", "Can't locate Nope/Mod.pm in @INC (you may need to install the Nope::Mod module) (@INC contains: /etc/perl /usr/local/lib/x86_64-linux-gnu/perl/5.36.0 /usr/local/share/perl/5.36.0 /usr/lib/x86_64-linux-gnu/perl5/5.36 /usr/share/perl5 /usr/lib/x86_64-linux-gnu/perl-base /usr/lib/x86_64-linux-gnu/perl/5.36 /usr/share/perl/5.36 /usr/local/lib/site_perl)", 1)),
    ]
}
