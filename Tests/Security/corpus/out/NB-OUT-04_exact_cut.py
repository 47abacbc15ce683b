# SPDX-License-Identifier: Apache-2.0
# NB-OUT-04: cut output is an exact prefix and says that it is cut
# Attack: print numbered lines with two-byte characters beyond the limit: the cut must not lose, double, reorder or
#   mangle
# Incident: truncation inside a UTF-8 sequence breaks JSON encoders; silent truncation changes a result's meaning
# @prelude probe.py
for number in range(1_000_000):
    os.write(1, b"%07d \xc3\xa9\xc3\xa9\xc3\xa9\n" % number)
