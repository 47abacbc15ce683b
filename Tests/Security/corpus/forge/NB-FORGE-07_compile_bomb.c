// SPDX-License-Identifier: Apache-2.0
// NB-FORGE-07: a program that explodes in the compiler is stopped by the limits of the compile stage
// Attack: nested macros that expand to sixty-eight billion numbers
// Incident: compiler bombs on judges (Codeforces, DMOJ); include /dev/zero and template bombs
#include "../prelude/probe.h"
#define A(...) __VA_ARGS__ __VA_ARGS__ __VA_ARGS__ __VA_ARGS__ __VA_ARGS__ __VA_ARGS__ __VA_ARGS__ __VA_ARGS__
#define B(...) A(A(A(A(__VA_ARGS__))))
int values[] = {B(B(B(1,)))};

int main(void) {
    emit(0, "compiled sixty-eight billion numbers");
}
