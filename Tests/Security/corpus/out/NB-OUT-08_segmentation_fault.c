// SPDX-License-Identifier: Apache-2.0
// NB-OUT-08: a real crash is reported with its signal
// Attack: write through a null pointer after the result line
// Incident: programs as pid 1 ignore or lose signals (measured with runc); 139 against SIGSEGV
#include "../prelude/probe.h"
int main(void) {
    emit(1, "about to crash; verdict outside: SIGSEGV");
    volatile int *nowhere = NULL;
    *nowhere = 1;
    return 0;
}
