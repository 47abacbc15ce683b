# SPDX-License-Identifier: Apache-2.0
# NB-FS-14: a crash leaves no core file and starts no host helper
# Attack: raise RLIMIT_CORE to its hard value, crash, look for a core file; a piped core_pattern would start a program
#   on the host
# Incident: CVE-2022-0811 (cr8escape: core_pattern), isolate's warning about core_pattern pipes, apport CVE-2015-1318
# @prelude probe.py
import resource

hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
before = set(os.listdir("."))
pid = os.fork()
if pid == 0:
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    os.abort()
status = os.waitpid(pid, 0)[1]
left = [entry for entry in os.listdir(".") if entry not in before]
for entry in left:
    os.unlink(entry)
dumped = os.WCOREDUMP(status)
emit(hard == 0 and not dumped and not left, "hard limit %s, core dumped %s, files %s" % (hard, bool(dumped), left))
