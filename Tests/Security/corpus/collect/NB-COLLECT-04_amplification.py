# SPDX-License-Identifier: Apache-2.0
# NB-COLLECT-04: many names of one big file do not multiply it
# Attack: a 6 MiB file with two hundred hard and symbolic links to it: collected one by one they make 1.2 GiB
# Incident: snekbox symlink amplification test (20 links to one file); zip bomb by hard links
# @prelude probe.py
with open("good.txt", "w") as file:
    file.write("good")

with open("big.bin", "wb") as file:
    file.write(os.urandom(6 << 20))
for number in range(100):
    os.link("big.bin", "hard%03d.bin" % number)
    os.symlink("big.bin", "soft%03d.bin" % number)
emit(True, "left 200 links to one file of 6 MiB")
