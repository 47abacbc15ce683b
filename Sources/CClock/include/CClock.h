// SPDX-License-Identifier: Apache-2.0
//
// Preloaded into programs that shall find the same things in every run (ld.so(8), LD_PRELOAD): a wall clock that stands still or
// begins at a chosen time, and one processor. It answers what a program asks of the C library. What goes past the C library, to the
// kernel itself, gets the kernel's answer, and a program that wants the machine's clock can have it: this is no wall.
#ifndef NESTBOX_CCLOCK_H
#define NESTBOX_CCLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/// The clock of a process, from its environment:
///
///     NESTBOX_CLOCK=frozen:MMMMMMMMMMMMMMM
///     NESTBOX_CLOCK=running:MMMMMMMMMMMMMMM:BBBBBBBBBBBBBBBBBBB
///
/// M: milliseconds of Unix time. B: when it began, in nanoseconds of CLOCK_MONOTONIC, which the first process writes into its own
/// environment over the hyphens that stand there, so that the processes it starts go on with the same clock. Anything else leaves
/// the clock as it is.
enum { nc_time_digits = 15, nc_base_digits = 19 };

#define NC_VARIABLE "NESTBOX_CLOCK"

#pragma GCC visibility push(hidden)

/// Whether the wall clock of this process is another one than the machine's.
bool nc_has_clock(void);

/// The time that this process is told.
struct timespec nc_now(void);

/// Whether a clock tells the wall's time. CLOCK_TAI does, too: leap seconds are not counted.
bool nc_is_wall(clockid_t clock);

/// The moment of the machine's clock at which the time of this process will be `deadline`, as far as waiting is concerned: what
/// is left of it from now on. Not in a process whose clock is the machine's.
struct timespec nc_real_deadline(struct timespec deadline);

/// The function of the C library that `name` is, in its newest version.
void *nc_next(const char *name);

#pragma GCC visibility pop

/// Defines `next`, a pointer to the C library's function of a name.
#define NC_NEXT(name)                                                                                                  \
    static __typeof__(&name) next;                                                                                     \
    if (__atomic_load_n(&next, __ATOMIC_RELAXED) == NULL)                                                              \
        __atomic_store_n(&next, (__typeof__(&name))nc_next(#name), __ATOMIC_RELAXED)

#endif
