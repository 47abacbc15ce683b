// SPDX-License-Identifier: Apache-2.0
//
// What Swift cannot say about libseccomp: macros with arguments, strings that the caller must free, and an export that
// only writes to a descriptor. Functions return 0 or more for success and a negative errno otherwise, as libseccomp
// does.
#ifndef NESTBOX_CSECCOMP_SHIM_H
#define NESTBOX_CSECCOMP_SHIM_H

#include <errno.h>
#include <linux/memfd.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const uint32_t nestbox_arch_x86_64 = SCMP_ARCH_X86_64;
static const uint32_t nestbox_arch_aarch64 = SCMP_ARCH_AARCH64;

static inline uint32_t nestbox_action_errno(uint16_t number) { return SCMP_ACT_ERRNO(number); }
static inline uint32_t nestbox_action_allow(void) { return SCMP_ACT_ALLOW; }
static inline uint32_t nestbox_action_kill_process(void) { return SCMP_ACT_KILL_PROCESS; }

// The number of a call on an architecture; below -1 when the architecture lacks a call that others have, -1 when
// libseccomp does not know the name at all.
static inline int nestbox_syscall_number(uint32_t arch, const char *name) {
    return seccomp_syscall_resolve_name_arch(arch, name);
}

// Writes the name of a call, NUL included, to `name`; -ENOENT when the architecture has no such call.
static inline int nestbox_syscall_name(uint32_t arch, int number, char *name, size_t capacity) {
    char *found = seccomp_syscall_resolve_num_arch(arch, number);
    if (found == NULL) return -ENOENT;
    size_t size = strlen(found) + 1;
    if (size <= capacity) memcpy(name, found, size);
    free(found);
    return size <= capacity ? 0 : -ERANGE;
}

// Whether (argument & mask) == value; bits of the argument outside `mask` do not matter.
static inline struct scmp_arg_cmp nestbox_compare(unsigned argument, uint64_t mask, uint64_t value) {
    return (struct scmp_arg_cmp){argument, SCMP_CMP_MASKED_EQ, mask, value};
}

// Writes the program as struct sock_filter[] to `program` and returns its size in bytes; -E2BIG when it does not fit.
// libseccomp 2.5 exports to a descriptor only, so the bytes take the way through an anonymous file.
static inline int64_t nestbox_export_bpf(scmp_filter_ctx context, uint8_t *program, size_t capacity) {
    int fd = (int)syscall(SYS_memfd_create, "seccomp", MFD_CLOEXEC);
    if (fd < 0) return -errno;
    int64_t result = seccomp_export_bpf(context, fd);
    if (result == 0) {
        off_t size = lseek(fd, 0, SEEK_END);
        size_t done = 0;
        if (size < 0) result = -errno;
        else if ((size_t)size > capacity) result = -E2BIG;
        while (result == 0 && done < (size_t)size) {
            ssize_t count = pread(fd, program + done, (size_t)size - done, (off_t)done);
            if (count > 0) done += (size_t)count;
            else if (count == 0) result = -EIO;
            else if (errno != EINTR) result = -errno;
        }
        if (result == 0) result = (int64_t)done;
    }
    close(fd);
    return result;
}

#endif
