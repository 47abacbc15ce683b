// SPDX-License-Identifier: Apache-2.0
// NB-PROC-13: processes started from JavaScript are limited too
// Attack: start up to 400 sleeping children and worker threads' helpers through child_process
// Incident: Piston tests/fork.py, snekbox test_forkbomb_resource_unavailable
// @prelude probe.js
const { spawn } = load('child_process');
const cap = 400;
const children = [];
let failed = '';
function next() {
  if (children.length >= cap || failed) return finish();
  const child = spawn('/bin/sleep', ['30'], { stdio: 'ignore' });
  child.on('error', (error) => { failed ||= error.code; });
  if (child.pid) children.push(child);
  if (children.length % 50 === 0) progress(children.length);
  setImmediate(next);
}
function finish() {
  const count = children.length;
  for (const child of children) child.kill('SIGKILL');
  emit(failed !== '' && within(count, 'pids', cap), `${count} children, stopped by ${failed || 'cap'}`, { children: count });
  process.exit(0);
}
next();
