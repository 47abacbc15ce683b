// SPDX-License-Identifier: Apache-2.0
// NB-CPU-07: the CPU quota holds for threads that are pinned and of batch class
// Attack: four threads, one pinned to each CPU, in the batch class, spin for three seconds
// Incident: OCI linux_cgroups_cpus; cpu.shares alone do not limit; CIS Docker 5.12
#include "../prelude/probe.h"
static void *spin(void *slot) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((int)(long)slot % (int)sysconf(_SC_NPROCESSORS_CONF), &set);
    sched_setaffinity(0, sizeof set, &set);
    struct sched_param parameter = {0};
    sched_setscheduler(0, SCHED_BATCH, &parameter);
    for (volatile unsigned long n = 0;; n++) {}
    return NULL;
}

int main(void) {
    pthread_t thread;
    for (long i = 0; i < 4; i++)
        if (pthread_create(&thread, NULL, spin, (void *)i)) return 3;
    struct timespec before, after;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    sleep(3);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    char text[96];
    double used = after.tv_sec - before.tv_sec + (after.tv_nsec - before.tv_nsec) / 1e9;
    snprintf(text, sizeof text, "used %.2f CPUs over 3 s; the measurement outside decides", used / 3);
    emit(1, text);
    _exit(0);
}
