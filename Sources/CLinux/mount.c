// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int nb_open_tree(int directory, const char *path, unsigned flags) {
    return (int)syscall(SYS_open_tree, directory, path, flags);
}

int nb_move_mount(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
    return (int)syscall(SYS_move_mount, from_directory, from, to_directory, to, flags);
}

int nb_create_filesystem(const char *type, const char *const *options, size_t count, unsigned attributes) {
    int context = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
    if (context < 0) return -1;
    int failed = 0;
    for (size_t index = 0; index < count && !failed; index++) {
        const char *key = options[2 * index];
        const char *value = options[2 * index + 1];
        unsigned command = value[0] == '\0' ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
        failed = syscall(SYS_fsconfig, context, command, key, value[0] == '\0' ? NULL : value, 0) < 0;
    }
    failed = failed || syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0;
    int mount = failed ? -1 : (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes);
    int saved = errno;
    close(context);
    errno = saved;
    return mount;
}

int nb_load_filesystem(const char *type) {
    int context = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
    return context < 0 ? -1 : close(context);
}

int nb_mount_setattr(int directory, const char *path, unsigned flags, uint64_t set, uint64_t clear, int user_namespace) {
    struct mount_attr attributes = {
        .attr_set = set,
        .attr_clr = clear,
        .propagation = 0,
        .userns_fd = user_namespace < 0 ? 0 : (uint64_t)user_namespace,
    };
    return (int)syscall(SYS_mount_setattr, directory, path, flags, &attributes, sizeof attributes);
}

int nb_pivot_root(const char *new_root, const char *put_old) {
    return (int)syscall(SYS_pivot_root, new_root, put_old);
}

// By its number: <sys/mount.h> and <linux/mount.h> exclude each other in older C libraries.
int nb_bind_mount(const char *source, const char *target) {
    const unsigned long ms_bind = 4096;
    return (int)syscall(SYS_mount, source, target, NULL, ms_bind, NULL);
}

int nb_mount_empty(const char *target) {
    const unsigned long ms_rdonly = 1, ms_nosuid = 2, ms_nodev = 4, ms_noexec = 8;
    return (int)syscall(
        SYS_mount, "tmpfs", target, "tmpfs", ms_rdonly | ms_nosuid | ms_nodev | ms_noexec, "size=4096,mode=555");
}

int nb_make_character_device(int directory, const char *path, unsigned mode, unsigned major, unsigned minor) {
    return mknodat(directory, path, S_IFCHR | mode, makedev(major, minor));
}
