// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { stack_bytes = 64 * 1024 };

struct child {
    struct nb_spawn *spawn;
    volatile int error;
};

static int fail(struct child *child, int step) {
    child->error = errno;
    child->spawn->failed_step = step;
    _exit(127);
}

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
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

static int set_identity(const struct nb_spawn *spawn) {
    // Raw calls: this is a process of its own, the C library's wrappers would try to tell other threads.
    if (spawn->drop_groups && syscall(SYS_setgroups, 0, NULL) < 0) return -1;
    if (syscall(SYS_setresgid, spawn->gid, spawn->gid, spawn->gid) < 0) return -1;
    if (syscall(SYS_setresuid, spawn->uid, spawn->uid, spawn->uid) < 0) return -1;
    // Root keeps until it executes what it will have afterwards, for what is done in between as that user.
    return nb_set_capabilities(spawn->uid == 0 ? spawn->bounding_set & nb_permitted_capabilities() : 0);
}

// Runs on its own stack in the agent's address space while the agent waits: async-signal-safe calls only. The order
// matters: what needs a capability comes before capabilities go, and seccomp comes last so that the filter need not
// allow what the steps before it do.
static int run_child(void *argument) {
    struct child *child = argument;
    struct nb_spawn *spawn = child->spawn;

    nb_reset_signals();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (setsid() < 0) return fail(child, NB_SPAWN_SESSION);

    if (dup2(spawn->stdin_fd, 0) < 0 || dup2(spawn->stdout_fd, 1) < 0 || dup2(spawn->stderr_fd, 2) < 0) {
        return fail(child, NB_SPAWN_DESCRIPTORS);
    }
    if (spawn->controlling_terminal && ioctl(0, TIOCSCTTY, 0) < 0) return fail(child, NB_SPAWN_SESSION);
    // Everything else closes at exec; the ruleset is still needed until then.
    if (nb_close_range(3, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */) < 0) return fail(child, NB_SPAWN_DESCRIPTORS);

    for (size_t index = 0; index < spawn->limit_count; index++) {
        struct rlimit limit = {spawn->limits[index].soft, spawn->limits[index].hard};
        if (setrlimit(spawn->limits[index].resource, &limit) < 0) return fail(child, NB_SPAWN_LIMITS);
    }
    umask(spawn->mask);
    if (drop_capabilities(spawn->bounding_set) < 0) return fail(child, NB_SPAWN_CAPABILITIES);
    if (set_identity(spawn) < 0) return fail(child, NB_SPAWN_IDENTITY);
    // As the user, so that a directory the user may not enter is refused.
    if (chdir(spawn->directory) < 0) return fail(child, NB_SPAWN_DIRECTORY);
    if (spawn->no_new_privileges && nb_set_no_new_privileges() < 0) return fail(child, NB_SPAWN_NO_NEW_PRIVILEGES);
    if (spawn->landlock >= 0 && syscall(SYS_landlock_restrict_self, spawn->landlock, 0) < 0) {
        return fail(child, NB_SPAWN_LANDLOCK);
    }
    if (spawn->filter != NULL) {
        struct sock_fprog program = {spawn->filter_count, (struct sock_filter *)spawn->filter};
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0) return fail(child, NB_SPAWN_SECCOMP);
    }
    execve(spawn->path, spawn->argv, spawn->envp);
    return fail(child, NB_SPAWN_EXEC);
}

pid_t nb_spawn_program(struct nb_spawn *spawn) {
    char *stack = mmap(NULL, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    spawn->failed_step = NB_SPAWN_CLONE;
    if (stack == MAP_FAILED) return -errno;
    struct child child = {spawn, 0};
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = clone(run_child, stack + stack_bytes, CLONE_VM | CLONE_VFORK | SIGCHLD, &child);
    int clone_error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    munmap(stack, stack_bytes);

    if (pid < 0) return -clone_error;
    if (child.error != 0) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
        return -child.error;
    }
    spawn->failed_step = NB_SPAWN_OK;
    return pid;
}
