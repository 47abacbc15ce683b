# SPDX-License-Identifier: Apache-2.0
# NB-FS-03: working directories of the server and of other runs are not visible
# Attack: look for the runner's own directory and for anything named nestbox in every place where scratch directories
#   live
# Incident: isolate #74 class (box directories of others under one parent), AgentRun (one shared workdir for all
#   requests)
# @prelude probe.py
wanted = [n for n in (CFG.get("base_name"), "nestbox") if n]
if len(wanted) < 2:
    not_applicable("the runner named no directory")
mine = os.path.realpath(os.getcwd())
found = []
for top in ("/", "/tmp", "/var/tmp", "/run", "/var/run", "/var/lib", "/var/cache", "/dev/shm", "/srv", "/mnt", "/opt", "/home"):
    try:
        entries = os.listdir(top)
    except OSError:
        continue
    for entry in entries:
        path = os.path.join(top, entry)
        if any(w in entry for w in wanted) and not mine.startswith(os.path.realpath(path)):
            found.append(path)
emit(not found, "visible: %s" % found[:8] if found else "nothing of the server or of other runs is visible")
