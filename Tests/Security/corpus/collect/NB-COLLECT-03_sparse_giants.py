# SPDX-License-Identifier: Apache-2.0
# NB-COLLECT-03: files that claim to be huge are not read
# Attack: a file of 8 EiB, forty of 1 TiB and one of 1 GiB, all holes
# Incident: snekbox test_file_parsing_size_limit_sparse_files_large; archive tools that read holes as zeros
# @prelude probe.py
with open("good.txt", "w") as file:
    file.write("good")

sizes = {"huge.bin": 2 ** 63 - 4096, "large.bin": 1 << 30, **{"t%02d.bin" % n: 1 << 40 for n in range(40)}}
made = 0
for entry, size in sizes.items():
    with open(entry, "wb") as file:
        while size:
            try:
                file.truncate(size)
                made += 1
                break
            except OSError:
                size >>= 4
emit(True, "left %d sparse files" % made)
