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

int nb_data_memory(const char *name) {
    // MFD_NOEXEC_SEAL, kernel 6.3.
    int memory = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | 0x0008U);
    return memory >= 0 || errno != EINVAL ? memory : memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}
