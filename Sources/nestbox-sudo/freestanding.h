// SPDX-License-Identifier: Apache-2.0
//
// What a program needs that is linked without a C library: entry, system calls, strings, memory. A static glibc would make
// the file 770 KB, which every sandbox holds in memory; so it is a few pages.
#ifndef NESTBOX_SUDO_FREESTANDING_H
#define NESTBOX_SUDO_FREESTANDING_H

#include <stddef.h>
#include <stdint.h>

/// The program; returns the exit status.
int sudo_main(int argc, char **argv, char **envp);

// MARK: System calls. Each returns what the kernel returns: -errno on failure.

long sys_exec(const char *path, char *const *argv, char *const *envp);
long sys_open(const char *path);
long sys_read(int descriptor, void *buffer, size_t count);
long sys_close(int descriptor);
long sys_write(int descriptor, const void *bytes, size_t count);
/// 1 when the effective user may execute it.
long sys_is_executable(const char *path);
long sys_chdir(const char *path);
long sys_hostname(char name[65]);
uint32_t sys_uid(void);
uint32_t sys_gid(void);
uint32_t sys_effective_uid(void);
long sys_set_groups(size_t count, const uint32_t *groups);
long sys_set_group_ids(uint32_t gid);
long sys_set_user_ids(uint32_t uid);
_Noreturn void sys_exit(int status);

// MARK: Memory and strings

/// Zeroed memory that lives as long as the program; ends the program when there is none.
void *allocate(size_t bytes);
size_t length(const char *text);
int equal(const char *a, const char *b);
/// What follows `prefix` in `text`, or NULL.
const char *after(const char *prefix, const char *text);
/// Whether `text` has `c`; returns the place of the first, or NULL.
const char *find(const char *text, char c);
char *copy(const char *text, size_t count);
/// A new string of up to four parts; NULL ends the list early.
char *join(const char *a, const char *b, const char *c, const char *d);
char *decimal(uint32_t number);
/// 0 when `text` is not a number.
int parse(const char *text, size_t count, uint32_t *number);
/// Writes the parts to standard error.
void complain(const char *a, const char *b, const char *c, const char *d);
/// The whole file, NUL-terminated; empty when it cannot be read.
char *read_file(const char *path);

#endif
