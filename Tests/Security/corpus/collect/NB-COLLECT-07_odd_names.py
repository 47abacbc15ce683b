# SPDX-License-Identifier: Apache-2.0
# NB-COLLECT-07: odd file names arrive as names, not as paths or commands
# Attack: names with newlines, escapes, invalid UTF-8, quotes, leading dashes, dots, backslashes, right-to-left marks,
#   255 bytes
# Incident: snekbox test_filename_encoding_illegal_chars; tar and rsync option injection (CWE-88)
# @prelude probe.py
with open("good.txt", "w") as file:
    file.write("good")

names = [b"-rf", b"--help", b"a\nb.txt", b"\xff\xfe\x80.bin", b"\x1b]0;title\x07.txt", b"..hidden", b"...", b" ",
         b"q\"uo'te;$(id)`x`.txt", b"..\\..\\windows.txt", b"x" * 255, b"\xe2\x80\xaegnp.exe", b"con", b"~",
         b"%2e%2e%2fetc%2fpasswd", b"caf\xc3\xa9", b"cafe\xcc\x81", b"*", b"[a]", b"{a,b}", b"**", b"\xed\xa0\x80.txt",
         b"\x01\x02", b"C:\\x", b"a\x7fb"]
made = 0
for each in names:
    try:
        with open(each, "wb") as file:
            file.write(b"odd")
        made += 1
    except OSError:
        pass
emit(True, "left %d odd names" % made)
