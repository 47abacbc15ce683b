# SPDX-License-Identifier: Apache-2.0
# NB-FS-08: no visible set-uid file can raise privileges
# Attack: look for set-uid and set-gid files that would take effect: no_new_privs off, mount without nosuid
# Incident: CVE-2021-4034 (pkexec), Docker default (set-uid alive, no no_new_privs), CIS Docker 5.26
# @prelude probe.py
with open("/proc/self/status") as status:
    locked = any(line.split() == ["NoNewPrivs:", "1"] for line in status)
# A slow machine does not get to the end of it; then only no_new_privs, which makes all of them harmless, counts.
end = time.monotonic() + 8
alive, seen, complete = [], 0, True
tops = ("/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/libexec", "/usr/local", "/opt", os.getcwd(), "/tmp", "/usr/lib")
for top in sorted({os.path.realpath(top) for top in tops}, key=lambda top: top == "/usr/lib"):
    for directory, _, names in os.walk(top):
        if time.monotonic() > end:
            complete = False
            break
        for entry in names:
            path = os.path.join(directory, entry)
            seen += 1
            try:
                info = os.lstat(path)
                if info.st_mode & 0o170000 == 0o100000 and info.st_mode & 0o6000:
                    if not os.statvfs(path).f_flag & os.ST_NOSUID:
                        alive.append(path)
            except OSError:
                pass
detail = "%d set-id files among %d on mounts without nosuid, no_new_privs %s: %s" % (len(alive), seen, locked, alive[:5])
emit(locked or (complete and not alive), detail, alive=alive[:20])
