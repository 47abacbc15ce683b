// SPDX-License-Identifier: Apache-2.0

import Testing

/// A program that prints the time in a way that its language has; in many languages several ways, which go past each other.
struct TimeProgram: Sendable, CustomTestStringConvertible {
    let language: String
    let code: String
    /// What is in its output when it was told 2001-02-03T04:05:06.5Z, or at most a minute more where its clock goes on.
    var shown = "981173106"
    var stdin = ""

    var testDescription: String { language }

    static let all = [
        TimeProgram(
            language: "ada",
            code: """
                with Ada.Text_IO; with Ada.Calendar; with Ada.Calendar.Formatting;
                procedure Main is
                begin
                   Ada.Text_IO.Put_Line (Ada.Calendar.Formatting.Image (Ada.Calendar.Clock));
                end Main;
                """, shown: "2001-02-03 04:05:06"),
        TimeProgram(
            language: "awk", code: "BEGIN { print systime(); srand(); print srand() }", shown: "981173106\n981173106"),
        TimeProgram(
            language: "bash", code: #"echo $EPOCHSECONDS $(date +%s); printf "%(%s)T\n" -1"#,
            shown: "981173106 981173106\n981173106"),
        TimeProgram(language: "basic", code: "print time$", shown: "04-05-06"),
        TimeProgram(
            language: "c",
            code: """
                #include <stdio.h>
                #include <sys/syscall.h>
                #include <sys/time.h>
                #include <time.h>
                #include <unistd.h>
                int main(void) {
                    struct timespec a, b, c, d;
                    struct timeval v;
                    clock_gettime(CLOCK_REALTIME, &a);
                    clock_gettime(CLOCK_REALTIME_COARSE, &b);
                    timespec_get(&c, TIME_UTC);
                    syscall(SYS_clock_gettime, CLOCK_REALTIME, &d);
                    gettimeofday(&v, NULL);
                    printf("%ld %ld %ld %ld %ld %ld\\n", time(NULL), v.tv_sec, a.tv_sec, b.tv_sec, c.tv_sec, d.tv_sec);
                }
                """, shown: "981173106 981173106 981173106 981173106 981173106 981173106"),
        TimeProgram(
            language: "clojure", code: "(println (System/currentTimeMillis) (str (java.time.Instant/now)))",
            shown: "981173106500 2001-02-03T04:05:06.5"),
        TimeProgram(
            language: "cobol",
            code:
                "IDENTIFICATION DIVISION.\nPROGRAM-ID. P.\nPROCEDURE DIVISION.\nDISPLAY FUNCTION CURRENT-DATE.\nSTOP RUN.",
            shown: "2001020304050650"),
        TimeProgram(
            language: "coffeescript", code: "console.log Date.now(), new Date().toISOString()",
            shown: "981173106500 2001-02-03T04:05:06.500Z"),
        TimeProgram(
            language: "commonlisp",
            code: "(format t \"~a ~a~%\" (- (get-universal-time) 2208988800) (sb-ext:get-time-of-day))",
            shown: "981173106 981173106"),
        TimeProgram(
            language: "cpp",
            code: """
                #include <chrono>
                #include <ctime>
                #include <iostream>
                int main() {
                    std::cout << std::chrono::system_clock::now().time_since_epoch().count() << ' ' << std::time(nullptr);
                }
                """, shown: "981173106500000000 981173106"),
        TimeProgram(
            language: "csharp",
            code: """
                using System;
                class Program {
                    static void Main() {
                        Console.WriteLine(DateTime.UtcNow.ToString("s") + " " + DateTimeOffset.Now.ToUnixTimeSeconds());
                    }
                }
                """, shown: "2001-02-03T04:05:06 981173106"),
        TimeProgram(
            language: "d",
            code: """
                import core.stdc.time, std.datetime, std.stdio;
                void main() { writeln(Clock.currTime(UTC()).toUnixTime, " ", time(null)); }
                """, shown: "981173106 981173106"),
        TimeProgram(language: "elisp", code: "(princ (format-time-string \"%s\"))"),
        // What goes on may have come to the next second; its minute is the same.
        TimeProgram(
            language: "elixir", code: "IO.puts(\"#{System.os_time(:second)} #{DateTime.utc_now()}\")",
            shown: " 2001-02-03 04:05"),
        TimeProgram(
            language: "erlang",
            code: """
                -module(program).
                -export([main/0]).
                main() -> io:format("~w ~w~n", [calendar:universal_time(), calendar:system_time_to_universal_time(os:system_time(), native)]).
                """, shown: "{{2001,2,3},{4,5,"),
        TimeProgram(language: "forth", code: "utime drop 1000000 / .\n"),
        TimeProgram(language: "fortran", code: "program p\nprint *, time8()\nend program"),
        TimeProgram(
            language: "groovy", code: "println System.currentTimeMillis() + ' ' + new Date().time",
            shown: "981173106500 981173106500"),
        TimeProgram(
            language: "haskell", code: "import Data.Time.Clock.POSIX\nmain = getPOSIXTime >>= print",
            shown: "981173106.5s"),
        TimeProgram(
            language: "java",
            code: """
                public class Main {
                    public static void main(String[] arguments) {
                        System.out.println(System.currentTimeMillis() + " " + java.time.Instant.now());
                    }
                }
                """, shown: "981173106500 2001-02-03T04:05:06.5"),
        TimeProgram(
            language: "javascript",
            code: "console.log(Date.now(), new Date().toISOString(), performance.timeOrigin > 9e11)",
            shown: "981173106500 2001-02-03T04:05:06.500Z true"),
        TimeProgram(language: "kotlin", code: "fun main() { println(System.currentTimeMillis()) }"),
        TimeProgram(language: "lua", code: "print(os.time())"),
        TimeProgram(
            language: "nim", code: "import std/times\necho getTime().toUnix(), \" \", epochTime()",
            shown: "981173106 981173106.5"),
        TimeProgram(
            language: "objectivec",
            code: """
                #import <Foundation/Foundation.h>
                int main(void) {
                    NSAutoreleasePool *pool = [NSAutoreleasePool new];
                    printf("%.1f\\n", [[NSDate date] timeIntervalSince1970]);
                    [pool drain];
                    return 0;
                }
                """, shown: "981173106.5"),
        TimeProgram(
            language: "ocaml", code: "let () = Printf.printf \"%.0f %.1f\" (Unix.time ()) (Unix.gettimeofday ())",
            shown: "981173106 981173106.5"),
        TimeProgram(language: "octave", code: "printf('%d %.1f', floor(time()), now() > 7e5)"),
        TimeProgram(
            language: "perl", code: "use Time::HiRes; print time, ' ', Time::HiRes::time()",
            shown: "981173106 981173106.5"),
        TimeProgram(
            language: "php",
            code: "<?php echo time(), ' ', microtime(true), ' ', date('U'), ' ', (new DateTime())->format('U');",
            shown: "981173106 981173106.5 981173106 981173106"),
        TimeProgram(language: "pike", code: "int main() { write(\"%d\\n\", time()); return 0; }"),
        TimeProgram(
            language: "prolog", code: ":- initialization(main).\nmain :- get_time(T), print(T), nl.",
            shown: "981173106.5"),
        TimeProgram(
            language: "python",
            code: "import datetime, time\nprint(time.time(), time.time_ns(), datetime.datetime.now().timestamp())",
            shown: "981173106.5 981173106500000000 981173106.5"),
        TimeProgram(language: "r", code: "cat(as.numeric(Sys.time()))"),
        TimeProgram(
            language: "racket",
            code: "#lang racket\n(display (current-seconds)) (display \" \") (display (current-inexact-milliseconds))",
            shown: "981173106 981173106500.0"),
        TimeProgram(language: "raku", code: "say time, ' ', DateTime.now.posix", shown: "981173106 981173106"),
        TimeProgram(language: "rexx", code: "say date('S')", shown: "20010203"),
        TimeProgram(
            language: "ruby", code: "print Time.now.to_f, ' ', Process.clock_gettime(Process::CLOCK_REALTIME)",
            shown: "981173106.5 981173106.5"),
        TimeProgram(
            language: "rust",
            code:
                "use std::time::*;\nfn main() { println!(\"{:?}\", SystemTime::now().duration_since(UNIX_EPOCH).unwrap()); }",
            shown: "981173106.5s"),
        TimeProgram(
            language: "scala",
            code: "object Main { def main(a: Array[String]): Unit = println(System.currentTimeMillis) }"),
        TimeProgram(
            language: "scheme", code: "(display (current-time)) (display \" \") (display (car (gettimeofday)))",
            shown: "981173106 981173106"),
        TimeProgram(language: "sed", code: "1e date +%s", stdin: "line\n"),
        TimeProgram(language: "sh", code: "date +%s"),
        TimeProgram(language: "sml", code: "print (Time.toString (Time.now ()));", shown: "981173106.5"),
        TimeProgram(language: "sql", code: "select strftime('%s', 'now');"),
        TimeProgram(language: "tcl", code: "puts [clock seconds]"),
        TimeProgram(
            language: "typescript", code: "console.log(Date.now() as number, new Date().toISOString())",
            shown: "981173106500 2001-02-03T04:05:06.500Z"),
        TimeProgram(
            language: "vala",
            code: "int main() { stdout.printf(\"%s\\n\", GLib.get_real_time().to_string()); return 0; }"),
    ]
}
