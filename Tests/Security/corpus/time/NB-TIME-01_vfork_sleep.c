// SPDX-License-Identifier: Apache-2.0
// NB-TIME-01: a parent that waits uninterruptibly for its vfork child is ended
// Attack: vfork makes the parent sleep in a state that most signals do not leave; the child sleeps for 40 s
// Incident: D-state processes that cannot be killed (fault plan F11); vfork parents show as D
#include "../prelude/probe.h"
int main(void) {
    pid_t child = vfork();
    if (child == 0) {
        sleep(40);
        _exit(0);
    }
    emit(0, "slept 40 s in vfork");
}
