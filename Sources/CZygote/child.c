// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CZygote.h"

#include <CLinux.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    first_free_descriptor = 4,
    most_filter_bytes = 64 * 1024,
    most_payload_bytes = 8 << 20,
};

static void answer(int stream, int step, int error) {
    struct nz_child_reply reply = {(uint32_t)step, error, (int32_t)getpid()};
    int sent = nz_send(stream, &reply, sizeof reply);
    // Failing closed: a child that is not what it should be does not live on.
    if (step != NB_SPAWN_OK || sent < 0) _exit(127);
}

static void refuse(int stream, int step) {
    answer(stream, step, errno);
}

static void confine(int stream) {
    struct nz_confine_request request;
    int landlock = -1;
    size_t descriptors = 1;
    if (nz_receive(stream, &request, sizeof request, &landlock, &descriptors) < 0) _exit(127);
    if (request.magic != nz_confine_magic || request.filter_bytes > most_filter_bytes || request.filter_bytes % 8 != 0
        || descriptors != request.has_landlock) {
        errno = EINVAL;
        refuse(stream, NB_SPAWN_DESCRIPTORS);
    }
    void *filter = malloc(request.filter_bytes + 1);
    if (filter == NULL) _exit(127);
    if (nz_receive(stream, filter, request.filter_bytes, NULL, NULL) < 0) _exit(127);
    if (setsid() < 0) refuse(stream, NB_SPAWN_SESSION);
    struct nb_confinement confinement = {
        .uid = request.uid,
        .gid = request.gid,
        .drop_groups = (int)request.drop_groups,
        .bounding_set = request.bounding_set,
        .no_new_privileges = (int)request.no_new_privileges,
        .landlock = landlock,
        .filter = request.filter_bytes > 0 ? filter : NULL,
        .filter_count = (unsigned short)(request.filter_bytes / 8),
    };
    if (nz_take_image(request.uid, request.gid) < 0) refuse(stream, NB_SPAWN_IDENTITY);
    // Nothing was executed since the user changed, so the kernel still keeps /proc/self from its new owner (proc(5)). While
    // the filter would still let it.
    int step = nb_confine_dumpable(&confinement);
    if (step != NB_SPAWN_OK) refuse(stream, step);
    if (landlock >= 0) close(landlock);
    free(filter);
    answer(stream, NB_SPAWN_OK, 0);
}

// The next string of the payload; ends the process when there is none.
static char *next_string(char **at, char *end) {
    char *start = *at;
    char *stop = start < end ? memchr(start, 0, (size_t)(end - start)) : NULL;
    if (stop == NULL) _exit(127);
    *at = stop + 1;
    return start;
}

static char **strings(char **at, char *end, uint32_t count) {
    if (count > most_payload_bytes) _exit(127);
    char **list = calloc((size_t)count + 1, sizeof *list);
    if (list == NULL) _exit(127);
    for (uint32_t index = 0; index < count; index++) list[index] = next_string(at, end);
    return list;
}

void nz_settle(int stream) {
    // The stream becomes 3, and everything above goes: what the zygote had is none of the child's business.
    if (stream != nz_child_descriptor && dup2(stream, nz_child_descriptor) < 0) _exit(127);
    if (nb_close_range(first_free_descriptor, ~0u, 0) < 0) _exit(127);
    confine(nz_child_descriptor);
}

// Whether the process has its program's streams as 0, 1 and 2.
static int has_streams;

// 0 or -1.
static int take_streams(const int *streams) {
    for (int number = 0; number < 3; number++) {
        // Node.js keeps what it was started with from its children, and whatever it puts there it gives them by itself.
        int flags = fcntl(number, F_GETFD);
        if (flags < 0 || dup2(streams[number], number) < 0 || fcntl(number, F_SETFD, flags) < 0) return -1;
    }
    // None of them is 0, 1 or 2, which were taken.
    for (int number = 0; number < 3; number++) close(streams[number]);
    has_streams = 1;
    return 0;
}

void nz_await_streams(int stream) {
    struct nz_streams_message message;
    int streams[3];
    size_t descriptors = 3;
    if (nz_receive(stream, &message, sizeof message, streams, &descriptors) < 0) _exit(127);
    if (message.magic != nz_streams_magic || descriptors != 3 || take_streams(streams) < 0) _exit(127);
}

void nz_await_start(int stream, struct nz_start *start) {
    struct nz_start_request request;
    int streams[3];
    size_t descriptors = 3;
    if (nz_receive(stream, &request, sizeof request, streams, &descriptors) < 0) _exit(127);
    if (request.magic != nz_start_magic || !(descriptors == 3 || (descriptors == 0 && has_streams)) || request.payload_bytes > most_payload_bytes
        || (size_t)request.limit_count * 24 > request.payload_bytes) {
        errno = EINVAL;
        refuse(stream, NB_SPAWN_DESCRIPTORS);
    }
    char *payload = malloc(request.payload_bytes + 1);
    if (payload == NULL) _exit(127);
    if (nz_receive(stream, payload, request.payload_bytes, NULL, NULL) < 0) _exit(127);
    if (descriptors == 3 && take_streams(streams) < 0) refuse(stream, NB_SPAWN_DESCRIPTORS);
    if (request.controlling_terminal && ioctl(0, TIOCSCTTY, 0) < 0) refuse(stream, NB_SPAWN_SESSION);
    char *at = payload;
    char *end = payload + request.payload_bytes;
    for (uint32_t index = 0; index < request.limit_count; index++) {
        uint64_t limit[3];
        memcpy(limit, at, sizeof limit);
        at += sizeof limit;
        struct rlimit value = {limit[1], limit[2]};
        if (setrlimit((int)limit[0], &value) < 0) refuse(stream, NB_SPAWN_LIMITS);
    }
    umask((mode_t)request.mask);
    start->directory = next_string(&at, end);
    start->argument_count = (int)request.argument_count;
    start->arguments = strings(&at, end, request.argument_count);
    start->environment_count = (int)request.environment_count;
    start->environment = strings(&at, end, request.environment_count);
    if (chdir(start->directory) < 0) refuse(stream, NB_SPAWN_DIRECTORY);
    answer(stream, NB_SPAWN_OK, 0);
    close(stream);
}
