# SPDX-License-Identifier: Apache-2.0
"""What a server under load has gathered and left behind, as sentences about what is wrong. None is what one wants."""
import time

import leaks


class Residue:
    """Made twice over: before the server starts, and again, with `settle`, when its pools have filled."""

    def __init__(self):
        self.before = leaks.snapshot()

    def settle(self, server):
        self.server, self.settled = server, leaks.snapshot(server.process.pid)
        self.resident, self.descriptors = server.resident_bytes, server.descriptors

    @property
    def growth_mib(self):
        return (self.server.resident_bytes - self.resident) / (1 << 20)

    @property
    def more_descriptors(self):
        return self.server.descriptors - self.descriptors

    def complaints(self, most_growth_mib, most_descriptors=4):
        """About a server that has nothing to do any more but still runs."""
        left = leaks.left_behind(self.settled, self.server.process.pid)
        wrong = [f"left behind, {kind}: {things[:5]}" for kind, things in left.items()]
        time.sleep(1)
        if self.growth_mib > most_growth_mib:
            wrong.append(f"the server grew by {self.growth_mib:.1f} MiB")
        if self.more_descriptors > most_descriptors:
            wrong.append(f"the server holds {self.more_descriptors} descriptors more than before")
        wrong += [f"left behind, temporary file: {path}" for path in self.server.temporary.iterdir()]
        return wrong

    def complaints_after_stop(self):
        wrong = [f"left behind by the stopped server, {kind}: {things[:5]}"
                 for kind, things in leaks.left_behind(self.before).items()]
        if self.server.exit_code != 0:
            wrong.append(f"the server ended with {self.server.exit_code}")
        return wrong


def conclude(name, wrong, most_shown=20):
    """Prints the verdict of a load; its exit code."""
    for line in wrong[:most_shown]:
        print(f"WRONG: {line}")
    print(f"{name}: {'FAILED, ' + str(len(wrong)) + ' wrong' if wrong else 'passed'}")
    return 1 if wrong else 0
