# Shared beginning of the Python programs: configuration, the result line, system calls tried in a child.
import ctypes
import errno
import json
import os
import platform
import signal
import sys
import time

ID = "@@CHECK_ID@@"
_TEXT = r"""@@SECRES_CFG@@"""
CFG = json.loads(_TEXT) if _TEXT.startswith("{") else {}
LIMITS = CFG.get("limits", {})
SANDBOXED = bool(CFG.get("sandboxed"))
NONCE = CFG.get("nonce", "none")
TOKEN = CFG.get("canary_token", "no-token-configured").encode()
MIB = 1 << 20
LIBC = ctypes.CDLL(None, use_errno=True)
ARM = platform.machine() in ("aarch64", "arm64")
REFUSALS = (errno.EPERM, errno.EACCES, errno.ENOSYS)


def emit(contained, detail, **facts):
    """Print the result line."""
    line = {"id": ID, "contained": bool(contained), "detail": str(detail)[:600]}
    if facts:
        line["facts"] = facts
    data = (json.dumps(line) + "\n").encode()
    while data:
        data = data[os.write(1, data):]


def not_applicable(why):
    emit(True, "n/a: " + why)
    sys.exit(0)


def only_sandboxed():
    """Leave at once where the attack would hit a real machine: no sandbox, or a process list like a host's."""
    pids = [p for p in os.listdir("/proc") if p.isdigit()]
    if not SANDBOXED or len(pids) > 40:
        emit(False, "refused: not inside a sandbox of its own (%d processes visible)" % len(pids))
        sys.exit(0)


def progress(amount):
    try:
        os.write(2, b"P %d\n" % amount)
    except OSError:
        pass


def within(amount, key, cap):
    """Whether amount stayed within the declared limit (a quarter and 48 MiB or 64 of slack), or below cap without one."""
    limit = LIMITS.get(key)
    if not limit:
        return amount < cap
    unit, slack = (MIB, 48 * MIB) if key.endswith("_mb") else (1, 64)
    return amount <= limit * unit * 1.25 + slack


def name(number):
    return errno.errorcode.get(number, str(number))


def syscall(x86, arm, *arguments):
    """(result, errno) of a raw system call; None as number means that the architecture has no such call."""
    number = arm if ARM else x86
    if number is None:
        return -1, errno.ENOSYS
    ctypes.set_errno(0)
    values = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = LIBC.syscall(ctypes.c_long(number), *values)
    return result, ctypes.get_errno() if result == -1 else 0


def in_child(function):
    """The (result, errno) of function, called in a child, so that a filter that kills ends only the child."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            outcome = list(function())
        except OSError as error:
            outcome = [-1, error.errno]
        except BaseException as error:
            outcome = [-2, repr(error)]
        try:
            os.write(writer, json.dumps(outcome).encode())
        finally:
            os._exit(0)
    os.close(writer)
    data = b""
    while block := os.read(reader, 65536):
        data += block
    os.close(reader)
    status = os.waitpid(pid, 0)[1]
    return json.loads(data) if data else ["killed", os.waitstatus_to_exitcode(status)]


def refused(outcome):
    return outcome[0] == "killed" or (outcome[0] == -1 and outcome[1] in REFUSALS)


def say(outcome):
    if outcome[0] == "killed":
        return "killed(%s)" % outcome[1]
    if outcome[0] == -1:
        return name(outcome[1])
    return "result %s" % outcome[0] if outcome[0] != -2 else str(outcome[1])


def judge(calls, also=None):
    """Try every call of {label: function} in a child; contained when each one is refused. `also` names further refusals of
    single calls, {label: errno}."""
    outcomes = {label: in_child(call) for label, call in calls.items()}
    open_calls = [label for label, outcome in outcomes.items()
                  if not refused(outcome) and outcome != [-1, (also or {}).get(label)]]
    shown = open_calls or list(outcomes)
    text = ", ".join("%s=%s" % (label, say(outcomes[label])) for label in shown)
    emit(not open_calls, ("reachable: " if open_calls else "all refused: ") + text, reachable=open_calls)
