# SPDX-License-Identifier: Apache-2.0
# NB-KERN-05: garbage in the upper half of arguments does not pass the filter
# Attack: repeat denied calls with bit 32 of the deciding argument set: the kernel looks at 32 bits, a filter may
#   compare 64
# Incident: CVE-2019-10063 (flatpak) and CVE-2019-7303 (snapd): TIOCSTI behind the upper bits
# @prelude probe.py
def cloned(flags):
    """Make a process with raw clone; the child, when there is one, leaves at once."""
    result, error = syscall(56, 220, flags | signal.SIGCHLD, 0, 0, 0, 0)
    if result == 0:
        os._exit(0)
    return result, error


import pty
import termios

HIGH = 1 << 32


def family(number, kind, protocol):
    result, error = syscall(41, 198, number | HIGH, kind, protocol)
    return (-1, errno.EPERM) if error in (errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT) else (result, error)


def push():
    leader, follower = pty.openpty()
    os.setsid()
    import fcntl
    fcntl.ioctl(follower, termios.TIOCSCTTY, 0)
    result, error = syscall(16, 29, follower, termios.TIOCSTI | HIGH, ctypes.c_char_p(b"\0"))
    return (-1, errno.EPERM) if error in (errno.EIO, errno.ENOTTY) else (result, error)


judge({"socket(vsock)": lambda: family(40, 1, 0), "socket(packet)": lambda: family(17, 3, 0),
       "socket(alg)": lambda: family(38, 5, 0), "socket(netfilter)": lambda: family(16, 3, 12),
       "ioctl(TIOCSTI)": push, "clone(newuser)": lambda: cloned(0x10000000 | HIGH),
       "number of io_uring_setup": lambda: syscall(425 | HIGH, 425 | HIGH, 4, ctypes.create_string_buffer(160))})
