# SPDX-License-Identifier: Apache-2.0
# NB-KERN-11: no address of the kernel or of physical memory is shown
# Attack: look for non-zero addresses in symbol and memory tables and for frame numbers in the page map
# Incident: KASLR and rowhammer preparation; moby maskedPaths; kptr_restrict
# @prelude probe.py
import mmap

shown = []
for path in ("/proc/kallsyms", "/proc/modules", "/proc/iomem", "/proc/vmallocinfo", "/proc/timer_list", "/proc/sched_debug"):
    try:
        with open(path) as file:
            text = file.read(65536)
    except OSError:
        continue
    words = text.replace("-", " ").split()
    hexadecimal = [w for w in words if len(w.replace("0x", "")) in (8, 16) and all(c in "0123456789abcdefx" for c in w)]
    if any(w.replace("0x", "").strip("0") for w in hexadecimal):
        shown.append(path)
page = mmap.mmap(-1, 4096)
page[0] = 1
try:
    with open("/proc/self/pagemap", "rb") as file:
        file.seek(ctypes.addressof(ctypes.c_char.from_buffer(page)) // 4096 * 8)
        if int.from_bytes(file.read(8), sys.byteorder) & ((1 << 55) - 1):
            shown.append("/proc/self/pagemap frame numbers")
except OSError:
    pass
for path in ("/proc/self/stack", "/sys/kernel/notes", "/sys/kernel/vmcoreinfo", "/proc/kpageflags", "/proc/kpagecount"):
    try:
        with open(path, "rb") as file:
            if file.read(64):
                shown.append(path)
    except OSError:
        pass
emit(not shown, "shown in %s" % shown if shown else "none shown")
