# SPDX-License-Identifier: Apache-2.0
# NB-FS-08: no visible set-uid file can raise privileges
# Attack: look for set-uid and set-gid files that would take effect: no_new_privs off, mount without nosuid
# Incident: CVE-2021-4034 (pkexec), Docker default (set-uid alive, no no_new_privs), CIS Docker 5.26
# @prelude probe.py
with open("/proc/self/status") as status:
    locked = any(line.split() == ["NoNewPrivs:", "1"] for line in status)
alive = []
for top in ("/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/lib", "/usr/libexec", "/usr/local", "/opt", os.getcwd(), "/tmp"):
    for directory, _, names in os.walk(top):
        for entry in names:
            path = os.path.join(directory, entry)
            try:
                info = os.lstat(path)
                if info.st_mode & 0o170000 == 0o100000 and info.st_mode & 0o6000:
                    if not os.statvfs(path).f_flag & os.ST_NOSUID:
                        alive.append(path)
            except OSError:
                pass
detail = "%d set-id files on mounts without nosuid, no_new_privs %s: %s" % (len(alive), locked, alive[:5])
emit(locked or not alive, detail, alive=alive[:20])
