// SPDX-License-Identifier: Apache-2.0
// NB-MEM-06: memory outside the JavaScript heap is limited
// Attack: allocate buffers of 32 MiB, which live outside the heap that --max-old-space-size bounds
// Incident: V8 heap limits do not cover ArrayBuffers
// @prelude probe.js
const cap = 3 * 1024 * MIB;
const held = [];
let total = 0;
let why = 'cap';
try {
  while (total < cap) {
    held.push(Buffer.alloc(32 * MIB, 1));
    total += 32 * MIB;
    progress(total);
  }
} catch (error) {
  why = error.code ?? error.name;
}
held.length = 0;
emit(why !== 'cap' && within(total, 'mem_mb', cap), `held ${total / MIB} MiB, stopped by ${why}`, { bytes: total });
