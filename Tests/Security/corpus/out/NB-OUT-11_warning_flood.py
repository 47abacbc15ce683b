# SPDX-License-Identifier: Apache-2.0
# NB-OUT-11: ten thousand invented warnings do not swell or slow the report
# Attack: print lines that look like warnings of Python, gcc and rustc, some of them 100 KB long
# Incident: reports that parse stderr: quadratic regular expressions (CWE-1333), unbounded lists
# @prelude probe.py
lines = [b"x.py:%d: UserWarning: made up %d\n  made_up()\n" % (n, n) for n in range(10_000)]
lines += [b"a.c:%d:3: warning: made up [-Wmade-up]\n" % n for n in range(1_000)]
lines += [b"x.py:1: " + b"A" * 100_000 + b"Warning: " + b":" * 20_000 + b"\n" for _ in range(3)]
for line in lines:
    os.write(2, line)
emit(True, "printed %d invented warnings; verdict outside: a bounded report, soon" % len(lines))
