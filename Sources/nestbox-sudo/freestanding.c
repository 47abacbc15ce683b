// SPDX-License-Identifier: Apache-2.0
#include "freestanding.h"

#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/utsname.h>

enum { arena_bytes = 1 << 20, most_file_bytes = 1 << 20 };

// MARK: Entry and system calls

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall enter\n");

static long call(long number, long a, long b, long c, long d, long e, long f) {
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x0, sp\n\tbl enter\n");

static long call(long number, long a, long b, long c, long d, long e, long f) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}
#else
#error "no entry code for this architecture"
#endif

/// The kernel puts argc, argv, NULL, envp, NULL on the stack.
_Noreturn void enter(long *stack) {
    int argc = (int)stack[0];
    char **argv = (char **)(stack + 1);
    sys_exit(sudo_main(argc, argv, argv + argc + 1));
}

long sys_exec(const char *path, char *const *argv, char *const *envp) {
    return call(__NR_execve, (long)path, (long)argv, (long)envp, 0, 0, 0);
}
long sys_open(const char *path) { return call(__NR_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0); }
long sys_read(int descriptor, void *buffer, size_t count) {
    return call(__NR_read, descriptor, (long)buffer, (long)count, 0, 0, 0);
}
long sys_close(int descriptor) { return call(__NR_close, descriptor, 0, 0, 0, 0, 0); }
long sys_write(int descriptor, const void *bytes, size_t count) {
    return call(__NR_write, descriptor, (long)bytes, (long)count, 0, 0, 0);
}
long sys_is_executable(const char *path) { return call(__NR_faccessat2, AT_FDCWD, (long)path, 1, AT_EACCESS, 0, 0) == 0; }
long sys_chdir(const char *path) { return call(__NR_chdir, (long)path, 0, 0, 0, 0, 0); }
long sys_hostname(char name[65]) {
    struct new_utsname machine;
    long result = call(__NR_uname, (long)&machine, 0, 0, 0, 0, 0);
    for (int index = 0; index < 65; index++) name[index] = result < 0 ? 0 : machine.nodename[index];
    return result;
}
uint32_t sys_uid(void) { return (uint32_t)call(__NR_getuid, 0, 0, 0, 0, 0, 0); }
uint32_t sys_gid(void) { return (uint32_t)call(__NR_getgid, 0, 0, 0, 0, 0, 0); }
uint32_t sys_effective_uid(void) { return (uint32_t)call(__NR_geteuid, 0, 0, 0, 0, 0, 0); }
long sys_set_groups(size_t count, const uint32_t *groups) {
    return call(__NR_setgroups, (long)count, (long)groups, 0, 0, 0, 0);
}
long sys_set_group_ids(uint32_t gid) { return call(__NR_setresgid, gid, gid, gid, 0, 0, 0); }
long sys_set_user_ids(uint32_t uid) { return call(__NR_setresuid, uid, uid, uid, 0, 0, 0); }
_Noreturn void sys_exit(int status) {
    while (1) call(__NR_exit_group, status, 0, 0, 0, 0, 0);
}

// MARK: Memory

// The compiler may call these for loops and initialisers of its own.
void *memset(void *target, int value, size_t count) {
    for (volatile unsigned char *byte = target; count > 0; count--) *byte++ = (unsigned char)value;
    return target;
}
void *memcpy(void *target, const void *source, size_t count) {
    const unsigned char *from = source;
    for (volatile unsigned char *to = target; count > 0; count--) *to++ = *from++;
    return target;
}

void *allocate(size_t bytes) {
    static char *arena;
    static size_t left;
    bytes = (bytes + 15) & ~(size_t)15;
    if (bytes > left) {
        size_t size = bytes > arena_bytes ? bytes : arena_bytes;
        long memory = call(__NR_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory < 0 && memory > -4096) {
            complain("sudo: out of memory\n", NULL, NULL, NULL);
            sys_exit(1);
        }
        arena = (char *)memory;
        left = size;
    }
    char *result = arena;
    arena += bytes;
    left -= bytes;
    return result;
}

// MARK: Strings

size_t length(const char *text) {
    size_t count = 0;
    while (text[count] != 0) count++;
    return count;
}

int equal(const char *a, const char *b) {
    while (*a != 0 && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

const char *after(const char *prefix, const char *text) {
    while (*prefix != 0) {
        if (*prefix++ != *text++) return NULL;
    }
    return text;
}

const char *find(const char *text, char c) {
    for (; *text != 0; text++) {
        if (*text == c) return text;
    }
    return NULL;
}

char *copy(const char *text, size_t count) {
    char *result = allocate(count + 1);
    memcpy(result, text, count);
    return result;
}

char *join(const char *a, const char *b, const char *c, const char *d) {
    const char *parts[] = {a, b, c, d};
    size_t total = 0;
    for (int index = 0; index < 4 && parts[index] != NULL; index++) total += length(parts[index]);
    char *result = allocate(total + 1);
    size_t at = 0;
    for (int index = 0; index < 4 && parts[index] != NULL; index++) {
        size_t count = length(parts[index]);
        memcpy(result + at, parts[index], count);
        at += count;
    }
    return result;
}

char *decimal(uint32_t number) {
    char *text = allocate(11);
    char *digit = text + 10;
    do {
        *--digit = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return digit;
}

int parse(const char *text, size_t count, uint32_t *number) {
    uint64_t value = 0;
    if (count == 0 || count > 10) return 0;
    for (size_t index = 0; index < count; index++) {
        if (text[index] < '0' || text[index] > '9') return 0;
        value = value * 10 + (uint64_t)(text[index] - '0');
    }
    if (value >= UINT32_MAX) return 0;
    *number = (uint32_t)value;
    return 1;
}

void complain(const char *a, const char *b, const char *c, const char *d) {
    const char *parts[] = {a, b, c, d};
    for (int index = 0; index < 4 && parts[index] != NULL; index++) sys_write(2, parts[index], length(parts[index]));
}

char *read_file(const char *path) {
    char *text = allocate(most_file_bytes + 1);
    size_t count = 0;
    long file = sys_open(path);
    if (file < 0) return text;
    while (count < most_file_bytes) {
        long got = sys_read((int)file, text + count, most_file_bytes - count);
        if (got <= 0) break;
        count += (size_t)got;
    }
    sys_close((int)file);
    text[count] = 0;
    return text;
}
