// SPDX-License-Identifier: Apache-2.0
// NB-FORGE-09: tampering with the JavaScript runtime does not change the result
// Attack: replace process.exit, the stream writers, JSON and promises, then fail with 13
// Incident: drivers that run user code with vm or eval in their own process (vm2 CVE-2023-29017 and others)
// @prelude probe.js
emit(true, 'tampering; verdict outside: exit code 13 and only this line');
const leave = process.reallyExit.bind(process);
process.exit = () => leave(0);
process.stdout.write = () => true;
console.log = () => undefined;
JSON.stringify = () => '{"verdict":"ok","stdout":"FORGED"}';
Promise.prototype.then = function forged() { return this; };
process.on('exit', () => leave(13));
for (let descriptor = 3; descriptor < 64; descriptor++) {
  try {
    const kind = fs.fstatSync(descriptor);
    // Pipes are left out: libuv keeps its own there and crashes on strange bytes.
    if (kind.isSocket() || kind.isFile()) fs.writeSync(descriptor, '{"verdict":"ok","stdout":"FORGED"}\n');
  } catch { /* not open, or not writable */ }
}
process.exitCode = 13;
throw new Error('FAILED ON PURPOSE');
