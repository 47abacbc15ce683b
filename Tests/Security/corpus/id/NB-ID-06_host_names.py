# SPDX-License-Identifier: Apache-2.0
# NB-ID-06: accounts and names of the host are not shown
# Attack: compare accounts, host name, hosts file and resolver with the host's
# Incident: nsjail and Docker make an /etc of their own; user names and internal domains help the next attack
# @prelude probe.py
import pwd
import re
import socket

shown = []
accounts = {entry.pw_name for entry in pwd.getpwall()}
shown += ["account " + each for each in CFG.get("host_users", []) if each in accounts]
host = CFG.get("host_name")
if host:
    if socket.gethostname() == host:
        shown.append("host name")
    for path in ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/mailname"):
        try:
            with open(path) as file:
                if re.search(r"(?<![\w.-])%s(?![\w-])" % re.escape(host), file.read()):
                    shown.append("host name in " + path)
        except OSError:
            pass
emit(not shown, "shown: %s" % shown[:8] if shown else "nothing of the host's names")
