// SPDX-License-Identifier: Apache-2.0
//
// Waits until a moment of the wall clock. The program computed the moment from the time that it was told, the kernel has the
// machine's: it waits as long as is left by the program's clock now. By a frozen one, that is the whole time each time.
#define _GNU_SOURCE
#include "CClock.h"

#include <errno.h>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/timerfd.h>
#include <threads.h>

/// `when`: whether the deadline is of the wall clock. `time`: the parameter that is the deadline.
#define WAIT(when, time)                                                                                               \
    struct timespec real;                                                                                              \
    if ((time) != NULL && nc_has_clock() && (when)) {                                                                  \
        real = nc_real_deadline(*(time));                                                                              \
        (time) = &real;                                                                                                \
    }

// Which clock a condition has is bit 1 of this (nptl/pthread_cond_common.c, since glibc 2.25).
static bool waits_by_wall(const pthread_cond_t *condition) {
    return (condition->__data.__wrefs & 2) == 0;
}

int pthread_cond_timedwait(
    pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict time) {
    NC_NEXT(pthread_cond_timedwait);
    WAIT(waits_by_wall(condition), time)
    return next(condition, mutex, time);
}

int pthread_cond_clockwait(
    pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, clockid_t clock,
    const struct timespec *restrict time) {
    NC_NEXT(pthread_cond_clockwait);
    WAIT(nc_is_wall(clock), time)
    return next(condition, mutex, clock, time);
}

#define TIMED(name, object)                                                                                            \
    int name(object, const struct timespec *restrict time) {                                                           \
        NC_NEXT(name);                                                                                                 \
        WAIT(true, time)                                                                                               \
        return next(subject, time);                                                                                    \
    }

#define CLOCKED(name, object)                                                                                          \
    int name(object, clockid_t clock, const struct timespec *restrict time) {                                          \
        NC_NEXT(name);                                                                                                 \
        WAIT(nc_is_wall(clock), time)                                                                                  \
        return next(subject, clock, time);                                                                             \
    }

TIMED(pthread_mutex_timedlock, pthread_mutex_t *restrict subject)
CLOCKED(pthread_mutex_clocklock, pthread_mutex_t *restrict subject)
TIMED(pthread_rwlock_timedrdlock, pthread_rwlock_t *restrict subject)
CLOCKED(pthread_rwlock_clockrdlock, pthread_rwlock_t *restrict subject)
TIMED(pthread_rwlock_timedwrlock, pthread_rwlock_t *restrict subject)
CLOCKED(pthread_rwlock_clockwrlock, pthread_rwlock_t *restrict subject)
TIMED(sem_timedwait, sem_t *restrict subject)
CLOCKED(sem_clockwait, sem_t *restrict subject)
TIMED(mtx_timedlock, mtx_t *restrict subject)

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict time) {
    NC_NEXT(cnd_timedwait);
    WAIT(true, time)
    return next(condition, mutex, time);
}

int pthread_timedjoin_np(pthread_t thread, void **result, const struct timespec *time) {
    NC_NEXT(pthread_timedjoin_np);
    WAIT(true, time)
    return next(thread, result, time);
}

int pthread_clockjoin_np(pthread_t thread, void **result, clockid_t clock, const struct timespec *time) {
    NC_NEXT(pthread_clockjoin_np);
    WAIT(nc_is_wall(clock), time)
    return next(thread, result, clock, time);
}

int mq_timedsend(mqd_t queue, const char *text, size_t length, unsigned priority, const struct timespec *time) {
    NC_NEXT(mq_timedsend);
    WAIT(true, time)
    return next(queue, text, length, priority, time);
}

ssize_t mq_timedreceive(
    mqd_t queue, char *restrict text, size_t length, unsigned *restrict priority, const struct timespec *restrict time) {
    NC_NEXT(mq_timedreceive);
    WAIT(true, time)
    return next(queue, text, length, priority, time);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *rest) {
    NC_NEXT(clock_nanosleep);
    WAIT((flags & TIMER_ABSTIME) != 0 && nc_is_wall(clock), time)
    return next(clock, flags, time, rest);
}

// Timers that are descriptors, and of the wall clock, by number. More than these are rare, and few programs set one to a moment.
enum { most_descriptors = 4096 };
static unsigned char is_wall_timer[most_descriptors];

int timerfd_create(int clock, int flags) {
    NC_NEXT(timerfd_create);
    int descriptor = next(clock, flags);
    if (descriptor >= 0 && descriptor < most_descriptors) {
        __atomic_store_n(&is_wall_timer[descriptor], nc_is_wall(clock), __ATOMIC_RELAXED);
    }
    return descriptor;
}

int timerfd_settime(int descriptor, int flags, const struct itimerspec *wanted, struct itimerspec *before) {
    NC_NEXT(timerfd_settime);
    struct itimerspec real;
    bool is_zero = wanted == NULL || (wanted->it_value.tv_sec == 0 && wanted->it_value.tv_nsec == 0);
    if ((flags & TFD_TIMER_ABSTIME) != 0 && !is_zero && descriptor >= 0 && descriptor < most_descriptors &&
        __atomic_load_n(&is_wall_timer[descriptor], __ATOMIC_RELAXED) && nc_has_clock()) {
        real = *wanted;
        real.it_value = nc_real_deadline(wanted->it_value);
        wanted = &real;
    }
    return next(descriptor, flags, wanted, before);
}
