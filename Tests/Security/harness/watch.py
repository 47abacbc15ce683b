# SPDX-License-Identifier: Apache-2.0
"""What is watched, and what is sent, while a program runs."""
import os
import socket
import threading
import time

from . import host as hosts

BESIDE = {"language": "python", "code": "import subprocess\nprint(subprocess.run(['/bin/echo', 'beside'], capture_output=True))"}
TICKS = os.sysconf("SC_CLK_TCK")


class Watch:
    """Samples the host and plays its part of a check until stop(). `beside` sends an ordinary run and returns its answer."""

    def __init__(self, host, check, beside=None):
        self.host = host
        self.kinds = set(check.outside)
        self.plant = set(check.plant)
        self.known = set(host.processes())
        self.posture = []
        self.rates = []
        self.users = {}
        self.beside = []
        self.done = threading.Event()
        self.shared = self._still(host) if "host_shmem_flat_mb" in self.kinds else None
        jobs = []
        if self.kinds & {"posture", "host_uid_nonzero"}:
            jobs.append(self._sample_posture)
        if "host_cpu_within_limit" in self.kinds:
            jobs.append(self._sample_cpu)
        if self.plant & {"connect_listen_port", "connect_abstract"}:
            jobs.append(self._knock)
        if "touch_shared" in self.plant:
            jobs.append(self._touch)
        self.threads = [threading.Thread(target=job, daemon=True) for job in jobs]
        if "beside_ok" in self.kinds and beside:
            self.threads.append(threading.Thread(target=self._beside, args=(beside,), daemon=True))
        self.nonces = []

    @staticmethod
    def _still(host):
        """The shared memory of the host once what was there before is gone: a machine's is given back after the machine has ended."""
        last = host.shared_memory()
        for _ in range(20):
            time.sleep(0.25)
            now = host.shared_memory()
            if abs(now[0] - last[0]) < 1:
                break
            last = now
        return now

    def start(self, nonces):
        self.nonces = nonces
        if "distinct_host_uids" in self.kinds:
            self.threads.append(threading.Thread(target=self._sample_users, daemon=True))
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.done.set()
        for thread in self.threads:
            thread.join(30)

    def _fresh(self):
        """Processes of sandboxes that were not there before, without the first process of each."""
        return {pid: fields for pid, fields in self.host.processes().items()
                if pid not in self.known and fields["NSpid"].split()[-1] != "1"}

    def _sample_posture(self):
        while not self.done.wait(0.1):
            seen = []
            for pid in self._fresh():
                threads = set()
                for task in hosts.entries("/proc/%d/task" % pid):
                    fields = self.host._status("%d/task/%s" % (pid, task))
                    if fields:
                        threads.add((fields["Uid"].split()[1], fields["CapEff"], fields.get("NoNewPrivs"), fields.get("Seccomp")))
                score = hosts.read("/proc/%d/oom_score_adj" % pid)
                if threads and score is not None:
                    seen.append((self.host._status(pid).get("Name"), sorted(threads), int(score)))
            if len(seen) >= len(self.posture):
                self.posture = seen or self.posture

    def _sample_cpu(self):
        history = []
        while not self.done.wait(0.2):
            used = {}
            machines = self.host.machines()
            for pid in machines or self._fresh():
                try:
                    fields = hosts.read("/proc/%d/stat" % pid).rsplit(")", 1)[1].split()
                    used[pid] = int(fields[11]) + int(fields[12])
                except (AttributeError, IndexError):
                    pass
            now = time.monotonic()
            history = [(at, old) for at, old in history if now - at < 1.6] + [(now, used)]
            at, old = history[0]
            if now - at > 0.9:
                rates = [(ticks - old.get(pid, 0 if not machines else ticks)) / TICKS / (now - at) for pid, ticks in used.items()]
                # One machine is one sandbox, and others may be starting meanwhile.
                self.rates.append(max(rates, default=0) if machines else sum(rates))

    def _sample_users(self):
        while not self.done.wait(0.2):
            for nonce in self.nonces:
                for pid in self.host.with_nonce(nonce):
                    fields = self.host._status(pid)
                    if fields:
                        self.users.setdefault(nonce, set()).add(fields["Uid"].split()[1])

    def _knock(self):
        while not self.done.wait(0.1):
            if "connect_listen_port" in self.plant:
                for address in {"127.0.0.1"} | {a for a, _ in self.host.tcp}:
                    try:
                        socket.create_connection((address, hosts.LISTEN_PORT), timeout=0.3).close()
                    except OSError:
                        pass
            if "connect_abstract" in self.plant:
                for nonce in self.nonces:
                    with socket.socket(socket.AF_UNIX) as channel:
                        channel.connect_ex("\0nb-inside-" + nonce)

    def _touch(self):
        while not self.done.wait(0.1):
            hosts.read(self.host.locked, mode="rb")

    def _beside(self, send):
        # At least one, also beside a program that is over at once.
        while True:
            self.beside.append(send(BESIDE))
            if self.done.wait(0.3):
                return
