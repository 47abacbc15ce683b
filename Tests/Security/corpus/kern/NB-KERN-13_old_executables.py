# SPDX-License-Identifier: Apache-2.0
# NB-KERN-13: 32-bit programs cannot run
# Attack: write a 32-bit executable of one hundred bytes that leaves with 42 by int 0x80, and run it
# Incident: isolate flag 16 (compat system calls bypass 64-bit filters); CVE-2009-0835 (seccomp and 32-bit calls)
# @prelude probe.py
import struct

if ARM:
    not_applicable("x86 only")
code = bytes.fromhex("bb2a000000" "b801000000" "cd80")  # mov ebx, 42; mov eax, 1; int 0x80
header = b"\x7fELF\x01\x01\x01" + b"\0" * 9
header += struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, 0x08048054, 52, 0, 0, 52, 32, 1, 0, 0, 0)
header += struct.pack("<IIIIIIII", 1, 0, 0x08048000, 0x08048000, 84 + len(code), 84 + len(code), 5, 4096)
with open("old", "wb") as file:
    file.write(header + code)
os.chmod("old", 0o755)


def run():
    os.execv("./old", ["old"])


pid = os.fork()
if pid == 0:
    try:
        run()
    except OSError as error:
        os._exit(100 + min(error.errno, 100))
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
os.unlink("old")
emit(code != 42, "the 32-bit program ended with %d" % code)
