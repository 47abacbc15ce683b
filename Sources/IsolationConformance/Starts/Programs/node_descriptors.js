// SPDX-License-Identifier: Apache-2.0
// open descriptors and what they are
const fs = require('node:fs');
for (const name of fs.readdirSync('/proc/self/fd').map(Number).sort((a, b) => a - b)) {
  let target = 'gone';
  try { target = fs.readlinkSync(`/proc/self/fd/${name}`).replace(/\d+/, 'N'); } catch {}
  console.log(name, target);
}
