# SPDX-License-Identifier: Apache-2.0
# NB-NET-07: no unix socket file of an engine or service can be reached
# Attack: search the visible tree for sockets and try the usual engine, system bus and agent paths; connect only
# Incident: CIS Docker 5.32 (docker.sock), SandboxEscapeBench docker.sock scenario, snapd CVE-2019-7304
# @prelude probe.py
import socket
import stat

paths = [p for p in (CFG.get("unix_path"), CFG.get("api_socket")) if p]
paths += ["/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/run/crio/crio.sock",
          "/run/podman/podman.sock", "/run/dbus/system_bus_socket", "/run/systemd/private", "/run/snapd.socket",
          "/var/run/cri-dockerd.sock", "/var/lib/lxd/unix.socket", "/run/udev/control", "/run/systemd/notify",
          "/dev/log", "/run/systemd/journal/socket", "/var/run/nscd/socket", "/tmp/.X11-unix/X0"]
if SANDBOXED:
    for top in ("/run", "/var/run", "/tmp", "/var/tmp", "/var/lib", "/home", "/srv", "/dev", "/etc", "/opt", "/mnt"):
        for directory, subdirectories, names in os.walk(top):
            for entry in names:
                path = os.path.join(directory, entry)
                try:
                    if stat.S_ISSOCK(os.lstat(path).st_mode):
                        paths.append(path)
                except OSError:
                    pass
reached = []
for path in dict.fromkeys(paths):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            with socket.socket(socket.AF_UNIX, kind) as channel:
                channel.connect(path)
                reached.append(path)
        except OSError:
            pass
emit(not reached, "connected to %s" % sorted(set(reached)) if reached else "none of %d paths reached" % len(set(paths)))
