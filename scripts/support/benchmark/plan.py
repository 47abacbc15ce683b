# SPDX-License-Identifier: Apache-2.0
"""How much of everything is measured: in full, below ten minutes, and quickly, below two."""

SECTIONS = ["latency", "sdk", "throughput", "burst", "sustained", "memory", "server", "transfer", "judging", "drivers"]
FAST = ["bare", "bwrap", "nestbox-http", "nestbox-http-cold"]
ALL = ["bare", "bwrap", "crun", "runc", "runsc", "nestbox-cli", "nestbox-http", "nestbox-http-cold"]

FULL = {
    "latency": {"print": 100, "pandas": 60, "cpu": 25, "output": 25, "javascript": 25, "compile-c": 30, "compile-c-again": 20},  # seconds for each workload
    "ways": None,  # all there are take part in it
    "sdk": 25,
    "throughput": ((1, 2, 8, 32), 2.4, 3, ALL),  # clients, seconds for each way and number, slices of them, ways
    "burst": (200, 2, ["bare", "bwrap", "crun", "nestbox-http", "nestbox-http-cold"]),  # size, times, ways
    "sustained": (8, 60, 10),  # clients, seconds, seconds of a window
    "memory": 50,  # idle sandboxes
    "server": 10,  # starts
    "transfer": (48_000_000, 3),  # bytes, times
    "judging": 3,  # submissions of a hundred cases
    "drivers": (12, ["namespace", "crun", "runc", "gvisor", "microvm"]),  # seconds for each driver, drivers
}
QUICK = {
    "latency": {"print": 12, "pandas": 10, "cpu": 4, "output": 4, "javascript": 4, "compile-c": 4, "compile-c-again": 3},
    "ways": ["bare", "bwrap", "crun", "nestbox-cli", "nestbox-http", "nestbox-http-cold",
             "bare-import", "e2b", "e2b-again"],
    "sdk": 6,
    "throughput": ((1, 8), 1.2, 2, FAST),
    "burst": (200, 1, ["bwrap", "nestbox-http", "nestbox-http-cold"]),
    "sustained": (8, 12, 3),
    "memory": 20,
    "server": 3,
    "transfer": (16_000_000, 1),
    "judging": 1,
    "drivers": (10, ["namespace", "crun", "gvisor"]),
}
