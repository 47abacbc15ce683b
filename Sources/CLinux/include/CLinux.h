// SPDX-License-Identifier: Apache-2.0
//
// C shims for what Swift cannot say: code that runs between clone and exec (no allocation, no Swift runtime), system
// calls that the C library does not wrap, and macros. Each function returns what the system call returns, or -errno
// where the comment says so. Policy lives in Swift.
#ifndef NESTBOX_CLINUX_H
#define NESTBOX_CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// MARK: launch.c

/// Where a launch failed: the value of `failed_step`.
enum nb_launch_step {
    NB_LAUNCH_OK = 0,
    NB_LAUNCH_STACK,
    NB_LAUNCH_CLONE,
    NB_LAUNCH_DESCRIPTORS,
    NB_LAUNCH_CAPABILITIES,
    NB_LAUNCH_EXEC,
};

/// Starts the guest agent in new namespaces.
struct nb_launch {
    /// Program, executed through its descriptor (execveat(2), AT_EMPTY_PATH).
    int executable;
    /// Becomes descriptor 3 of the agent. 0 to 2 become /dev/null, everything else is closed.
    int control;
    /// CLONE_NEW* flags. 0: no agent but a template of agents, for nb_serve_launch.
    uint64_t namespaces;
    /// Out: descriptor of the child (close-on-exec).
    int pidfd;
    /// Out: an nb_launch_step.
    int failed_step;
};

/// Clones with CLONE_VM | CLONE_VFORK, so the cost does not grow with the caller's memory. The caller's thread waits
/// until the child has executed. Returns the pid, or -errno with `failed_step` set; no child is left then.
pid_t nb_launch_guest(struct nb_launch *launch);

/// Waits for one request at a template of agents: the namespaces (8 bytes) and the agent's control stream. Clones this process,
/// which must have one thread, into the namespaces, as a child of its own parent, and answers with the child's pid or -errno
/// (4 bytes) and its pidfd. Returns 1 in the template; 0 in the agent, whose descriptors are /dev/null as 0 to 2 and the stream
/// as 3; -1 when nobody asks any more.
int nb_serve_launch(int requests);

/// As nb_launch_guest, from a template at the other end of `requests`. Returns the pid, or -errno.
pid_t nb_request_launch(int requests, struct nb_launch *launch);

// MARK: command.c

enum { nb_most_groups = 8, nb_most_passed = 8 };

/// A program of the host, such as an OCI runtime, that is started inside control groups.
struct nb_command {
    const char *path;
    char *const *argv;
    char *const *envp;
    /// cgroup.procs of each version 1 hierarchy, or the one directory of version 2.
    int groups[nb_most_groups];
    size_t group_count;
    /// The groups are directories.
    int groups_are_directories;
    /// Becomes descriptor 0, or -1 for /dev/null. 1 and 2 are /dev/null.
    int input;
    /// Become descriptors 3 and following, in order.
    int passed[nb_most_passed];
    size_t passed_count;
    /// Becomes descriptor 2, or -1 for /dev/null.
    int errors;
    /// User and group that it becomes, without any right that root has; 0 for the caller's own.
    uint32_t user;
    /// It is killed when the calling thread ends.
    int dies_with_caller;
    /// It is the first process of a pid namespace of its own.
    int has_own_processes;
    /// Out: descriptor of the child (close-on-exec).
    int pidfd;
};

/// Clones like nb_launch_guest, without new namespaces: the child has those of the calling thread. It is in the groups before
/// it executes. Returns the pid, or -errno; no child is left then.
pid_t nb_start_command(struct nb_command *command);

// MARK: machine.c

/// Loads a kernel module (finit_module(2)). One that is loaded already, or part of the kernel, is not an error.
int nb_load_module(int file);

/// The mount `mount` becomes the root and working directory of a first process whose root is the kernel's own, which
/// pivot_root(2) cannot leave.
int nb_replace_first_root(int mount);

/// Mixes bytes that count as random into the kernel's generator and has it start anew from them (random(4)).
int nb_renew_randomness(const void *bytes, size_t count);

/// Sets the clock of the day, in seconds and nanoseconds of Unix time.
int nb_set_clock(int64_t seconds, int64_t nanoseconds);

/// Lifts what the kernel sets for the first process by the size of the machine, as far as programs' own limits can be larger.
int nb_lift_limits(void);

/// How often the processor's clock ticks in a millisecond, measured for some 20 ms; 0 when it has none that is known.
long nb_clock_kilohertz(void);

/// An empty memory file that can be sealed.
int nb_data_memory(const char *name);

// MARK: keep.c

/// Goes on with a sum over bytes, by which damage is found.
uint64_t nb_sum(uint64_t sum, const void *bytes, size_t count);
/// Makes `to`, which must be empty, what `from` is, without writing what is zero; `sum` is over what is not. 0, or -1 and errno.
int nb_copy_memory(int from, int to, uint64_t *sum);

/// In an agent that a runtime started: `stream` becomes descriptor 3, 0 to 2 become /dev/null, everything else closes.
int nb_take_control(int stream);

// MARK: spawn.c

/// Where a spawn failed: the value of `failed_step`. Part of the guest wire, so numbers never change.
enum nb_spawn_step {
    NB_SPAWN_OK = 0,
    NB_SPAWN_CLONE = 1,
    NB_SPAWN_SESSION = 2,
    NB_SPAWN_DESCRIPTORS = 3,
    NB_SPAWN_LIMITS = 4,
    NB_SPAWN_CAPABILITIES = 5,
    NB_SPAWN_IDENTITY = 6,
    NB_SPAWN_DIRECTORY = 7,
    NB_SPAWN_NO_NEW_PRIVILEGES = 8,
    NB_SPAWN_LANDLOCK = 9,
    NB_SPAWN_SECCOMP = 10,
    NB_SPAWN_EXEC = 11,
    NB_SPAWN_CONDITIONS = 12,
    NB_SPAWN_GROUP = 13,
};

struct nb_rlimit {
    int resource;
    uint64_t soft;
    uint64_t hard;
};

// MARK: confine.c

/// What a program of a sandbox may not do, whoever starts it.
struct nb_confinement {
    uid_t uid;
    gid_t gid;
    /// 0 where the user namespace denies setgroups(2) (user_namespaces(7)); there are no groups to drop then.
    int drop_groups;
    /// Capabilities that a program may gain by executing as uid 0: the bounding set. 0 for none.
    uint64_t bounding_set;
    /// 0 only where the bounding set is not empty: a setuid file could not work otherwise.
    int no_new_privileges;
    /// Landlock ruleset, or -1.
    int landlock;
    /// seccomp filter as an array of struct sock_filter, or NULL.
    const void *filter;
    /// Number of instructions in the filter.
    unsigned short filter_count;
};

/// Makes the calling process a confined one, for ever: capabilities, user, directory (NULL: none), no_new_privs, Landlock,
/// seccomp, in the order in which each still may be set. Async-signal-safe. Returns an nb_spawn_step, errno set unless it
/// is NB_SPAWN_OK; a process that got anything else must not go on.
int nb_confine(const struct nb_confinement *wanted, const char *directory);
/// The same for a process that goes on without executing anything: its /proc entries belong to its new user, as they would
/// after execve(2). Its memory must hold nothing that this user may not see.
int nb_confine_dumpable(const struct nb_confinement *wanted);

// MARK: spawn.c, the program

/// Starts a program inside the sandbox without any privilege.
struct nb_spawn {
    const char *path;
    char *const *argv;
    char *const *envp;
    const char *directory;
    int stdin_fd;
    int stdout_fd;
    int stderr_fd;
    /// 1: stdin is a terminal that becomes the controlling one.
    int controlling_terminal;
    mode_t mask;
    struct nb_confinement confinement;
    const struct nb_rlimit *limits;
    size_t limit_count;
    /// The only processor to run on, by its number among those the caller may use, counted round; -1 for all of them.
    int processor;
    /// 1: nothing is put at random addresses (personality(2), ADDR_NO_RANDOMIZE).
    int fixed_addresses;
    /// cgroup.procs of the group that the program is in from its first instruction, or -1.
    int group;
    /// Out: an nb_spawn_step.
    int failed_step;
};

/// Returns the pid, or -errno with `failed_step` set; no child is left then.
pid_t nb_spawn_program(struct nb_spawn *spawn);

/// Whether the kernel, and what filters the caller's calls, allow programs without random addresses.
int nb_may_fix_addresses(void);

/// Executes a program in place of the caller, an agent without any program: descriptors become 0 to count - 1, everything else
/// closes, and no capability is left. Returns -1 with errno.
int nb_become(char *const *argv, char *const *envp, const char *directory, const int *descriptors, int count);

// MARK: mount.c: the mount API of Linux 5.2 and later. All return -1 with errno.

int nb_open_tree(int directory, const char *path, unsigned flags);
int nb_move_mount(int from_directory, const char *from, int to_directory, const char *to, unsigned flags);
/// Creates a file system instance: `options` is a list of count pairs (key, value); value "" sets a flag.
int nb_create_filesystem(const char *type, const char *const *options, size_t count, unsigned attributes);
// fsopen(2) and nothing more: loads the module of a file system where this process may.
int nb_load_filesystem(const char *type);
/// Sets attributes of a mount; `user_namespace` is -1 or the namespace for MOUNT_ATTR_IDMAP.
int nb_mount_setattr(int directory, const char *path, unsigned flags, uint64_t set, uint64_t clear, int user_namespace);
/// Shows `source` at `target` too, with the attributes of the source's mount.
int nb_bind_mount(const char *source, const char *target);
/// An empty, read-only memory file system, by mount(2): gVisor has no other.
int nb_mount_empty(const char *target);
int nb_make_character_device(int directory, const char *path, unsigned mode, unsigned major, unsigned minor);
int nb_pivot_root(const char *new_root, const char *put_old);

// MARK: syscalls.c: wrappers that return -1 with errno.

int nb_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
int nb_pidfd_open(pid_t pid);
int nb_pidfd_send_signal(int pidfd, int signal);
int nb_close_range(unsigned first, unsigned last, unsigned flags);
int nb_set_capabilities(uint64_t capabilities);
/// The caller's permitted set; 0 when it cannot be read.
uint64_t nb_permitted_capabilities(void);
int nb_loopback_up(void);
int nb_landlock_abi(void);
int nb_landlock_create(uint64_t filesystem_access, uint64_t network_access, uint64_t scope);
int nb_landlock_allow_path(int ruleset, int path, uint64_t access);
/// Sends bytes with up to 64 descriptors. Returns bytes sent.
ssize_t nb_send_descriptors(int socket, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count);
/// Receives bytes and up to 64 descriptors (close-on-exec). Returns bytes received; `*descriptor_count` is in-out.
ssize_t nb_receive_descriptors(int socket, void *bytes, size_t count, int *descriptors, size_t *descriptor_count);
/// Pseudo terminals: the slave of a master, its size, and whom it belongs to. All return -1 with errno.
int nb_open_terminal_peer(int master, int directory);
int nb_set_window_size(int terminal, unsigned short columns, unsigned short rows);
int nb_signalfd_all(int first, int second);
int nb_block_all_signals(void);
/// Default disposition for every signal, also those the C library keeps for itself. Async-signal-safe.
void nb_reset_signals(void);
/// Process state for one thread: 0 or -1.
int nb_set_dumpable(int dumpable);
int nb_set_death_signal(int signal);
int nb_set_no_new_privileges(void);
/// Filters the caller's system calls, its children's too; `filter` is an array of struct sock_filter.
int nb_set_filter(const void *filter, unsigned short count);
int nb_set_child_subreaper(void);
int nb_set_identity(uid_t uid, gid_t gid, int drop_groups);
const char *nb_errno_name(int number);
const char *nb_signal_name(int number);
int nb_open_file(int directory, const char *path, int flags, unsigned mode);
int nb_fcntl_int(int descriptor, int command, long argument);
int nb_ioctl_int(int descriptor, unsigned long request, long argument);
int nb_pipe(int ends[2]);
int nb_socketpair(int ends[2]);
int nb_memfd(const char *name);
/// Seals a memory file against every change, for ever.
int nb_seal_memory(int memory);
/// Sending and receiving on a blocking socket give up after so many seconds.
int nb_set_timeout(int socket, int seconds);
int nb_eventfd(void);
int nb_timerfd_create(void);
int nb_timerfd_set(int timer, int64_t seconds, int64_t nanoseconds);
int nb_epoll_create(void);
/// `operation`: 1 add, 2 delete, 3 modify (EPOLL_CTL_*).
int nb_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t token);
struct nb_epoll_event {
    uint32_t events;
    uint64_t token;
};
int nb_epoll_wait(int epoll, struct nb_epoll_event *events, int most, int milliseconds);
int nb_unshare(uint64_t namespaces);
int nb_make_mounts_private(void);
int nb_detach_mount(const char *path);
int nb_set_domain_name(const char *name);
int nb_ofd_lock(int descriptor, int exclusive, off_t byte);
/// Waits for a child by pidfd and reaps it: 0, or -1.
int nb_wait_pidfd(int pidfd, int *is_signal, int *value);
/// Whether the caller has any child, ended or not: 1 or 0.
int nb_has_children(void);
int nb_get_limit(int resource, uint64_t *soft, uint64_t *hard);
int nb_set_limit(int resource, uint64_t soft, uint64_t hard);
int nb_name_thread(const char *name);
/// wait4(2) for any child without blocking; returns pid, 0 or -1.
pid_t nb_reap(int *is_signal, int *value);

// MARK: tools.c: what the guest's tools need. Wrappers that return -1 with errno unless it says otherwise.

/// The arguments of this process, known before main and without /proc; NULL past the last.
const char *nb_argument(int index);
/// listxattr(2) and getxattr(2): links are followed.
ssize_t nb_list_attributes(const char *path, char *names, size_t size);
ssize_t nb_get_attribute(const char *path, const char *name, void *value, size_t size);
int nb_set_attribute(int descriptor, const char *name, const void *value, size_t size);
int nb_remove_attribute(int descriptor, const char *name);
/// Access and modification time, nanoseconds included; a symbolic link itself, not what it leads to.
int nb_set_times(int directory, const char *path, int64_t seconds, long nanoseconds);
int nb_inotify(void);
int nb_inotify_add(int inotify, const char *path, uint32_t mask);
int nb_inotify_remove(int inotify, int watch);
/// Bytes that a read would return at once (FIONREAD).
int nb_available(int descriptor);
/// Begins a TCP connection to 127.0.0.1 or, with `six`, to ::1. The socket is non-blocking; poll for writable.
int nb_connect_loopback(int six, uint16_t port);
/// SO_ERROR: 0 or the errno of a connection that failed.
int nb_socket_error(int socket);
int nb_shutdown_write(int socket);
/// A blocking socket that listens on 127.0.0.1.
int nb_listen_loopback(uint16_t port);
/// The next connection of a listening socket; reading from it and writing to it give up after `seconds`.
int nb_accept(int socket, int seconds);
/// A non-blocking connection to a Unix socket; EAGAIN when nobody has taken the connections before.
int nb_connect_local(const char *path);
/// A blocking socket on which a virtual machine listens for its host (vsock(7)).
int nb_listen_vsock(uint32_t port);
/// The next connection of the host; ECONNRESET when it was somebody else's.
int nb_accept_vsock(int socket);
/// Waits for a byte, which stays to be read: 1, or 0 at the end.
ssize_t nb_peek(int socket);

#endif
