# SPDX-License-Identifier: Apache-2.0
# NB-LEAK-01: only descriptors 0 to 2 are open, and they lead nowhere on the host
# Attack: list all open descriptors with their targets: inherited sockets, directories, databases, terminals
# Incident: runc CVE-2024-21626, CVE-2016-9962, bubblewrap inherits every descriptor (measured), runc's own fd
#   allow-list test
# @prelude probe.py
kept = {}
for entry in os.listdir("/proc/self/fd"):
    try:
        kept[int(entry)] = os.readlink("/proc/self/fd/" + entry)
    except OSError:
        pass  # the listing's own descriptor
extra = {number: target for number, target in kept.items() if number > 2}
harmless = ("pipe:", "/dev/null", "socket:", "/memfd:", "anon_inode:")
odd = {number: target for number, target in kept.items() if number <= 2 and not target.startswith(harmless)}
emit(not extra and not odd, "beyond 2: %s; standard ones on files: %s" % (extra, odd))
