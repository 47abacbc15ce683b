# SPDX-License-Identifier: Apache-2.0
# NB-COLLECT-05: the number of collected files is limited
# Attack: ten thousand small files in a hundred directories
# Incident: snekbox files_limit; JSON bodies that exhaust the client
# @prelude probe.py
with open("good.txt", "w") as file:
    file.write("good")

count = 0
try:
    for directory in range(100):
        os.mkdir("d%02d" % directory)
        for number in range(100):
            with open("d%02d/f%02d.txt" % (directory, number), "w") as file:
                file.write("x" * 50)
            count += 1
except OSError:
    pass
emit(True, "left %d files" % count)
