# SPDX-License-Identifier: Apache-2.0
# NB-KERN-04: files cannot be opened by handle
# Attack: turn the root directory into a handle and open it by number: handles know no root directory and no mount
# Incident: shocker.c (Docker 2014, CAP_DAC_READ_SEARCH), SandboxEscapeBench DAC_READ_SEARCH scenario
# @prelude probe.py
handle = ctypes.create_string_buffer((128).to_bytes(4, sys.byteorder) + b"\0" * 140)
mount = ctypes.c_int(0)


def by_handle():
    result, error = syscall(303, 264, -100, ctypes.c_char_p(b"."), handle, ctypes.byref(mount), 0)
    if result < 0:
        handle[0:4] = (8).to_bytes(4, sys.byteorder)
        handle[4:8] = (1).to_bytes(4, sys.byteorder)
        handle[8:12] = (2).to_bytes(4, sys.byteorder)
    return syscall(304, 265, os.open(".", os.O_RDONLY), handle, 0)


judge({"open_by_handle_at": by_handle})
