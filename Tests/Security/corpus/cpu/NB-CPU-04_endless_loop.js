// SPDX-License-Identifier: Apache-2.0
// NB-CPU-04: an endless loop in JavaScript is ended from outside
// Attack: block the event loop with every signal handler installed: nothing inside can end it
// Incident: in-process timers (vm.runInContext timeout, worker terminate) do not fire in a blocked loop
// @prelude probe.js
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGXCPU', 'SIGALRM']) process.on(name, () => {});
const deadline = Date.now() + 40000;
while (Date.now() < deadline);
emit(false, 'spun for 40 s');
