# SPDX-License-Identifier: Apache-2.0
"""The bridge to any installed Jupyter kernel, run by host.py with `boot`. Arguments as for python.py."""
import json
import os
import queue
import signal
import sys

commands, events = int(sys.argv[1]), int(sys.argv[2])
for fd in (commands, events):
    os.set_inheritable(fd, False)
LANGUAGE = boot["kernel"]  # noqa: F821, given by whoever runs this text


def send(event):
    view = memoryview(json.dumps(event, default=str).encode() + b"\n")
    while view:
        view = view[os.write(events, view):]


def fail(message):
    send({"type": "failed", "message": message})
    os._exit(1)


try:
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import KernelManager
except ImportError:
    fail(f"there is no kernel for '{LANGUAGE}'")


def find(language):
    """The installed kernel of this name, else of this language."""
    specs = KernelSpecManager().get_all_specs()
    for name in specs:
        if name.lower() == language:
            return name
    for name, spec in sorted(specs.items()):
        if spec["spec"].get("language", "").lower() == language:
            return name
    return fail(f"there is no kernel for '{language}'")


manager = KernelManager(kernel_name=find(LANGUAGE))


def on_interrupt(*_):
    manager.interrupt_kernel()


# A kernel that dies is not restarted behind the engine's back. stdin is no terminal, so nothing can be asked.
signal.signal(signal.SIGINT, signal.SIG_IGN)
manager.start_kernel(cwd=os.getcwd())
client = manager.client()
client.start_channels()
try:
    client.wait_for_ready(timeout=60)
except RuntimeError as problem:
    manager.shutdown_kernel(now=True)
    fail(f"the kernel for '{LANGUAGE}' did not start: {problem}")
signal.signal(signal.SIGINT, on_interrupt)


def pass_on(message):
    """One message of the kernel as an event; True for the last of an execution."""
    kind, content = message["msg_type"], message["content"]
    if kind == "stream":
        send({"type": content["name"], "text": content["text"]})
    elif kind in ("display_data", "execute_result"):
        send({"type": "result", "bundle": content["data"], "main": kind == "execute_result"})
    elif kind == "error":
        trace = "\n".join(content["traceback"])
        send({"type": "error", "name": content["ename"], "value": content["evalue"], "traceback": without_colours(trace)})
    elif kind == "execute_input":
        send({"type": "started", "count": content["execution_count"]})
    return kind == "status" and content["execution_state"] == "idle"


def without_colours(text):
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def assignments(environment):
    """Code that sets variables in the kernel's own language, where we know how."""
    quoted = {key: json.dumps(value) for key, value in environment.items()}
    kind = manager.kernel_spec.language.lower()
    if kind == "r":
        return "".join(f"Sys.setenv({key} = {value})\n" for key, value in quoted.items())
    if kind == "python":
        return "import os\n" + "".join(f"os.environ[{json.dumps(key)}] = {value}\n" for key, value in quoted.items())
    return ""


def restorations(environment):
    old = {key: os.environ.get(key) for key in environment}
    kept = assignments({key: value for key, value in old.items() if value is not None})
    gone = [key for key, value in old.items() if value is None]
    kind = manager.kernel_spec.language.lower()
    if kind == "r":
        return kept + "".join(f"Sys.unsetenv({json.dumps(key)})\n" for key in gone)
    if kind == "python":
        return kept + "".join(f"os.environ.pop({json.dumps(key)}, None)\n" for key in gone)
    return ""


def run(code, silent=False):
    number = client.execute(code, silent=silent, store_history=not silent, allow_stdin=False)
    while True:
        try:
            message = client.get_iopub_msg(timeout=1)
        except queue.Empty:
            if not manager.is_alive():
                os._exit(1)
            continue
        if message["parent_header"].get("msg_id") != number:
            continue
        if silent and message["msg_type"] != "status":
            continue
        if pass_on(message):
            break


def execute(command):
    environment = command["env"]
    before = assignments(environment) if environment else ""
    if before:
        run(before, silent=True)
    run(command["code"])
    if before:
        run(restorations(environment), silent=True)
    send({"type": "end"})


send({"type": "ready"})
waiting = b""
while True:
    part = os.read(commands, 1 << 20)
    if not part:
        manager.shutdown_kernel(now=True)
        os._exit(0)
    waiting += part
    if waiting.endswith(b"\n"):
        line, waiting = waiting, b""
        execute(json.loads(line))
