// SPDX-License-Identifier: Apache-2.0
// NB-CPU-02: CPU time of all threads is added up
// Attack: eight threads spin; each one has used only a part when the sum passes the limit
// Incident: per-thread clocks; snekbox multi-process hog; OCI cpu quota tests
#include "../prelude/probe.h"
static volatile unsigned long counters[8];
static void *spin(void *slot) {
    for (;;) (*(volatile unsigned long *)slot)++;
    return NULL;
}

int main(void) {
    pthread_t thread;
    for (int i = 0; i < 8; i++)
        if (pthread_create(&thread, NULL, spin, (void *)&counters[i])) return 3;
    sleep(40);
    emit(0, "eight threads spun for 40 s");
    _exit(0);
}
