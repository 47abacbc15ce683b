// SPDX-License-Identifier: Apache-2.0
// NB-LEAK-04: a JavaScript program sees no environment, interface or name of the host
// Attack: process.env, os.networkInterfaces(), os.hostname() and the diagnostic report, which lists all of them
// Incident: npm supply-chain worms of 2025 (Shai-Hulud) collect exactly these
// @prelude probe.js
const os = load('os');
const names = 'PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|TERM|TMPDIR|TZ|PWD|OLDPWD|SHLVL|_|SHELL|HOSTNAME|NO_COLOR|XDG_CACHE_HOME';
const harmless = new RegExp(`^(${names}|LC_\\w+|NODE_\\w+|NESTBOX_\\w+)$`);
const report = process.report.getReport();
const found = [];
for (const name of Object.keys({ ...process.env, ...report.environmentVariables })) if (!harmless.test(name)) found.push(name);
for (const [name, addresses] of Object.entries(os.networkInterfaces()))
  if (addresses.some((address) => !address.internal)) found.push(`interface ${name}`);
if (CFG.host_name && (os.hostname() === CFG.host_name || report.header.host === CFG.host_name)) found.push('host name');
emit(found.length === 0, found.length ? `found ${found.slice(0, 8)}` : 'nothing of the host');
