# SPDX-License-Identifier: Apache-2.0
# NB-FS-13: file accesses of the host and of other runs cannot be watched
# Attack: inotify on a shared system file while the runner reads it: the events tell what others do
# Incident: inotify side channel across containers on shared layers (research literature); isolate flag 4 class
# @prelude probe.py
import select

path = CFG.get("locked_file")
if not path or not os.path.exists(path):
    not_applicable("no shared file visible")
watcher = LIBC.inotify_init1(os.O_NONBLOCK)
if watcher < 0 or LIBC.inotify_add_watch(watcher, path.encode(), 0x21) < 0:  # IN_ACCESS | IN_OPEN
    emit(True, "inotify refused: %s" % name(ctypes.get_errno()))
    sys.exit(0)
ready = select.select([watcher], [], [], 2.5)[0]
events = os.read(watcher, 4096) if ready else b""
emit(not events, "%d bytes of events on %s" % (len(events), path))
