# SPDX-License-Identifier: Apache-2.0
# NB-ID-03: every namespace is the sandbox's own
# Attack: compare the namespace links with the host's
# Incident: gVisor sandboxposture_test (all namespaces), amicontained, CIS Docker 5.9 to 5.20
# @prelude probe.py
host = CFG.get("host_ns", {})
if not host:
    not_applicable("the host's namespaces are not known")
links = {kind: os.readlink("/proc/self/ns/" + kind) for kind in host if os.path.exists("/proc/self/ns/" + kind)}
shared = [kind for kind, link in links.items() if link == host[kind]]
emit(not shared, "shared with the host: %s" % shared if shared else "%d namespaces, all own" % len(host))
