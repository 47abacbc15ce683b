// SPDX-License-Identifier: Apache-2.0
//
// A zygote: an interpreter that has started, has imported what it was told to, and waits at the point where it would open its
// program. It never runs a program itself. On request it forks; the child is born inside a sandbox, gives everything up, and
// only then is told what to run. See docs/warm-starts.md.
//
// The library is preloaded into an unmodified interpreter (ld.so(8), LD_PRELOAD), so that what runs in a sandbox is the very
// interpreter a cold start would run: nothing of ours is on its stack, among its modules or in its environment.
#ifndef NESTBOX_CZYGOTE_H
#define NESTBOX_CZYGOTE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Descriptors that a zygote starts with, besides pipes as 0, 1 and 2: the stream of requests of its host, and this library.
enum { nz_host_descriptor = 3, nz_library_descriptor = 4 };
/// Of a zygote's child, where 0 to 2 are its streams: the stream to the guest agent.
enum { nz_child_descriptor = 3 };

/// Where the birth of a child failed; 0 is success.
enum nz_birth_step {
    NZ_BIRTH_OK = 0,
    NZ_BIRTH_REQUEST = 1,
    NZ_BIRTH_CGROUP = 2,
    NZ_BIRTH_NAMESPACES = 3,
    NZ_BIRTH_CLONE = 4,
    NZ_BIRTH_FORK = 5,
};

/// Namespaces of a sandbox: user first, which gives the right to enter the others.
enum { nz_namespace_count = 7 };

/// A request of the host, one for each child. With its first byte come descriptors: the sandbox's namespaces (user, pid, mnt, net,
/// ipc, uts, cgroup), the child's end of the stream to its first process, then what `cgroup_kind` says.
struct nz_birth_request {
    uint32_t magic;
    /// 0: none; 1: `cgroup_count` open files cgroup.procs of version 1; 2: the directory of a group of version 2.
    uint32_t cgroup_kind;
    uint32_t cgroup_count;
};

struct nz_birth_reply {
    /// An nz_birth_step.
    uint32_t step;
    int32_t error;
};

enum { nz_birth_magic = 0x315a424e, nz_confine_magic = 0x3143424e, nz_start_magic = 0x3153424e, nz_streams_magic = 0x3154424e };

/// From the guest agent to a newborn child: what it may not do. A Landlock ruleset comes as a descriptor where `has_landlock`
/// is 1; `filter_bytes` of struct sock_filter follow.
struct nz_confine_request {
    uint32_t magic;
    uint32_t uid;
    uint32_t gid;
    uint32_t drop_groups;
    uint64_t bounding_set;
    uint32_t no_new_privileges;
    uint32_t has_landlock;
    uint32_t filter_bytes;
    uint32_t reserved;
};

/// From the guest agent to a child that was started ahead and waits, as soon as it has said so. Descriptors: stdin, stdout, stderr.
struct nz_streams_message {
    uint32_t magic;
};

/// From the guest agent to a child that waits: what to run. Descriptors: stdin, stdout, stderr, or none for a child that has been
/// given them. `payload_bytes` follow: for each
/// limit three 64-bit numbers (resource, soft, hard), then strings, each ended by NUL: the directory, the arguments, the
/// environment.
struct nz_start_request {
    uint32_t magic;
    uint32_t payload_bytes;
    uint32_t mask;
    uint32_t controlling_terminal;
    uint32_t limit_count;
    uint32_t argument_count;
    uint32_t environment_count;
    uint32_t reserved;
};

/// The child's answer to either.
struct nz_child_reply {
    /// An nb_spawn_step; 0 is success.
    uint32_t step;
    int32_t error;
    /// The child's number inside its sandbox.
    int32_t pid;
};

/// A program that a child shall run.
struct nz_start {
    char *directory;
    int argument_count;
    /// Ends with NULL.
    char **arguments;
    int environment_count;
    /// `NAME=value`, ends with NULL.
    char **environment;
};

// MARK: birth.c

/// Makes a child inside the sandbox. Returns 1 in the child, with `*stream` its stream to the guest agent and every other
/// descriptor above 2 closed; 0 in the zygote, with the reply filled in.
int nz_birth(const struct nz_birth_request *request, const int *descriptors, size_t count, int *stream,
             struct nz_birth_reply *reply);

// MARK: child.c

/// Confines the child as the guest agent says. Never returns to a caller that could go on without it: whatever goes wrong ends
/// the process.
void nz_settle(int stream);
/// Of a child that was started ahead: waits for its program's streams and takes them, or ends the process.
void nz_await_streams(int stream);
/// Waits for the child's program and takes its streams where it has none yet, or ends the process. Closes the stream.
void nz_await_start(int stream, struct nz_start *start);

// MARK: environment.c

/// In an interpreter that has just been executed, before any variable is changed.
void nz_find_shown_environment(void);
/// Makes the program's variables those of the process, and what /proc/self/environ shows.
void nz_take_environment(const struct nz_start *start);

// MARK: image.c

/// In the zygote, before any variable is changed.
void nz_find_vector(void);
/// In the zygote, once: takes what is mapped of the executable at `path` into memory of its own, where children could not change
/// what they were executed from otherwise. 0 or -1.
int nz_own_program(const char *path);
/// In the zygote, once: how it was executed, after nz_own_program(). 0 or -1.
int nz_remember_image(void);
/// In a child, with the capabilities of its sandbox: it was executed from the sandbox's own file, by that user. 0 or -1.
int nz_take_image(unsigned long user, unsigned long group);

// MARK: message.c

/// Receives exactly `count` bytes, and up to `*descriptor_count` descriptors (in-out) with them. 0, or -1: closed or broken.
int nz_receive(int socket, void *bytes, size_t count, int *descriptors, size_t *descriptor_count);
/// Sends exactly `count` bytes: 0 or -1.
int nz_send(int socket, const void *bytes, size_t count);

// MARK: python.c

/// Serves requests until the host goes away (the process ends) or this is a child that has its program.
void nz_serve(struct nz_start *start);
/// Whether the interpreter that was started ahead is Python, which then waits where it opens the program at `path`.
int nz_wait_as_python(const char *path);

// MARK: ahead.c

/// Says that an interpreter that was started ahead waits, and returns when it has its program, with the program's streams.
void nz_wait_ahead(struct nz_start *start);

#endif
