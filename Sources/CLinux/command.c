// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { stack_bytes = 64 * 1024, passed_descriptor = 3, first_safe_descriptor = 32 };

struct child {
    struct nb_command *command;
    volatile int error;
};

static int fail(struct child *child) {
    child->error = errno;
    _exit(127);
}

static int enter_groups(const struct nb_command *command) {
    for (size_t index = 0; index < command->group_count; index++) {
        int group = command->groups[index];
        int file = command->groups_are_directories ? openat(group, "cgroup.procs", O_WRONLY | O_CLOEXEC) : group;
        // "0" is whoever writes it.
        if (file < 0 || write(file, "0", 1) != 1) return -1;
    }
    return 0;
}

// Not the C library's calls, which would change the threads of the process whose memory this is.
static int become_user(uint32_t user) {
    if (syscall(SYS_setgroups, 0, NULL) < 0) return -1;
    if (syscall(SYS_setresgid, user, user, user) < 0 || syscall(SYS_setresuid, user, user, user) < 0) return -1;
    // What it was told by others shall not get into a core file, nor to the host's handler of core files.
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) < 0) return -1;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

// Runs on its own stack in the caller's address space while the caller's thread waits: async-signal-safe calls only.
static int run_child(void *argument) {
    struct child *child = argument;
    struct nb_command *command = child->command;
    nb_reset_signals();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    if (enter_groups(command) < 0) return fail(child);

    // Out of the way of 0 to 3 first, so that no dup2 below overwrites a source.
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) return fail(child);
    int safe_null = fcntl(null, F_DUPFD_CLOEXEC, first_safe_descriptor);
    int input = command->input < 0 ? safe_null : fcntl(command->input, F_DUPFD_CLOEXEC, first_safe_descriptor);
    int errors = command->errors < 0 ? safe_null : fcntl(command->errors, F_DUPFD_CLOEXEC, first_safe_descriptor);
    if (safe_null < 0 || input < 0 || errors < 0) return fail(child);
    int passed[nb_most_passed];
    for (size_t index = 0; index < command->passed_count; index++) {
        passed[index] = fcntl(command->passed[index], F_DUPFD_CLOEXEC, first_safe_descriptor);
        if (passed[index] < 0) return fail(child);
    }
    if (dup2(input, 0) < 0 || dup2(safe_null, 1) < 0 || dup2(errors, 2) < 0) return fail(child);
    for (size_t index = 0; index < command->passed_count; index++) {
        if (dup2(passed[index], passed_descriptor + (int)index) < 0) return fail(child);
    }
    unsigned first_closed = passed_descriptor + (unsigned)command->passed_count;
    if (nb_close_range(first_closed, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */) < 0) return fail(child);
    if (command->user != 0 && become_user(command->user) < 0) return fail(child);
    // After the change of ids, which clears it.
    if (command->dies_with_caller && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) return fail(child);
    execve(command->path, command->argv, command->envp);
    return fail(child);
}

pid_t nb_start_command(struct nb_command *command) {
    char *stack = mmap(NULL, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return -errno;
    struct child child = {command, 0};
    // No handler of this process may run in the child while it shares our memory.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    command->pidfd = -1;
    int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD | (command->has_own_processes ? CLONE_NEWPID : 0);
    pid_t pid = clone(run_child, stack + stack_bytes, flags, &child, &command->pidfd);
    int clone_error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(stack, stack_bytes);

    if (pid < 0) return -clone_error;
    if (child.error != 0) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
        if (command->pidfd >= 0) close(command->pidfd);
        command->pidfd = -1;
        return -child.error;
    }
    return pid;
}

int nb_take_control(int stream) {
    int control = fcntl(stream, F_DUPFD_CLOEXEC, first_safe_descriptor);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (control < 0 || null < 0) return -1;
    for (int descriptor = 0; descriptor < passed_descriptor; descriptor++) {
        if (dup2(null, descriptor) < 0) return -1;
    }
    if (dup2(control, passed_descriptor) < 0) return -1;
    return nb_close_range(passed_descriptor + 1, ~0u, 0);
}
