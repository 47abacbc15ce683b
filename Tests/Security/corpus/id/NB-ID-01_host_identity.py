# SPDX-License-Identifier: Apache-2.0
# NB-ID-01: inside and outside the program is nobody of importance
# Attack: be root inside, or map to root outside: a root of the host without capabilities still owns the host's files
# Incident: bubblewrap run by root maps the inner user to host root (measured); runc without user namespaces;
#   CVE-2019-5736 needs it
# @prelude probe.py
def maps(path):
    with open(path) as file:
        return [tuple(map(int, line.split())) for line in file]


problems = ["%s is 0 inside" % label for label, own in (("user", os.geteuid()), ("group", os.getegid())) if own == 0]
time.sleep(1)
emit(not problems, "%s; maps %s and %s; the users outside decide" % (
    problems, maps("/proc/self/uid_map"), maps("/proc/self/gid_map")))
