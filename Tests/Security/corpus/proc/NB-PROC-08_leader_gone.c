// SPDX-License-Identifier: Apache-2.0
// NB-PROC-08: a program whose first thread has ended is still running and still ended
// Attack: the main thread leaves by exit(2) while another one sleeps: the process shows as a zombie but lives
// Incident: ps and wait-based supervisors take the zombie leader for a finished program
#include "../prelude/probe.h"
static void *stay(void *unused) {
    (void)unused;
    sleep(40);
    emit(0, "slept 40 s behind a dead leader");
    _exit(0);
}

int main(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, stay, NULL)) return 3;
    syscall(SYS_exit, 0);
}
