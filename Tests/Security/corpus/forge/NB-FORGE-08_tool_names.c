// SPDX-License-Identifier: Apache-2.0
// NB-FORGE-08: uploaded files named like tools are not executed in their place
// Attack: upload gcc, cc, as, ld, sh and python3 scripts beside the program: a search path with the current
//   directory runs them
// Incident: CWE-426; Windows-style current-directory search; make and npm script look-ups
#include "../prelude/probe.h"
int main(void) {
    emit(1, "the real tools were used");
}
