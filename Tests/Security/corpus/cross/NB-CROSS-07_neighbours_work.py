# SPDX-License-Identifier: Apache-2.0
# NB-CROSS-07: a run that uses up its processes and descriptors does not take them from others
# Attack: fork to the limit, open descriptors to the limit in each child, and hold them for four seconds
# Incident: RLIMIT_NPROC and inotify instances are per user, file-max per host (CVE-2013-4312)
# @prelude probe.py
children, opened = 0, 0
reader, writer = os.pipe()
for _ in range(3000):
    try:
        if os.fork() == 0:
            count = 0
            try:
                while count < 5000:
                    os.open("/dev/null", os.O_RDONLY)
                    count += 1
            except OSError:
                pass
            LIBC.inotify_init1(0)
            os.write(writer, b"%d\n" % count)
            time.sleep(4)
            os._exit(0)
        children += 1
        if children % 50 == 0:
            progress(children)
    except OSError:
        break
os.close(writer)
data = b""
while block := os.read(reader, 65536):
    data += block
opened = sum(map(int, data.split()))
limited = within(children, "pids", 3000)
emit(limited, "%d children with %d descriptors; verdict outside: others ran meanwhile" % (children, opened))
