/* Shared beginning of the C programs: the result line. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void emit(int contained, const char *detail) {
    printf("{\"id\":\"%s\",\"contained\":%s,\"detail\":\"%s\"}\n", "@@CHECK_ID@@", contained ? "true" : "false", detail);
    fflush(stdout);
}
