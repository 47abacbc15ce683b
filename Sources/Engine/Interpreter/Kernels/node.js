// SPDX-License-Identifier: Apache-2.0
// The kernel of JavaScript and TypeScript, run by host.py with `boot`, `require` and `importFrom` (an `import` that
// resolves against the working directory). Cells run in V8's REPL mode: top-level await, and let, const and class may
// be declared again. The arguments are the descriptors of commands, events and interrupts.
const fs = require('fs');
const path = require('path');
const util = require('util');
const vm = require('vm');
const inspector = require('inspector');
const { createRequire } = require('module');
const { pathToFileURL } = require('url');

const { Worker } = require('worker_threads');

const [commands, events, interrupts] = process.argv.slice(1).map(Number);
let count = 0;
let running = false;
let interrupt = () => {};

const writeAll = (data) => {
  for (let offset = 0; offset < data.length;) {
    try {
      offset += fs.writeSync(events, data, offset);
    } catch (error) {
      if (error.code !== 'EAGAIN') process.exit(0);
    }
  }
};

// Sends an event; what shows something waits until the host has sent it, so that output stays in order.
const send = (event, ack = false) => {
  writeAll(Buffer.from(JSON.stringify(ack ? { ...event, ack } : event) + '\n'));
  if (ack) fs.readSync(commands, Buffer.alloc(1), 0, 1, null);
};

const fail = (message) => {
  send({ type: 'failed', message });
  process.exit(1);
};

let acorn;
try {
  acorn = require('internal/deps/acorn/acorn/dist/acorn');
} catch {
  fail('the JavaScript kernel needs a Node.js whose parser it can use (version 18 to 22)');
}

// What the user's code sees.

const directory = process.cwd() + path.sep;
globalThis.require = createRequire(directory + 'cell.js');
globalThis.module = { exports: {} };
globalThis.exports = globalThis.module.exports;
globalThis.__dirname = process.cwd();
globalThis.__filename = directory + 'cell.js';
const hidden = (name, value) => Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
hidden('__nestbox_import', (name) =>
  importFrom(/^(\.{0,2}\/)/.test(name) ? pathToFileURL(path.resolve(directory, name)).href : name));
hidden('__nestbox_keep', (value) => { kept = value; });
let kept;

// Shows values in a cell: $$.html('<b>x</b>'), $$.display('text/markdown', '*x*').
const show = (bundle) => { send({ type: 'result', bundle, main: false }, true); };
hidden('$$', {
  display: (mime, value) => show(typeof mime === 'string' ? { [mime]: value } : mime),
  mime: (bundle) => show(bundle),
  text: (value) => show({ 'text/plain': String(value) }),
  html: (value) => show({ 'text/html': String(value) }),
  svg: (value) => show({ 'image/svg+xml': String(value) }),
  png: (value) => show({ 'image/png': Buffer.isBuffer(value) ? value.toString('base64') : value }),
  jpeg: (value) => show({ 'image/jpeg': Buffer.isBuffer(value) ? value.toString('base64') : value }),
  markdown: (value) => show({ 'text/markdown': String(value) }),
  latex: (value) => show({ 'text/latex': String(value) }),
  json: (value) => show({ 'application/json': value, 'text/plain': util.inspect(value) }),
});

const bundleOf = (value) => {
  const bundle = { 'text/plain': util.inspect(value, { maxArrayLength: null, maxStringLength: null }) };
  if (value === null || typeof value !== 'object') return bundle;
  const methods = {
    _toHtml: 'text/html', _toSvg: 'image/svg+xml', _toPng: 'image/png', _toJpeg: 'image/jpeg', _toMd: 'text/markdown',
    _toLatex: 'text/latex', _toJSON: 'application/json',
  };
  for (const [method, mime] of Object.entries(methods)) {
    if (typeof value[method] === 'function') bundle[mime] = value[method]();
  }
  if (typeof value._toMime === 'function') Object.assign(bundle, value._toMime());
  const prototype = Object.getPrototypeOf(value);
  if (!bundle['application/json'] && (Array.isArray(value) || prototype === Object.prototype || prototype === null)) {
    try { bundle['application/json'] = JSON.parse(JSON.stringify(value)); } catch { /* circular */ }
  }
  return bundle;
};

// Source.

// TypeScript without its types; imports stay, used or not.
const stripTypes = (code) => {
  const { status, stdout, stderr, error } = require('child_process').spawnSync('esbuild', [
    '--loader=ts', '--target=esnext', '--log-level=error', '--sourcefile=cell.ts',
    '--tsconfig-raw={"compilerOptions":{"preserveValueImports":true,"useDefineForClassFields":true}}',
  ], { input: code, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (error) throw new Error('TypeScript needs esbuild, which this template lacks');
  if (status !== 0) throw new SyntaxError(stderr.trim().replace(/^✘ \[ERROR\] /, ''));
  return stdout;
};

// Import and export declarations, which scripts do not have, as dynamic imports and plain declarations.
const withoutModuleSyntax = (code) => {
  if (!/\b(import|export)\b/.test(code)) return code;
  let tree;
  try {
    tree = acorn.parse(code, {
      ecmaVersion: 'latest', sourceType: 'module', allowAwaitOutsideFunction: true, allowHashBang: true,
    });
  } catch {
    return code; // V8 says what is wrong with it
  }
  const edits = [];
  const statement = (node) => {
    if (node.type === 'ImportDeclaration') {
      const from = `await __nestbox_import(${node.source.raw})`;
      const named = [], lines = [];
      for (const one of node.specifiers) {
        const key = one.imported && (one.imported.name ?? JSON.stringify(one.imported.value));
        if (one.type === 'ImportNamespaceSpecifier') lines.push(`const ${one.local.name} = ${from};`);
        else named.push(`${key ?? 'default'}: ${one.local.name}`);
      }
      if (named.length) lines.push(`const { ${named.join(', ')} } = ${from};`);
      edits.push([node.start, node.end, lines.join(' ') || `${from};`]);
    } else if (node.type === 'ExportNamedDeclaration') {
      edits.push([node.start, node.declaration ? node.declaration.start : node.end, '']);
    } else if (node.type === 'ExportDefaultDeclaration') {
      edits.push([node.start, node.declaration.start, '']);
    }
  };
  const visit = (node) => {
    if (!node || typeof node.type !== 'string') return;
    if (node.type === 'ImportExpression') edits.push([node.start, node.start + 'import'.length, '__nestbox_import']);
    for (const child of Object.values(node)) {
      if (Array.isArray(child)) child.forEach(visit);
      else if (child && typeof child === 'object' && !(child instanceof RegExp)) visit(child);
    }
  };
  tree.body.forEach((node) => { statement(node); visit(node); });
  edits.sort((a, b) => b[0] - a[0]);
  for (const [start, end, text] of edits) {
    const lines = code.slice(start, end).split('\n').length - text.split('\n').length;
    code = code.slice(0, start) + text + '\n'.repeat(Math.max(0, lines)) + code.slice(end);
  }
  return code;
};

// Running.

const session = new inspector.Session();
session.connect();
let answer;
hidden('__nestbox_evaluate', (expression) => {
  session.post('Runtime.evaluate', { expression, replMode: true, awaitPromise: true }, (...all) => answer(...all));
});

// The JavaScript value behind what the inspector says.
const local = (remote) => {
  if (remote.objectId === undefined) {
    if (remote.unserializableValue === undefined) return remote.value;
    return /^-?\d+n$/.test(remote.unserializableValue)
      ? BigInt(remote.unserializableValue.slice(0, -1)) : Number(remote.unserializableValue);
  }
  kept = undefined;
  session.post('Runtime.callFunctionOn', {
    functionDeclaration: 'function (value) { globalThis.__nestbox_keep(value); }',
    arguments: [{ objectId: remote.objectId }], objectId: remote.objectId,
  }, () => {});
  session.post('Runtime.releaseObject', { objectId: remote.objectId }, () => {});
  return kept;
};

class Interrupted extends Error {}

const evaluate = (code) => new Promise((resolve, reject) => {
  interrupt = () => reject(new Interrupted());
  answer = (error, result) => {
    if (error) reject(error instanceof Error ? error : new Error(error.message));
    else resolve(result);
  };
  try {
    vm.runInThisContext(`__nestbox_evaluate(${JSON.stringify(code)})`, { breakOnSigint: true });
  } catch (error) {
    reject(error.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED' ? new Interrupted() : error);
  }
});

// Stacks end in the user's code, not in this file.
Error.prepareStackTrace = (error, frames) => {
  const own = frames.findIndex((frame) => frame.getFileName() === 'node:inspector');
  const shown = (own < 0 ? frames : frames.slice(0, own))
    .filter((frame) => !(frame.isEval() && String(frame.getEvalOrigin()).includes('[eval]')));
  return [Error.prototype.toString.call(error), ...shown.map((frame) => `    at ${frame}`)].join('\n');
};

// Ends code that never comes back to the event loop, which no signal handler of JavaScript can.
const state = new Int32Array(new SharedArrayBuffer(4));
new Worker(`
  const fs = require('fs'), inspector = require('inspector');
  const { workerData: { interrupts, state } } = require('worker_threads');
  const session = new inspector.Session();
  session.connectToMainThread();
  const byte = Buffer.alloc(1);
  while (fs.readSync(interrupts, byte, 0, 1, null) === 1) {
    const cell = state[0];
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    if (cell && state[0] === cell) session.post('Runtime.terminateExecution');
  }`, { eval: true, workerData: { interrupts, state } }).unref();

const report = (error) => {
  if (error instanceof Interrupted) {
    send({ type: 'error', name: 'KeyboardInterrupt', value: '', traceback: 'The execution was interrupted.' }, true);
  } else if (util.types.isNativeError(error) || error instanceof Error) {
    send({ type: 'error', name: String(error.name), value: String(error.message), traceback: String(error.stack ?? error) }, true);
  } else {
    const text = util.inspect(error);
    send({ type: 'error', name: 'Error', value: text, traceback: `Uncaught ${text}` }, true);
  }
};

class Exit extends Error {
  constructor(code) {
    super(`process.exit(${code ?? ''}) was called`);
    this.name = 'Exit';
  }
}

const execute = async ({ code, env }) => {
  const before = Object.fromEntries(Object.keys(env).map((key) => [key, process.env[key]]));
  Object.assign(process.env, env);
  send({ type: 'started', count: ++count });
  running = true;
  state[0] = count;
  try {
    const script = boot.kernel === 'typescript' ? stripTypes(code) : code;
    const { result, exceptionDetails } = await evaluate(withoutModuleSyntax(script));
    if (exceptionDetails) {
      throw local(exceptionDetails.exception ?? { value: exceptionDetails.text });
    }
    const value = local(result);
    if (value !== undefined) send({ type: 'result', bundle: bundleOf(value), main: true }, true);
  } catch (error) {
    report(error);
  }
  running = false;
  state[0] = 0;
  interrupt = () => {};
  for (const [key, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[key];
    else process.env[key] = value;
  }
  send({ type: 'end' });
};

process.on('SIGINT', () => interrupt());
process.on('uncaughtException', (error) => { if (running) report(error); else console.error(error); });
process.on('unhandledRejection', (error) => { if (running) report(error); else console.error(error); });
process.exit = ((exit) => (code) => { if (running) throw new Exit(code); exit(code); })(process.exit);

// A cell may wait for something that keeps nothing alive.
setInterval(() => {}, 1 << 30);
let waiting = Buffer.alloc(0);
const listen = () => fs.read(commands, Buffer.alloc(1 << 16), 0, 1 << 16, null, async (error, size, buffer) => {
  if (error || size === 0) process.kill(process.pid, 'SIGKILL');
  waiting = Buffer.concat([waiting, buffer.subarray(0, size)]);
  if (waiting[waiting.length - 1] === 10) {
    const line = waiting.toString();
    waiting = Buffer.alloc(0);
    await execute(JSON.parse(line));
  }
  listen();
});
send({ type: 'ready' });
listen();
