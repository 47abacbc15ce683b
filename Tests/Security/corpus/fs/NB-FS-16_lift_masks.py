# SPDX-License-Identifier: Apache-2.0
# NB-FS-16: masks over kernel files cannot be lifted or replaced
# Attack: unmount the masked paths, move the mounts away, and check that no mask is a file the program owns
# Incident: runc CVE-2025-31133 (masked paths bound from a fake /dev/null), CVE-2023-27561, CVE-2019-19921
# @prelude probe.py
only_sandboxed()
paths = ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/proc/interrupts", "/proc/kallsyms",
         "/proc/acpi", "/proc/scsi", "/proc/sysrq-trigger", "/proc/sys", "/proc/irq", "/proc/bus", "/sys/firmware"]
done = []
for path in paths:
    encoded = path.encode()
    attempts = {
        "umount": lambda: LIBC.umount2(encoded, 2),
        "move": lambda: LIBC.mount(encoded, b"/tmp", None, 8192, None),
    }
    for label, attempt in attempts.items():
        if attempt() == 0:
            done.append("%s %s" % (label, path))
    try:
        info = os.stat(path)
        if info.st_mode & 0o170000 == 0o100000 and info.st_uid == os.getuid() and info.st_size:
            done.append("owned mask " + path)
    except OSError:
        pass
emit(not done, "lifted: %s" % done[:6] if done else "none lifted")
