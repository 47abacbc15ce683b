// SPDX-License-Identifier: Apache-2.0
//
// What time it is.
#define _GNU_SOURCE
#include "CClock.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum { nanoseconds = 1000000000, milliseconds = 1000 };

enum kind { kind_unknown, kind_none, kind_frozen, kind_running };

static int kind = kind_unknown;
/// Nanoseconds of Unix time, and of CLOCK_MONOTONIC.
static int64_t start, base;

extern char **environ;

void *nc_next(const char *name) {
    // dlsym(3) with RTLD_NEXT may find the oldest of several versions, which for conditions has another structure.
    static const char *const versions[] = {"GLIBC_2.34", "GLIBC_2.30", "GLIBC_2.17", "GLIBC_2.3.4", "GLIBC_2.3.3", "GLIBC_2.3.2"};
    for (size_t index = 0; index < sizeof versions / sizeof *versions; index++) {
        void *found = dlvsym(RTLD_NEXT, name, versions[index]);
        if (found != NULL) return found;
    }
    return dlsym(RTLD_NEXT, name);
}

static int real_clock(clockid_t clock, struct timespec *time) {
    NC_NEXT(clock_gettime);
    return next(clock, time);
}

static int64_t count(struct timespec time) {
    return (int64_t)time.tv_sec * nanoseconds + time.tv_nsec;
}

static struct timespec from_count(int64_t count) {
    int64_t rest = count % nanoseconds;
    if (rest < 0) rest += nanoseconds;
    return (struct timespec){.tv_sec = (time_t)((count - rest) / nanoseconds), .tv_nsec = (long)rest};
}

static int64_t real_count(clockid_t clock) {
    struct timespec time = {0, 0};
    real_clock(clock, &time);
    return count(time);
}

// Exactly so many digits, or -1.
static int64_t number(const char *text, int digits) {
    int64_t value = 0;
    for (int index = 0; index < digits; index++) {
        if (text[index] < '0' || text[index] > '9') return -1;
        value = value * 10 + (text[index] - '0');
    }
    return value;
}

static char *variable(void) {
    static const char name[] = NC_VARIABLE "=";
    for (char **at = environ; at != NULL && *at != NULL; at++) {
        if (strncmp(*at, name, sizeof name - 1) == 0) return *at + sizeof name - 1;
    }
    return NULL;
}

static void write_base(char *text) {
    int64_t rest = base;
    for (int index = nc_base_digits - 1; index >= 0; index--, rest /= 10) text[index] = (char)('0' + rest % 10);
}

static int read_variable(void) {
    static const char frozen[] = "frozen:", running[] = "running:";
    char *text = variable();
    if (text == NULL) return kind_none;
    int is_frozen = strncmp(text, frozen, sizeof frozen - 1) == 0;
    if (!is_frozen && strncmp(text, running, sizeof running - 1) != 0) return kind_none;
    text += is_frozen ? sizeof frozen - 1 : sizeof running - 1;
    size_t length = nc_time_digits + (is_frozen ? 0 : 1 + nc_base_digits);
    if (strlen(text) != length) return kind_none;
    int64_t wanted = number(text, nc_time_digits);
    // Nanoseconds of later years do not fit; those of the year 2262 do.
    if (wanted < 0 || wanted > INT64_MAX / nanoseconds * milliseconds) return kind_none;
    start = wanted * (nanoseconds / milliseconds);
    if (is_frozen) return kind_frozen;
    if (text[nc_time_digits] != ':') return kind_none;
    text += nc_time_digits + 1;
    base = number(text, nc_base_digits);
    if (base < 0) {
        base = real_count(CLOCK_MONOTONIC);
        write_base(text);
    }
    return kind_running;
}

// Before main, where there is one thread; or, when the constructor of another library asks first, by that.
__attribute__((constructor)) static void begin(void) {
    if (kind == kind_unknown) kind = read_variable();
}

bool nc_has_clock(void) {
    if (kind == kind_unknown) begin();
    return kind != kind_none;
}

struct timespec nc_now(void) {
    if (kind != kind_running) return from_count(start);
    return from_count(start + real_count(CLOCK_MONOTONIC) - base);
}

bool nc_is_wall(clockid_t clock) {
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

struct timespec nc_real_deadline(struct timespec deadline) {
    int64_t left, real;
    // What is out of bounds is the C library's to refuse, or is never.
    if (deadline.tv_nsec < 0 || deadline.tv_nsec >= nanoseconds || deadline.tv_sec < 0) return deadline;
    if (deadline.tv_sec > INT64_MAX / nanoseconds - 1) return deadline;
    left = count(deadline) - count(nc_now());
    if (__builtin_add_overflow(real_count(CLOCK_REALTIME), left, &real)) return deadline;
    // A moment that is over stays so, in bounds.
    return from_count(real < 0 ? 0 : real);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (!nc_is_wall(clock) || !nc_has_clock()) return real_clock(clock, time);
    *time = nc_now();
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    if (!nc_has_clock()) {
        NC_NEXT(gettimeofday);
        return next(time, zone);
    }
    struct timespec now = nc_now();
    if (zone != NULL) memset(zone, 0, sizeof(struct timezone));
    *time = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *result) {
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_REALTIME, &now);
    if (result != NULL) *result = now.tv_sec;
    return now.tv_sec;
}

int timespec_get(struct timespec *time, int clock) {
    if (clock != TIME_UTC || !nc_has_clock()) {
        NC_NEXT(timespec_get);
        return next(time, clock);
    }
    *time = nc_now();
    return clock;
}

// Of programs that were built long ago; the C library declares it no more.
struct timeb {
    time_t time;
    unsigned short millitm;
    short timezone, dstflag;
};

int ftime(struct timeb *result) {
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_REALTIME, &now);
    *result = (struct timeb){.time = now.tv_sec, .millitm = (unsigned short)(now.tv_nsec / 1000000)};
    return 0;
}
