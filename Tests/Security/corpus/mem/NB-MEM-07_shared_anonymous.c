// SPDX-License-Identifier: Apache-2.0
// NB-MEM-07: shared anonymous memory is limited even when its owner is gone
// Attack: a child touches shared memory and dies; the parent keeps the pages alive without having touched them
// Incident: pages are charged to who touched them first; counting resident sets of living processes misses them
#include "../prelude/probe.h"
int main(void) {
    const size_t step = 64u << 20, cap = 3072ul << 20;
    for (size_t total = 0; total < cap; total += step) {
        char *area = mmap(NULL, step, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (area == MAP_FAILED) {
            emit(1, "mmap refused");
            return 0;
        }
        pid_t child = fork();
        if (child == 0) {
            memset(area, 1, step);
            _exit(0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        if (status != 0) {
            emit(1, "a child was ended while touching pages");
            return 0;
        }
        dprintf(2, "P %zu\n", total + step);
    }
    emit(0, "3 GiB of shared memory kept");
}
