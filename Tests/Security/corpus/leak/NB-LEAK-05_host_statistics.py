# SPDX-License-Identifier: Apache-2.0
# NB-LEAK-05: statistics of the host's devices and neighbours are not shown
# Attack: disk, interrupt, lock and page counters, boot parameters and hardware numbers
# Incident: ContainerLeaks (DSN 2017): /proc channels that tell co-residence and load; kernel command lines with
#   secrets
# @prelude probe.py
paths = ("/proc/diskstats", "/proc/partitions", "/proc/interrupts", "/proc/softirqs", "/proc/buddyinfo", "/proc/pagetypeinfo",
         "/proc/zoneinfo", "/proc/locks", "/proc/cmdline", "/proc/mdstat", "/proc/schedstat", "/sys/class/dmi/id/product_serial",
         "/sys/class/dmi/id/product_name", "/sys/block", "/sys/class/net/eth0/address", "/proc/device-tree/serial-number")
shown = []
for path in paths:
    try:
        if os.path.isdir(path):
            if os.listdir(path):
                shown.append(path)
        else:
            with open(path, "rb") as file:
                if file.read(1):
                    shown.append(path)
    except OSError:
        pass
emit(not shown, "shown: %s" % shown if shown else "none shown")
