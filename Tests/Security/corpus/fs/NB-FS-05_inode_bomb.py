# SPDX-License-Identifier: Apache-2.0
# NB-FS-05: the number of files is limited, not only their bytes
# Attack: create up to 120,000 empty files: no byte is used, but every entry costs kernel memory and clean-up time
# Incident: isolate's quota of blocks and inodes; benchexec#286; Docker overlay inode exhaustion reports
# @prelude probe.py
import shutil

cap, count, why = 120_000, 0, "cap"
base = os.path.join(os.getcwd(), "many")
try:
    while count < cap:
        directory = os.path.join(base, "d%d" % (count // 1000))
        os.makedirs(directory)
        for i in range(1000):
            os.close(os.open(os.path.join(directory, "%d" % i), os.O_CREAT | os.O_WRONLY, 0o600))
            count += 1
        progress(count)
except OSError as error:
    why = name(error.errno)
shutil.rmtree(base, ignore_errors=True)
emit(why != "cap" and within(count, "inodes", cap), "%d files, stopped by %s" % (count, why), files=count)
