// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int drop_capabilities(uint64_t kept) {
    // The bounding set first: dropping from it needs CAP_SETPCAP, which the last call takes away. EINVAL: past the
    // kernel's last capability.
    for (unsigned long capability = 0; capability < 64; capability++) {
        if (kept & (1ull << capability)) continue;
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) {
            if (errno == EINVAL) break;
            return -1;
        }
    }
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0) return 0;
    // EINVAL: a kernel that has no ambient set, as gVisor's.
    return errno == EINVAL ? 0 : -1;
}

static int set_identity(const struct nb_confinement *wanted) {
    // Raw calls: this is a process of its own, the C library's wrappers would try to tell other threads.
    if (wanted->drop_groups && syscall(SYS_setgroups, 0, NULL) < 0) return -1;
    if (syscall(SYS_setresgid, wanted->gid, wanted->gid, wanted->gid) < 0) return -1;
    if (syscall(SYS_setresuid, wanted->uid, wanted->uid, wanted->uid) < 0) return -1;
    // Root keeps until it executes what it will have afterwards, for what is done in between as that user.
    return nb_set_capabilities(wanted->uid == 0 ? wanted->bounding_set & nb_permitted_capabilities() : 0);
}

static int install_filter(const struct nb_confinement *wanted) {
    struct sock_fprog program = {wanted->filter_count, (struct sock_filter *)wanted->filter};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static int confine(const struct nb_confinement *wanted, const char *directory, int dumpable) {
    // Without no_new_privs the kernel takes a filter only as long as there is CAP_SYS_ADMIN (seccomp(2)); such a filter allows
    // the steps that follow.
    int is_early = wanted->filter != NULL && !wanted->no_new_privileges;
    if (is_early && install_filter(wanted) < 0) return NB_SPAWN_SECCOMP;
    if (drop_capabilities(wanted->bounding_set) < 0) return NB_SPAWN_CAPABILITIES;
    if (set_identity(wanted) < 0) return NB_SPAWN_IDENTITY;
    // As the user, so that a directory the user may not enter is refused.
    if (directory != NULL && chdir(directory) < 0) return NB_SPAWN_DIRECTORY;
    if (dumpable && nb_set_dumpable(1) < 0) return NB_SPAWN_IDENTITY;
    if (wanted->no_new_privileges && nb_set_no_new_privileges() < 0) return NB_SPAWN_NO_NEW_PRIVILEGES;
    if (wanted->landlock >= 0 && syscall(SYS_landlock_restrict_self, wanted->landlock, 0) < 0) return NB_SPAWN_LANDLOCK;
    if (wanted->filter != NULL && !is_early && install_filter(wanted) < 0) return NB_SPAWN_SECCOMP;
    return NB_SPAWN_OK;
}

int nb_confine(const struct nb_confinement *wanted, const char *directory) {
    return confine(wanted, directory, 0);
}

int nb_confine_dumpable(const struct nb_confinement *wanted) {
    return confine(wanted, NULL, 1);
}
