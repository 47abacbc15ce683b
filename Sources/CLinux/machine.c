// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <linux/random.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// The C library and Swift's runtime look into /proc before main: they crash as the first process of a machine, which has none
// yet. Nowhere else is the first process of a system without /proc that has our modules.
__attribute__((constructor(101))) static void mount_proc_in_machine(void) {
    if (getpid() != 1 || access("/proc/self", F_OK) == 0 || access("/modules", F_OK) < 0) return;
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

int nb_load_module(int file) {
    if (syscall(SYS_finit_module, file, "", 0) == 0 || errno == EEXIST) return 0;
    return -1;
}

int nb_replace_first_root(int mount) {
    // MOVE_MOUNT_F_EMPTY_PATH: on top of the root, where a path does not see it but the descriptor does.
    if (syscall(SYS_move_mount, mount, "", AT_FDCWD, "/", 4) < 0) return -1;
    if (fchdir(mount) < 0 || chroot(".") < 0) return -1;
    return chdir("/");
}

int nb_renew_randomness(const void *bytes, size_t count) {
    struct rand_pool_info *pool = malloc(sizeof *pool + count);
    if (pool == NULL) return -1;
    pool->entropy_count = (int)(count * 8);
    pool->buf_size = (int)count;
    memcpy(pool->buf, bytes, count);
    int device = open("/dev/urandom", O_RDWR | O_CLOEXEC);
    int result = device < 0 ? -1 : ioctl(device, RNDADDENTROPY, pool);
    if (result >= 0) result = ioctl(device, RNDRESEEDCRNG);
    int saved = errno;
    explicit_bzero(pool, sizeof *pool + count);
    free(pool);
    if (device >= 0) close(device);
    errno = saved;
    return result;
}

int nb_set_clock(int64_t seconds, int64_t nanoseconds) {
    struct timespec time = {seconds, nanoseconds};
    return clock_settime(CLOCK_REALTIME, &time);
}

int nb_lift_limits(void) {
    const struct { int resource; rlim_t hard; } limits[] = {
        {RLIMIT_NOFILE, 1 << 20}, {RLIMIT_NPROC, RLIM_INFINITY}, {RLIMIT_SIGPENDING, RLIM_INFINITY},
        {RLIMIT_MSGQUEUE, RLIM_INFINITY}, {RLIMIT_MEMLOCK, RLIM_INFINITY},
    };
    for (size_t index = 0; index < sizeof limits / sizeof *limits; index++) {
        struct rlimit limit;
        if (getrlimit(limits[index].resource, &limit) < 0) return -1;
        limit.rlim_max = limits[index].hard;
        if (setrlimit(limits[index].resource, &limit) < 0) return -1;
    }
    return 0;
}

#if defined(__x86_64__)
// The shorter of two looks at the time of the day is the truer one: nothing came between it and the look at the ticks.
static void look(uint64_t *nanoseconds, uint64_t *ticks) {
    uint64_t shortest = UINT64_MAX;
    for (int attempt = 0; attempt < 16; attempt++) {
        struct timespec before, after;
        clock_gettime(CLOCK_MONOTONIC_RAW, &before);
        uint64_t now = __builtin_ia32_rdtsc();
        clock_gettime(CLOCK_MONOTONIC_RAW, &after);
        uint64_t start = (uint64_t)before.tv_sec * 1000000000u + (uint64_t)before.tv_nsec;
        uint64_t end = (uint64_t)after.tv_sec * 1000000000u + (uint64_t)after.tv_nsec;
        if (end - start >= shortest) continue;
        shortest = end - start;
        *nanoseconds = start + (end - start) / 2;
        *ticks = now;
    }
}

long nb_clock_kilohertz(void) {
    uint64_t began = 0, first = 0, ended = 0, last = 0;
    look(&began, &first);
    usleep(20000);
    look(&ended, &last);
    return ended <= began ? 0 : (long)((unsigned __int128)(last - first) * 1000000u / (ended - began));
}
#else
long nb_clock_kilohertz(void) { return 0; }
#endif

int nb_data_memory(const char *name) {
    // MFD_NOEXEC_SEAL, kernel 6.3.
    int memory = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | 0x0008U);
    return memory >= 0 || errno != EINVAL ? memory : memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}
