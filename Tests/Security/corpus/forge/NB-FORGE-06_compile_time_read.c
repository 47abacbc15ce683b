// SPDX-License-Identifier: Apache-2.0
// NB-FORGE-06: compiling cannot read files of the host
// Attack: include the host canary and /etc/shadow: compilers quote lines of what they cannot parse
// Incident: natsukagami/kjudge#82 and DMOJ judge-server#318 (compile stage outside the sandbox)
#include "../prelude/probe.h"
#include "@@CANARY_FILE@@"
#include "/etc/shadow"
__asm__(".incbin \"@@CANARY_FILE@@\"");

int main(void) {
    emit(0, "compiled with the canary inside");
}
