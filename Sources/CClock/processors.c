// SPDX-License-Identifier: Apache-2.0
//
// How many processors there are: one, number 0. The program is kept on one by the guest agent (sched_setaffinity(2)), which may be
// any of the machine's; and the C library would count those that the machine has.
#define _GNU_SOURCE
#include "CClock.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

long sysconf(int name) {
    NC_NEXT(sysconf);
    return name == _SC_NPROCESSORS_ONLN || name == _SC_NPROCESSORS_CONF ? 1 : next(name);
}

int get_nprocs(void) { return 1; }
int get_nprocs_conf(void) { return 1; }
int sched_getcpu(void) { return 0; }

int getcpu(unsigned *processor, unsigned *node) {
    if (processor != NULL) *processor = 0;
    if (node != NULL) *node = 0;
    return 0;
}

static void first_only(size_t size, cpu_set_t *set) {
    memset(set, 0, size);
    CPU_SET_S(0, size, set);
}

int sched_getaffinity(pid_t process, size_t size, cpu_set_t *set) {
    NC_NEXT(sched_getaffinity);
    int result = next(process, size, set);
    if (result == 0) first_only(size, set);
    return result;
}

int pthread_getaffinity_np(pthread_t thread, size_t size, cpu_set_t *set) {
    NC_NEXT(pthread_getaffinity_np);
    int result = next(thread, size, set);
    if (result == 0) first_only(size, set);
    return result;
}

// A program that takes the processor it was shown, or more, has it already.
int sched_setaffinity(pid_t process, size_t size, const cpu_set_t *set) {
    (void)process;
    if (CPU_ISSET_S(0, size, set)) return 0;
    errno = EINVAL;
    return -1;
}

int pthread_setaffinity_np(pthread_t thread, size_t size, const cpu_set_t *set) {
    (void)thread;
    return CPU_ISSET_S(0, size, set) ? 0 : EINVAL;
}
