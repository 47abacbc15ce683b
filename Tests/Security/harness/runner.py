# SPDX-License-Identifier: Apache-2.0
"""What running a check has in common, through the API or under a command prefix."""
import os
import threading

from .watch import Watch


class Runner:
    """A subclass says in `_one(check, nonce)` how one program is run, and may look at each finished observation."""

    sandboxed = True

    def __init__(self, host):
        self.host = host

    def observe(self, check):
        """Run the check as often, and as many at a time, as it wants; one Observation for each run."""
        observations = []
        for first in range(0, check.runs, check.concurrent):
            nonces = ["%s-%d-%s" % (check.id, first + n, os.urandom(4).hex()) for n in range(check.concurrent)]
            watch = Watch(self.host, check, self.beside)
            self.before(check)
            batch = [None] * check.concurrent
            hits = len(self.host.hits)

            def one(position, nonces=nonces, batch=batch):
                batch[position] = self._one(check, nonces[position])

            watch.start(nonces)
            threads = [threading.Thread(target=one, args=(n,)) for n in range(check.concurrent)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            watch.stop()
            for observation in batch:
                observation.after(check, self.host, watch, hits)
                self.finished(observation)
            observations += batch
        return observations

    beside = None

    def before(self, check):
        """Called before each round of runs."""

    def finished(self, observation):
        """Called after each run, when the host has been looked at."""
