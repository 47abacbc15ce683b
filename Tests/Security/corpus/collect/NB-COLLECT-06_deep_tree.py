# SPDX-License-Identifier: Apache-2.0
# NB-COLLECT-06: a tree deeper than any path is collected without harm
# Attack: 1,200 nested directories with 200-byte names and a file at the bottom of each twentieth
# Incident: snekbox test_file_parsing_depth_limit; recursion limits and PATH_MAX in rm, tar and collectors
# @prelude probe.py
with open("good.txt", "w") as file:
    file.write("good")

top = os.getcwd()
depth = 0
try:
    for depth in range(1200):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
        if depth % 20 == 0:
            with open("bottom.txt", "w") as file:
                file.write("x")
except OSError:
    pass
emit(True, "left a tree of depth %d" % depth)
