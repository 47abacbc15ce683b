# SPDX-License-Identifier: Apache-2.0
# NB-TIME-05: standard input ends at once when the request gives none
# Attack: read standard input to its end: a terminal or an open pipe would hang the run until its limit
# Incident: classic hang of judges and CI runners; Piston stdin handling
# @prelude probe.py
import select

started = time.monotonic()
ready = select.select([0], [], [], 4)[0]
data = os.read(0, 64) if ready else None
waited = time.monotonic() - started
emit(data == b"", "read %r after %.1f s" % (data, waited))
