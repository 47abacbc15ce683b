// SPDX-License-Identifier: Apache-2.0
// NB-OUT-03: a line that never ends is limited like any other output
// Attack: write without a single newline, with NUL bytes in between, as fast as possible
// Incident: line-buffering readers keep the whole line in memory
// @prelude probe.js
const block = Buffer.alloc(65536, 'x');
block[1000] = 0;
const end = Date.now() + 40000;
let total = 0;
while (Date.now() < end && total < 1536 * MIB) total += fs.writeSync(1, block);
emit(false, `wrote ${total >> 20} MiB`);
