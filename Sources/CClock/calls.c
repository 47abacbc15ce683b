// SPDX-License-Identifier: Apache-2.0
//
// The same, for those who ask through syscall(2): waits of C++'s library until a moment are among them.
#define _GNU_SOURCE
#include "CClock.h"

#include <linux/futex.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static bool is_wall_wait(long operation) {
    long command = operation & FUTEX_CMD_MASK;
    if (command == FUTEX_LOCK_PI) return true;
    return (operation & FUTEX_CLOCK_REALTIME) != 0 &&
           (command == FUTEX_WAIT_BITSET || command == FUTEX_WAIT_REQUEUE_PI || command == FUTEX_LOCK_PI2);
}

// A system call has six arguments at most; reading more than were passed reads what the registers hold, which the kernel then does
// not look at.
long syscall(long number, ...) {
    NC_NEXT(syscall);
    long arguments[6];
    va_list list;
    va_start(list, number);
    for (int index = 0; index < 6; index++) arguments[index] = va_arg(list, long);
    va_end(list);
    struct timespec real;
    if (nc_has_clock()) {
        switch (number) {
        case SYS_clock_gettime: return clock_gettime((clockid_t)arguments[0], (struct timespec *)arguments[1]);
        case SYS_gettimeofday: return gettimeofday((struct timeval *)arguments[0], (void *)arguments[1]);
#ifdef SYS_time
        case SYS_time: return time((time_t *)arguments[0]);
#endif
        case SYS_futex:
            if (arguments[3] != 0 && is_wall_wait(arguments[1])) {
                real = nc_real_deadline(*(const struct timespec *)arguments[3]);
                arguments[3] = (long)&real;
            }
            break;
        default: break;
        }
    }
    return next(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}
