// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Tells damage, not intent: whoever can change what is kept is root.
uint64_t nb_sum(uint64_t sum, const void *bytes, size_t count) {
    const unsigned char *at = bytes;
    for (; count >= 8; at += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        sum = (sum ^ word) * 0x9E3779B97F4A7C15u;
        sum ^= sum >> 32;
    }
    for (; count > 0; at++, count--) {
        sum = (sum ^ *at) * 0x9E3779B97F4A7C15u;
        sum ^= sum >> 32;
    }
    return sum;
}

enum { page = 4096, part_bytes = 1 << 20 };

static int is_zero(const char *bytes, size_t count) {
    return count == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, count - 1) == 0);
}

static int copy_page(int to, const char *bytes, size_t count, off_t place, uint64_t *sum) {
    if (is_zero(bytes, count)) return 0;
    for (size_t done = 0; done < count;) {
        ssize_t written = pwrite(to, bytes + done, count - done, place + (off_t)done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return -1;
        done += (size_t)written;
    }
    uint64_t number = (uint64_t)place;
    *sum = nb_sum(nb_sum(*sum, &number, sizeof number), bytes, count);
    return 0;
}

static int copy_part(int from, int to, char *buffer, off_t start, off_t end, uint64_t *sum) {
    while (start < end) {
        size_t wanted = end - start < part_bytes ? (size_t)(end - start) : part_bytes;
        ssize_t got = pread(from, buffer, wanted, start);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) return 0;
        for (ssize_t place = 0; place < got; place += page) {
            size_t count = got - place < page ? (size_t)(got - place) : page;
            if (copy_page(to, buffer + place, count, start + place, sum) < 0) return -1;
        }
        start += got;
    }
    return 0;
}

int nb_copy_memory(int from, int to, uint64_t *sum) {
    struct stat status;
    if (fstat(from, &status) < 0 || ftruncate(to, status.st_size) < 0) return -1;
    char *buffer = malloc(part_bytes);
    if (buffer == NULL) return -1;
    *sum = nb_sum(1, &status.st_size, sizeof status.st_size);
    int result = 0;
    for (off_t place = 0; result == 0 && place < status.st_size;) {
        off_t start = lseek(from, place, SEEK_DATA);
        if (start < 0) {
            // Only a hole is left.
            if (errno != ENXIO) result = -1;
            break;
        }
        // Whole pages, counted from the beginning, wherever the file system has its holes.
        start -= start % page;
        off_t end = lseek(from, start > place ? start : place, SEEK_HOLE);
        if (end < 0) {
            result = -1;
            break;
        }
        end += (page - end % page) % page;
        if (end > status.st_size) end = status.st_size;
        if (start < place) start = place;
        result = copy_part(from, to, buffer, start, end, sum);
        place = end;
    }
    int saved = errno;
    free(buffer);
    errno = saved;
    return result;
}
