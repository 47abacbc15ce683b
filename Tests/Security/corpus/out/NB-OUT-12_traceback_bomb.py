# SPDX-License-Identifier: Apache-2.0
# NB-OUT-12: endless and broken tracebacks do not swell or slow the report
# Attack: invented tracebacks with 50,000 frames, unbalanced ones, and a real chain of 200 exceptions with huge texts
# Incident: snekbox test_print_bad_unicode_encode_error; quadratic traceback parsers
# @prelude probe.py
os.write(2, b"Traceback (most recent call last):\n" + b'  File "<string>", line 1, in x\n' * 12_000)
os.write(2, b"Traceback (most recent call last):\n" * 5_000 + b'  File "' + b"A" * 100_000 + b"\n")
emit(True, "raising a chain of 200; verdict outside: runtime_error, a bounded report, soon")


def chain(depth):
    try:
        if depth:
            chain(depth - 1)
        raise ValueError("text " * 100 + "\ud800\x00\x1b]0;title\x07")
    except ValueError as error:
        raise RuntimeError("level %d" % depth) from error


chain(200)
