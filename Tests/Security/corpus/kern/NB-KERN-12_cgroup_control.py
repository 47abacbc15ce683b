# SPDX-License-Identifier: Apache-2.0
# NB-KERN-12: resource groups cannot be changed from inside
# Attack: find group file systems; open release_agent, limits and member lists for writing; make a subgroup
# Incident: CVE-2022-0492 (release_agent), CDK mount_cgroup, SandboxEscapeBench release_agent scenario
# @prelude probe.py
tops = {"/sys/fs/cgroup"}
with open("/proc/self/mountinfo") as table:
    tops |= {line.split()[4] for line in table if " - cgroup" in line}
names = ("release_agent", "notify_on_release", "cgroup.procs", "tasks", "cgroup.subtree_control", "cgroup.kill", "memory.max",
         "memory.limit_in_bytes", "memory.high", "pids.max", "cpu.max", "cpu.cfs_quota_us", "devices.allow", "cgroup.freeze",
         "freezer.state")
opened, looked = [], 0
for top in sorted(tops):
    for directory, subdirectories, files in os.walk(top):
        looked += 1
        for entry in set(files) & set(names):
            try:
                os.close(os.open(os.path.join(directory, entry), os.O_WRONLY))
                opened.append(os.path.join(directory, entry))
            except OSError:
                pass
        if directory.count("/") <= top.count("/") + 1:
            try:
                os.mkdir(os.path.join(directory, "nb-probe"))
                os.rmdir(os.path.join(directory, "nb-probe"))
                opened.append(directory + "/ (new group)")
            except OSError:
                pass
        if looked > 200 or len(opened) > 20:
            break
emit(not opened, "writable: %s" % opened[:5] if opened else "nothing writable in %d groups" % looked)
