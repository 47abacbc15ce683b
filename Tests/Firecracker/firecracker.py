#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Stands for Firecracker in tests: its API on a real Unix socket, checked against what its API description says, and its socket to
the guest. The guest is scripted, or, when told so, a machine of QEMU with the real kernel and guest agent, which is started anew
where Firecracker would go on from a snapshot. Paths are relative: the stub has no root of its own."""
import base64
import json
import os
import select
import socket
import sys
import time

STUB = os.environ["NESTBOX_STUB"]
with open(f"{STUB}/behaviour", encoding="utf-8") as behaviour_file:
    BEHAVIOUR = behaviour_file.read().strip()

GREETING = b"nestbox machine\n"
TEXT, NUMBER, FLAG = str, int, bool
MEMORY_BACKEND = ({"backend_type": TEXT, "backend_path": TEXT}, {})
# What may be asked, when, and with which fields: those that must be there, those that may. Facts of the API description of 1.17
# (src/firecracker/swagger/firecracker.yaml), as far as Nestbox needs them.
REQUESTS = {
    ("PUT", "/machine-config"): (
        "before", {"vcpu_count": NUMBER, "mem_size_mib": NUMBER},
        {"smt": FLAG, "track_dirty_pages": FLAG, "cpu_template": TEXT, "huge_pages": TEXT}),
    ("PUT", "/boot-source"): ("before", {"kernel_image_path": TEXT}, {"initrd_path": TEXT, "boot_args": TEXT}),
    ("PUT", "/drives/root"): (
        "before", {"drive_id": TEXT, "is_root_device": FLAG},
        {"path_on_host": TEXT, "is_read_only": FLAG, "partuuid": TEXT, "cache_type": TEXT, "io_engine": TEXT}),
    ("PUT", "/vsock"): ("before", {"guest_cid": NUMBER, "uds_path": TEXT}, {}),
    ("PUT", "/entropy"): ("before", {}, {}),
    ("PUT", "/actions"): ("before", {"action_type": TEXT}, {}),
    ("PATCH", "/vm"): ("after", {"state": TEXT}, {}),
    ("PUT", "/snapshot/create"): ("paused", {"snapshot_path": TEXT, "mem_file_path": TEXT}, {"snapshot_type": TEXT}),
    ("PUT", "/snapshot/load"): (
        "fresh", {"snapshot_path": TEXT},
        {"mem_backend": MEMORY_BACKEND, "resume_vm": FLAG, "track_dirty_pages": FLAG, "clock_realtime": FLAG}),
}


class Refused(Exception):
    pass


def check_fields(body, needed, optional):
    if not isinstance(body, dict):
        raise Refused("the body is no object")
    for name in needed.keys() - body.keys():
        raise Refused(f"missing field `{name}`")
    for name, value in body.items():
        kind = needed.get(name, optional.get(name))
        if kind is None:
            raise Refused(f"unknown field `{name}`")
        if isinstance(kind, tuple):
            check_fields(value, *kind)
        elif type(value) is not kind:
            raise Refused(f"invalid type of `{name}`")


class Machine:
    def __init__(self):
        self.state = "fresh"
        self.parts = {}
        self.guest = None

    def handle(self, method, path, body):
        if (method, path) not in REQUESTS:
            raise Refused(f"Invalid request method and/or path: {method} {path}")
        when, needed, optional = REQUESTS[method, path]
        check_fields(body, needed, optional)
        fits = {"before": self.state in ("fresh", "configured"), "fresh": self.state == "fresh",
                "after": self.state in ("running", "paused"), "paused": self.state == "paused"}
        if not fits[when]:
            raise Refused(f"The requested operation is not supported in the state {self.state}.")
        getattr(self, {"/drives/root": "drive"}.get(path, path[1:].replace("/", "_").replace("-", "_")))(body)
        if when == "before" and self.state == "fresh":
            self.state = "configured"

    def machine_config(self, body):
        if not 1 <= body["vcpu_count"] <= 32 or body["mem_size_mib"] < 1:
            raise Refused("The vCPU number or the memory size is invalid")
        self.parts["config"] = body

    def boot_source(self, body):
        if BEHAVIOUR == "refuse":
            raise Refused("The kernel file cannot be opened: told to refuse")
        with open(body["kernel_image_path"], "rb") as file:
            if file.read(4) != b"\x7fELF":
                raise Refused("Cannot load kernel due to invalid memory configuration or invalid kernel image: no ELF")
        open(body["initrd_path"], "rb").close()
        self.parts["boot"] = body

    def drive(self, body):
        if body["drive_id"] != "root":
            raise Refused("The id from the path does not match the id from the body!")
        open(body["path_on_host"], "rb" if body.get("is_read_only") else "r+b").close()
        self.parts["drive"] = body

    def vsock(self, body):
        if body["guest_cid"] < 3:
            raise Refused("Invalid guest CID")
        self.parts["vsock"] = body

    def entropy(self, _body):
        pass

    def actions(self, body):
        if body["action_type"] != "InstanceStart":
            raise Refused("unknown variant")
        if "boot" not in self.parts:
            raise Refused("Cannot start microvm without kernel configuration.")
        if BEHAVIOUR == "die":
            sys.exit("firecracker: told to die")
        self.run()

    def vm(self, body):
        self.state = {"Paused": "paused", "Resumed": "running"}[body["state"]]

    def snapshot_create(self, body):
        if BEHAVIOUR == "qemu":
            # What a machine that is started anew needs.
            with open(self.parts["boot"]["initrd_path"], "rb") as file:
                self.parts["initrd"] = base64.b64encode(file.read()).decode()
        with open(body["snapshot_path"], "w", encoding="utf-8") as file:
            json.dump(self.parts, file)
        # With holes, as long as the machine's memory; the real one is written as a whole.
        with open(body["mem_file_path"], "wb") as file:
            file.truncate(self.parts["config"]["mem_size_mib"] << 20)

    def snapshot_load(self, body):
        with open(body["snapshot_path"], encoding="utf-8") as file:
            self.parts = json.load(file)
        if BEHAVIOUR == "version":
            raise Refused("Load snapshot error: Failed to restore from snapshot: Invalid snapshot version: 1.0.0")
        with open(body["mem_backend"]["backend_path"], "rb") as file:
            size = file.seek(0, os.SEEK_END)
        if size != self.parts["config"]["mem_size_mib"] << 20:
            raise Refused("the memory file does not fit")
        # Firecracker makes a snapshot's sockets and opens its drives under the names they had.
        open(self.parts["drive"]["path_on_host"], "rb").close()
        if BEHAVIOUR == "qemu":
            with open("initrd", "wb") as file:
                file.write(base64.b64decode(self.parts["initrd"]))
            self.parts["boot"].update(initrd_path="initrd", kernel_image_path=f"{STUB}/kernel/vmlinux")
        if not body.get("resume_vm"):
            raise Refused("the stub resumes at once")
        self.run()

    def run(self):
        self.state = "running"
        path = self.parts["vsock"]["uds_path"]
        if BEHAVIOUR == "link":
            os.symlink(f"{STUB}/decoy", path)
            return
        if BEHAVIOUR == "qemu":
            sys.path.insert(0, STUB)
            import vsock_device
            self.guest = vsock_device.Guest(self.parts, f"{STUB}/log")
        else:
            self.guest = ScriptedGuest(path)


class ScriptedGuest:
    """Says what an agent would say until it has got its plan."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen(8)
        self.attempts = 0
        self.talks, self.told = [], []

    def readable(self):
        return [self.listener] + self.talks

    def handle(self, ready):
        if ready is self.listener:
            self.talks.append(self.listener.accept()[0])
            return
        words = ready.recv(1 << 20)
        if words.startswith(b"CONNECT "):
            # The first time nobody listens in the guest yet.
            self.attempts += 1
            if words != b"CONNECT 1024\n" or self.attempts == 1 or BEHAVIOUR == "deaf":
                words = b""
            else:
                ready.sendall(b"OK 1073741824\n" + (b"who are you?\n" if BEHAVIOUR == "stranger" else GREETING))
        elif words and ready not in self.told:
            # The beginning of a plan, which this agent does not follow.
            self.told.append(ready)
            with open(f"{STUB}/ready", "rb") as file:
                ready.sendall(file.read())
        if not words:
            ready.close()
            self.talks.remove(ready)


def log(line):
    with open(f"{STUB}/log/requests", "a", encoding="utf-8") as file:
        file.write(line + "\n")


def answer(connection, status, reason, body=b""):
    head = f"HTTP/1.1 {status} {reason}\r\nServer: Firecracker API\r\nConnection: keep-alive\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    connection.sendall(head.encode() + b"\r\n" + body)


def serve(machine, connection):
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    lines = head.decode("ascii").split("\r\n")
    method, path, version = lines[0].split(" ")
    headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    log(f"{method} {path}")
    if BEHAVIOUR == "garbage":
        connection.sendall(b"\x00\xff SSH-2.0 nonsense\r\n" * 10)
        return
    if BEHAVIOUR == "endless":
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X-More: and more\r\n" * 1000)
    if BEHAVIOUR == "huge":
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 99999999999\r\n\r\n")
        return
    try:
        if version != "HTTP/1.1" or headers.get("content-type") != "application/json" or len(body) > 51200:
            raise Refused("the request is malformed")
        machine.handle(method, path, json.loads(body))
    except (Refused, OSError, KeyError, ValueError) as refusal:
        log(f"refused: {refusal}")
        answer(connection, 400, "Bad Request", json.dumps({"fault_message": str(refusal)}).encode())
        if path == "/snapshot/load":
            # "A specific error is reported and then the current Firecracker process is ended."
            sys.exit(f"firecracker: {refusal}")
        return
    answer(connection, 204, "No Content")


def main():
    words = sys.argv[1:]
    if words[-2:-1] != ["--api-sock"]:
        sys.exit("firecracker: no --api-sock")
    if BEHAVIOUR == "mute":
        time.sleep(3600)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(words[-1])
    listener.listen(8)
    machine = Machine()
    while True:
        guest = machine.guest.readable() if machine.guest else []
        for ready in select.select([listener] + guest, [], [])[0]:
            if ready is listener:
                connection = listener.accept()[0]
                with connection:
                    serve(machine, connection)
            else:
                machine.guest.handle(ready)


main()
