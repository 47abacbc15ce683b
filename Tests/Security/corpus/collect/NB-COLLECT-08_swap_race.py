# SPDX-License-Identifier: Apache-2.0
# NB-COLLECT-08: a directory that turns into a link while it is collected does not lead outside
# Attack: children swap a directory and a link to the canary's directory as fast as they can while the program ends
# Incident: runc CVE-2021-30465, CVE-2025-52881, kubelet subPath CVE-2021-25741: check and use of a path are two steps
# @prelude probe.py
with open("good.txt", "w") as file:
    file.write("good")

path = CFG.get("canary_file", "/etc/passwd")
entry = os.path.basename(path)
os.mkdir("real")
with open("real/" + entry, "w") as file:
    file.write("harmless")
os.symlink(os.path.dirname(path), "link")
os.mkdir("flip")
AT = -100
for _ in range(4):
    if os.fork() == 0:
        os.setsid()
        end = time.monotonic() + 20
        while time.monotonic() < end:
            LIBC.renameat2(AT, b"real", AT, b"link", 2)  # RENAME_EXCHANGE
            LIBC.renameat2(AT, b"real", AT, b"flip", 2)
        os._exit(0)
time.sleep(0.2)
emit(True, "names flip while the program ends")
os._exit(0)
