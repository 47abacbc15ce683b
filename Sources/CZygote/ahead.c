// SPDX-License-Identifier: Apache-2.0
//
// An interpreter that has threads cannot be forked (Node.js). It is started ahead instead, in the sandbox that its program will
// have, confined like every program: it initialises, and stands still where it would look at its program's file for the first
// time. When it is told that the program is there it takes the program's streams and variables, and goes on. It never learns that
// it waited. Python, where there is no zygote to be had, waits where it opens the file instead (python.c).
#define _GNU_SOURCE
#include "CZygote.h"

#include <CLinux.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Above what an interpreter opens until then, so that every descriptor it gets has the number of a cold start.
enum { first_parked_descriptor = 48 };

static char program_path[PATH_MAX];
static int parked = -1;
static struct nz_start start;

// Python looks at its streams when it starts, and those of a program are pipes.
static void take_pipes(void) {
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0) _exit(127);
    if (dup2(in[0], 0) < 0 || dup2(out[1], 1) < 0 || dup2(out[1], 2) < 0) _exit(127);
    int ends[] = {in[0], in[1], out[0], out[1]};
    for (int index = 0; index < 4; index++) close(ends[index]);
}

// The interpreter was started with the stream to the guest agent as 0, this library as 1 and /dev/null as 2.
__attribute__((constructor)) static void begin(void) {
    const char *wanted = getenv("NESTBOX_AHEAD_PROGRAM");
    if (wanted == NULL || strlen(wanted) >= sizeof program_path) return;
    strcpy(program_path, wanted);
    nz_find_shown_environment();
    unsetenv("NESTBOX_AHEAD_PROGRAM");
    unsetenv("NESTBOX_AHEAD_ROOM");
    unsetenv("LD_PRELOAD");
    parked = fcntl(0, F_DUPFD_CLOEXEC, first_parked_descriptor);
    if (parked < 0) _exit(127);
    if (nz_wait_as_python(program_path)) {
        take_pipes();
    } else if (dup2(2, 0) < 0 || dup2(2, 1) < 0) {
        _exit(127);
    }
}

void nz_wait_ahead(struct nz_start *taken) {
    int stream = parked;
    parked = -1;
    struct nz_child_reply ready = {NB_SPAWN_OK, 0, (int32_t)getpid()};
    if (nz_send(stream, &ready, sizeof ready) < 0) _exit(127);
    nz_await_streams(stream);
    nz_await_start(stream, taken);
}

// Stands still at the first look at the program. Only the interpreter's first thread looks.
static void wait_at(const char *path) {
    if (parked < 0 || path == NULL || strcmp(path, program_path) != 0) return;
    nz_wait_ahead(&start);
    nz_take_environment(&start);
}

typedef long syscall_function(long, ...);
typedef int statx_function(int, const char *, int, unsigned, struct statx *);

// How libuv calls statx(2), up to its version 1.48. A system call has six arguments at most; reading more than were passed reads what
// the registers hold, which the kernel then does not look at.
long syscall(long number, ...) {
    static syscall_function *next;
    if (next == NULL) *(void **)&next = dlsym(RTLD_NEXT, "syscall");
    long arguments[6];
    va_list list;
    va_start(list, number);
    for (int index = 0; index < 6; index++) arguments[index] = va_arg(list, long);
    va_end(list);
    if (number == SYS_statx) wait_at((const char *)arguments[1]);
    return next(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

// How later versions do.
int statx(int directory, const char *restrict path, int flags, unsigned mask, struct statx *restrict result) {
    static statx_function *next;
    if (next == NULL) *(void **)&next = dlsym(RTLD_NEXT, "statx");
    wait_at(path);
    return next(directory, path, flags, mask, result);
}
