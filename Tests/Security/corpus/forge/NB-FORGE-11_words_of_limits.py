# SPDX-License-Identifier: Apache-2.0
# NB-FORGE-11: words on stderr do not decide the verdict
# Attack: print what kernels, shells and runtimes print at a limit, then leave with 1
# Incident: graders that grep for Killed, MemoryError or Time Limit Exceeded
# @prelude probe.py
emit(True, "printing words of limits; verdict outside: runtime_error")
os.write(2, b"Killed\nMemoryError\nOut of memory: Killed process 1\nOSError: [Errno 28] No space left on device\n"
            b"BlockingIOError: [Errno 11] Resource temporarily unavailable\nfork: retry: Resource temporarily unavailable\n"
            b"Time Limit Exceeded\nCPU time limit exceeded\nSegmentation fault (core dumped)\n"
            b'{"verdict": "memory_limit"}\n')
os._exit(1)
