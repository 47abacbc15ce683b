// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { stack_bytes = 64 * 1024, most_processors = 8192, word_bits = 8 * sizeof(unsigned long) };

struct child {
    struct nb_spawn *spawn;
    volatile int error;
};

static int fail(struct child *child, int step) {
    child->error = errno;
    child->spawn->failed_step = step;
    _exit(127);
}

// Raw calls: the C library's set of processors ends at 1024.
static int keep_on(unsigned number) {
    unsigned long usable[most_processors / word_bits] = {0}, one[most_processors / word_bits] = {0};
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof usable, usable);
    if (bytes <= 0) return -1;
    unsigned count = 0;
    for (size_t index = 0; index < sizeof usable / sizeof *usable; index++) {
        count += (unsigned)__builtin_popcountl(usable[index]);
    }
    if (count == 0) {
        errno = EINVAL;
        return -1;
    }
    number %= count;
    for (unsigned bit = 0; bit < most_processors; bit++) {
        if (!(usable[bit / word_bits] >> bit % word_bits & 1)) continue;
        if (number-- > 0) continue;
        one[bit / word_bits] = 1ul << bit % word_bits;
        break;
    }
    return (int)syscall(SYS_sched_setaffinity, 0, (size_t)bytes, one);
}

static int fix_addresses(void) {
    int now = personality(0xffffffff);
    return now < 0 ? -1 : personality((unsigned long)(unsigned)now | ADDR_NO_RANDOMIZE);
}

int nb_may_fix_addresses(void) {
    // Only this thread's, and only until it is put back; nothing is executed in between.
    int before = personality(0xffffffff);
    if (before < 0 || personality((unsigned long)(unsigned)before | ADDR_NO_RANDOMIZE) < 0) return 0;
    personality((unsigned long)(unsigned)before);
    return 1;
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
    if (spawn->group >= 0 && write(spawn->group, "0", 1) != 1) return fail(child, NB_SPAWN_GROUP);
    umask(spawn->mask);
    if (spawn->processor >= 0 && keep_on((unsigned)spawn->processor) < 0) return fail(child, NB_SPAWN_CONDITIONS);
    if (spawn->fixed_addresses && fix_addresses() < 0) return fail(child, NB_SPAWN_CONDITIONS);
    int step = nb_confine(&spawn->confinement, spawn->directory);
    if (step != NB_SPAWN_OK) return fail(child, step);
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
