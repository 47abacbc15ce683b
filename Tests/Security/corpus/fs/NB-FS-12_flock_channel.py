# SPDX-License-Identifier: Apache-2.0
# NB-FS-12: locks on shared read-only files are no channel to the host
# Attack: try a shared lock on a system file that the runner holds locked: EWOULDBLOCK means that both see one inode
# Incident: isolate flag 4 (locks and leases on shared inodes are not namespaced)
# @prelude probe.py
import fcntl

path = CFG.get("locked_file")
if not path or not os.path.exists(path):
    not_applicable("no locked file visible")
descriptor = os.open(path, os.O_RDONLY)
try:
    fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    emit(True, "the host's lock on %s is not seen" % path)
except OSError as error:
    emit(error.errno in REFUSALS, "flock on %s: %s" % (path, name(error.errno)))
