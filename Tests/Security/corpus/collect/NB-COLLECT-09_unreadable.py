# SPDX-License-Identifier: Apache-2.0
# NB-COLLECT-09: files without permissions do not break the collection
# Attack: mode 0 files and directories, write-only files, directories without search permission, set-uid files
# Incident: isolate --cleanup; collectors that run as the sandbox's user or give up at the first error
# @prelude probe.py
with open("good.txt", "w") as file:
    file.write("good")

os.makedirs("closed/inner")
for entry, mode in (("none.txt", 0), ("writeonly.txt", 0o200), ("setuid.txt", 0o4755), ("closed/inner/file.txt", 0)):
    with open(entry, "w") as file:
        file.write("content")
    os.chmod(entry, mode)
os.mkdir("nosearch")
with open("nosearch/file.txt", "w") as file:
    file.write("content")
os.chmod("nosearch", 0o600)
os.chmod("closed/inner", 0)
os.chmod("closed", 0)
emit(True, "left files without permissions")
