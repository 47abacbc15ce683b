# SPDX-License-Identifier: Apache-2.0
# NB-COLLECT-01: links in outputs never lead the host outside
# Attack: absolute, relative, chained and looping symbolic links to the host canary, /etc and /proc, among good files
# Incident: compiler-explorer#6026 (output.s -> /etc/passwd), Judge0 CVE-2024-28185 and 28189, kubectl cp
#   CVE-2019-1002101
# @prelude probe.py
with open("good.txt", "w") as file:
    file.write("good")

path = CFG.get("canary_file", "/etc/passwd")
links = {"absolute.txt": path, "relative.txt": "../" * 30 + path.lstrip("/"), "directory": os.path.dirname(path),
         "etc": "/etc", "root": "/", "loop": "loop", "one": "two", "two": "one", "environ": "/proc/self/environ",
         "server.txt": "/proc/%d/environ" % os.getppid(), "dangling": "/nonexistent", "dot": ".", "parent": "..",
         "self.txt": "good.txt", "magic": "/proc/self/root" + path, "cwd": "/proc/self/cwd/../../../.." + path}
made = 0
for link, target in links.items():
    os.symlink(target, link)
    made += 1
os.makedirs("deep/er")
os.symlink("../../" * 15 + path.lstrip("/"), "deep/er/link.txt")
emit(True, "left %d links" % (made + 1))
