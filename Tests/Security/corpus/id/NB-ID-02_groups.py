# SPDX-License-Identifier: Apache-2.0
# NB-ID-02: no supplementary group of the server is kept
# Attack: list the groups, unmapped ones included (they show as 65534 but still open doors)
# Incident: moby CVE-2022-36109, containerd CVE-2023-25173, podman CVE-2022-2989 (supplementary groups)
# @prelude probe.py
groups = set(os.getgroups()) - {os.getgid()}
emit(not groups and os.getegid() == os.getgid(), "groups besides the own %d: %s" % (os.getgid(), sorted(groups)))
