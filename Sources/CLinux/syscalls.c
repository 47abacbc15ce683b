// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { most_descriptors = 64, most_epoll_events = 64 };

int nb_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    static _Atomic int is_missing;
    struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
    if (!is_missing) {
        int descriptor = (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
        if (descriptor >= 0 || errno != ENOSYS) return descriptor;
        // A kernel does not change; each call that it does not know costs there what one costs that it does.
        is_missing = 1;
    }
    // gVisor has no openat2. One name that is not followed cannot lead anywhere else; everything longer stays refused. What is
    // lost is RESOLVE_NO_XDEV, where programs cannot mount.
    int is_one_name = *path != 0 && strchr(path, '/') == NULL && strcmp(path, ".") != 0 && strcmp(path, "..") != 0;
    if (!is_one_name || !(flags & O_NOFOLLOW)) {
        errno = ENOSYS;
        return -1;
    }
    return openat(directory, path, (int)flags, (mode_t)mode);
}

int nb_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int nb_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int nb_close_range(unsigned first, unsigned last, unsigned flags) {
    // gVisor takes it for signed. No descriptor is larger.
    if (last > 0x7fffffffu) last = 0x7fffffffu;
    return (int)syscall(SYS_close_range, first, last, flags);
}

int nb_set_capabilities(uint64_t capabilities) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    uint32_t low = (uint32_t)capabilities, high = (uint32_t)(capabilities >> 32);
    struct __user_cap_data_struct data[2] = {{low, low, 0}, {high, high, 0}};
    return (int)syscall(SYS_capset, &header, data);
}

uint64_t nb_permitted_capabilities(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0) return 0;
    return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

int nb_loopback_up(void) {
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    memcpy(request.ifr_name, "lo", 3);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    int result = ioctl(descriptor, SIOCSIFFLAGS, &request);
    int saved = errno;
    close(descriptor);
    errno = saved;
    return result;
}

int nb_landlock_abi(void) {
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

int nb_landlock_create(uint64_t filesystem_access, uint64_t network_access, uint64_t scope) {
    // Laid out by hand: the build host's header may be older than the running kernel. A kernel that knows fewer fields
    // accepts the larger size as long as the fields it does not know are zero (landlock(7)).
    uint64_t attributes[3] = {filesystem_access, network_access, scope};
    return (int)syscall(SYS_landlock_create_ruleset, attributes, sizeof attributes, 0);
}

int nb_landlock_allow_path(int ruleset, int path, uint64_t access) {
    struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = path};
    return (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

ssize_t nb_send_descriptors(int socket, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count) {
    char control[CMSG_SPACE(sizeof(int) * most_descriptors)];
    if (descriptor_count > most_descriptors) {
        errno = EINVAL;
        return -1;
    }
    memset(control, 0, sizeof control);
    struct iovec part = {(void *)bytes, count};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor_count > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptor_count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * descriptor_count);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * descriptor_count);
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

ssize_t nb_receive_descriptors(int socket, void *bytes, size_t count, int *descriptors, size_t *descriptor_count) {
    char control[CMSG_SPACE(sizeof(int) * most_descriptors)];
    struct iovec part = {bytes, count};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    size_t room = *descriptor_count;
    *descriptor_count = 0;
    ssize_t received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (received < 0) return received;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t found = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t index = 0; index < found; index++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(header) + index * sizeof(int), sizeof(int));
            if (*descriptor_count < room) {
                descriptors[(*descriptor_count)++] = descriptor;
            } else {
                close(descriptor);
            }
        }
    }
    return received;
}

int nb_block_all_signals(void) {
    sigset_t all;
    sigfillset(&all);
    return sigprocmask(SIG_SETMASK, &all, NULL);
}

void nb_reset_signals(void) {
    // The raw call: sigaction(3) refuses signals 32 and 33, which an ignoring parent hands down all the same.
    const uint64_t defaults[4] = {0};  // struct kernel_sigaction: handler SIG_DFL, flags, restorer, mask
    for (int number = 1; number < 65; number++) syscall(SYS_rt_sigaction, number, defaults, NULL, sizeof(uint64_t));
}

int nb_open_terminal_peer(int master, int directory) {
    int unlocked = 0;
    if (ioctl(master, TIOCSPTLCK, &unlocked) < 0) return -1;
    int peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (peer >= 0 || (errno != ENOTTY && errno != EINVAL)) return peer;
    // Releases of gVisor lack it. Names in a devpts file system are the kernel's alone.
    unsigned number;
    if (ioctl(master, TIOCGPTN, &number) < 0) return -1;
    char name[16];
    snprintf(name, sizeof name, "%u", number);
    return openat(directory, name, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);
}

int nb_set_window_size(int terminal, unsigned short columns, unsigned short rows) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return ioctl(terminal, TIOCSWINSZ, &size);
}

int nb_signalfd_all(int first, int second) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, first);
    if (second > 0) sigaddset(&set, second);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int nb_set_dumpable(int dumpable) { return prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0); }

int nb_set_death_signal(int signal) { return prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0); }

int nb_set_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

int nb_set_filter(const void *filter, unsigned short count) {
    struct sock_fprog program = {count, (struct sock_filter *)filter};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

int nb_set_child_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int nb_set_identity(uid_t uid, gid_t gid, int drop_groups) {
    if (drop_groups && syscall(SYS_setgroups, 0, NULL) < 0) return -1;
    // Keeps capabilities over the change of uid; the agent gives up what it does not need in a later step.
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) return -1;
    if (syscall(SYS_setresgid, gid, gid, gid) < 0) return -1;
    return (int)syscall(SYS_setresuid, uid, uid, uid);
}

const char *nb_errno_name(int number) {
    const char *name = strerrorname_np(number);
    return name ? name : "unknown errno";
}

const char *nb_signal_name(int number) { return sigabbrev_np(number); }

int nb_open_file(int directory, const char *path, int flags, unsigned mode) {
    return openat(directory, path, flags, (mode_t)mode);
}

int nb_fcntl_int(int descriptor, int command, long argument) { return fcntl(descriptor, command, argument); }

int nb_ioctl_int(int descriptor, unsigned long request, long argument) { return ioctl(descriptor, request, argument); }

pid_t nb_reap(int *is_signal, int *value) {
    int status = 0;
    pid_t pid;
    do {
        pid = waitpid(-1, &status, WNOHANG | __WALL);
    } while (pid < 0 && errno == EINTR);
    if (pid <= 0) return pid;
    *is_signal = WIFSIGNALED(status);
    *value = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    return pid;
}

int nb_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int nb_socketpair(int ends[2]) { return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends); }

int nb_memfd(const char *name) {
    // The content is a program. Kernels from 6.3 want that said (MFD_EXEC), older ones refuse the flag.
    int memory = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | 0x0010U);
    return memory >= 0 || errno != EINVAL ? memory : memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

int nb_seal_memory(int memory) {
    return fcntl(memory, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}

int nb_set_timeout(int socket, int seconds) {
    struct timeval limit = {seconds, 0};
    if (setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0) return -1;
    return setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

int nb_timerfd_create(void) { return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK); }

int nb_timerfd_set(int timer, int64_t seconds, int64_t nanoseconds) {
    struct itimerspec time = {.it_value = {.tv_sec = seconds, .tv_nsec = nanoseconds}};
    return timerfd_settime(timer, 0, &time, NULL);
}

int nb_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int nb_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int nb_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return epoll_ctl(epoll, operation, descriptor, &event);
}

int nb_epoll_wait(int epoll, struct nb_epoll_event *events, int most, int milliseconds) {
    // struct epoll_event is packed on x86-64, so it is copied field by field.
    struct epoll_event raw[most_epoll_events];
    int count = epoll_wait(epoll, raw, most < most_epoll_events ? most : most_epoll_events, milliseconds);
    for (int index = 0; index < count; index++) {
        events[index].events = raw[index].events;
        events[index].token = raw[index].data.u64;
    }
    return count;
}

int nb_unshare(uint64_t namespaces) { return unshare((int)namespaces); }

int nb_make_mounts_private(void) { return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL); }

int nb_detach_mount(const char *path) { return umount2(path, MNT_DETACH); }

int nb_set_domain_name(const char *name) { return setdomainname(name, strlen(name)); }

int nb_ofd_lock(int descriptor, int exclusive, off_t byte) {
    struct flock range = {
        .l_type = exclusive ? F_WRLCK : F_UNLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    return fcntl(descriptor, F_OFD_SETLK, &range);
}

int nb_wait_pidfd(int pidfd, int *is_signal, int *value) {
    siginfo_t info;
    int result;
    do {
        result = waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED);
    } while (result < 0 && errno == EINTR);
    if (result < 0) return -1;
    *is_signal = info.si_code != CLD_EXITED;
    *value = info.si_status;
    return 0;
}

int nb_has_children(void) {
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

int nb_name_thread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

int nb_get_limit(int resource, uint64_t *soft, uint64_t *hard) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) < 0) return -1;
    *soft = limit.rlim_cur;
    *hard = limit.rlim_max;
    return 0;
}

int nb_set_limit(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit = {soft, hard};
    return setrlimit(resource, &limit);
}
