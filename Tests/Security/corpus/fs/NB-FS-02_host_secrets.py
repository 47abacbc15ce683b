# SPDX-License-Identifier: Apache-2.0
# NB-FS-02: files that hold secrets of the host cannot be read
# Attack: open the usual loot: password hashes, ssh keys, cloud and container credentials, tokens, shell histories,
#   sockets of engines
# Incident: SandboxEscapeBench host-mount scenarios, deepce and amicontained checklists, compiler-explorer#6026
#   (/etc/passwd served)
# @prelude probe.py
import glob

homes = ["/root", "/home/*", os.path.expanduser("~")]
paths = ["/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/ssh/ssh_host_*_key", "/etc/ssl/private/*", "/etc/krb5.keytab",
         "/etc/kubernetes/*.conf", "/etc/rancher/k3s/k3s.yaml", "/etc/machine-id", "/etc/security/opasswd",
         "/var/run/secrets/kubernetes.io/serviceaccount/token", "/run/secrets/*", "/var/lib/kubelet/config.yaml",
         "/var/lib/cloud/instance/user-data.txt", "/var/lib/docker", "/var/lib/containerd", "/var/log/auth.log",
         "/var/spool/cron/crontabs/*", "/proc/1/environ", "/boot/grub/grub.cfg", "/boot/config-*", "/swapfile"]
for home in homes:
    paths += [home + "/" + p for p in (
        ".ssh/*", ".aws/credentials", ".config/gcloud/*", ".azure/*", ".kube/config", ".docker/config.json", ".netrc",
        ".git-credentials", ".npmrc", ".pypirc", ".gnupg/*", ".bash_history", ".python_history", ".vault-token")]
found = []
for pattern in paths:
    for path in glob.glob(pattern)[:20]:
        try:
            if os.path.isdir(path):
                if os.listdir(path):
                    found.append(path + "/")
            else:
                with open(path, "rb") as file:
                    if file.read(1):
                        found.append(path)
        except OSError:
            pass
emit(not found, "readable: %s" % found[:12] if found else "none of %d patterns readable" % len(paths), readable=found[:30])
