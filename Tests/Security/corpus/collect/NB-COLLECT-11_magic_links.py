# SPDX-License-Identifier: Apache-2.0
# NB-COLLECT-11: links to devices, terminals and descriptors are not followed
# Attack: symbolic links to /dev/zero, /dev/stdin, /dev/tty, /proc/self/fd, /proc/kmsg, /proc/self/mem and the
#   sandbox's memory
# Incident: reading them on the host's side blocks, never ends, or reads the server's own descriptors (runc
#   CVE-2024-21626)
# @prelude probe.py
with open("good.txt", "w") as file:
    file.write("good")

targets = ["/dev/zero", "/dev/stdin", "/dev/tty", "/dev/random", "/proc/self/fd/0", "/proc/self/fd/3", "/proc/kmsg",
           "/proc/self/mem", "/proc/self/environ", "/proc/self/maps", "/proc/1/environ", "/dev/fd/5", "/proc/self/exe",
           "/proc/self/task/1/root/etc/shadow", "/proc/thread-self/fdinfo", "/proc/sys/kernel/random/boot_id"]
for number, target in enumerate(targets):
    os.symlink(target, "magic%02d.txt" % number)
emit(True, "left %d links" % len(targets))
