// SPDX-License-Identifier: Apache-2.0
// The tests' side of separate mode: runs the data set's own code, and asks the submission by messages. Whatever the submission
// says is data; what is equal is decided here.
(() => {
    const fs = require('fs');
    const vm = require('vm');
    const assert = require('assert');
    const { Encoder, Decoder, Malformed, receive, send } = wire;
    const mostBytes = 64 << 20;
    const spec = JSON.parse(fs.readFileSync('harness.json', 'utf8'));
    const tests = fs.readFileSync(spec.tests_file ?? 'tests', 'utf8');
    const prefix = spec.prefix_file ? fs.readFileSync(spec.prefix_file, 'utf8') : spec.prefix;
    const secret = process.env.NESTBOX_SECRET;
    delete process.env.NESTBOX_SECRET;
    const notes = new Set();
    const handles = new Map();
    const targets = new Map();
    const numbers = new WeakMap();
    const exported = [];
    const theirs = new WeakSet();

    const { stderr } = process;
    Object.defineProperty(process, 'stdout', { get: () => stderr, configurable: true });
    globalThis.console = new console.Console({ stdout: stderr, stderr });
    console.assert = (condition, ...text) => { if (!condition) throw new assert.AssertionError({ message: `Assertion failed ${text.join(' ')}` }); };

    // Tells the verdict and ends, whatever goes on.
    function end(verdict, message = '', line = null, text = null) {
        const told = JSON.stringify({ verdict, message: message.slice(0, 4000), line, text, notes: [...notes].sort() });
        const data = Buffer.from(`\n${secret}${told}\n`);
        for (let at = 0; at < data.length;) {
            try {
                at += fs.writeSync(2, data, at);
            } catch (error) {
                if (error.code !== 'EAGAIN') process.reallyExit(1);
            }
        }
        process.reallyExit(verdict === 'ok' ? 0 : 1);
    }

    const broken = (why) => end('runtime_error', `the submission did not answer as it has to: ${why}`);
    const ended = () => end('ended', 'the submission ended before the tests did');

    function failed(error) {
        const stack = error instanceof Error ? `${error.stack}` : '';
        const found = /\btests:(\d+)/.exec(stack);
        const line = found ? Number(found[1]) : null;
        const text = line === null ? null : (tests.split('\n')[line - 1] ?? '').trim().slice(0, 2000);
        const isOwn = error instanceof assert.AssertionError && !theirs.has(error);
        end(isOwn ? 'wrong_answer' : 'runtime_error', error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${String(error)}`, line, text);
    }

    function next() {
        let message;
        try {
            message = receive(mostBytes);
        } catch (error) {
            broken(error.message);
        }
        if (message === null) ended();
        if (typeof message !== 'object' || Array.isArray(message)) broken('no message');
        return message;
    }

    function say(message) {
        try {
            send(message);
        } catch (error) {
            ended();
        }
    }

    function give(value) {
        const number = numbers.get(value);
        if (number !== undefined) return { h: number };
        if (typeof value === 'function') {
            exported.push(value);
            notes.add('the tests gave the submission functions to call');
            return { k: exported.length - 1 };
        }
        // It can be the submission's own, and what that is must not decide the mode.
        if (value instanceof Promise) end('runtime_error', 'the tests give the submission a promise');
        return end('not_supported', `the tests give the submission a ${typeof value} of class ${value?.constructor?.name}`);
    }

    function remote(tag, inner) {
        if (tag === 'k') {
            if (!Number.isInteger(inner) || inner < 0 || inner >= exported.length) throw new Malformed('a function that is not there');
            return exported[inner];
        }
        const [number, kind] = inner;
        if (!Number.isInteger(number)) throw new Malformed('an object without a number');
        // What came from the tests is given back as it is.
        if (number < 0) return remote('k', -1 - number);
        if (handles.has(number)) return handles.get(number);
        const target = kind === 'function' ? function () {} : {};
        const value = new Proxy(target, new Handle(number));
        handles.set(number, value);
        numbers.set(value, number);
        return value;
    }

    // An object of the submission. What the tests expect never goes there.
    class Handle {
        constructor(number) { this.number = number; }
        ask(action, items, more) { return ask({ do: action, of: this.number, ...more }, items); }
        apply(_, self, items) { return this.ask('call', items, { self: numbers.get(self) ?? null }); }
        construct(_, items) { return this.ask('construct', items); }
        get(_, key) {
            if (key === Symbol.iterator) return () => this.iterator();
            if (key === Symbol.hasInstance) return (value) => numbers.has(value) && this.ask('isa', [value]) === true;
            // A promise of the submission's own making could be one that never ends, and the tests would wait beside it.
            return typeof key === 'symbol' || key === 'then' ? undefined : this.ask('get', [key]);
        }
        set(_, key, value) {
            if (typeof key !== 'symbol') this.ask('set', [key, value]);
            return true;
        }
        has(_, key) { return typeof key !== 'symbol' && this.ask('has', [key]) === true; }
        ownKeys() { const keys = this.ask('keys', []); return Array.isArray(keys) ? keys.map(String) : []; }
        getOwnPropertyDescriptor(target, key) {
            return this.has(target, key) ? { value: this.get(target, key), writable: true, enumerable: true, configurable: true } : undefined;
        }
        getPrototypeOf(target) { return typeof target === 'function' ? Function.prototype : Object.prototype; }
        iterator() {
            const steps = numbers.get(this.ask('iterate', []));
            const it = {
                next: () => {
                    const found = ask({ do: 'step', of: steps }, []);
                    return Array.isArray(found) && found.length > 0 ? { done: false, value: found[0] } : { done: true, value: undefined };
                },
                [Symbol.iterator]: () => it,
            };
            return it;
        }
    }

    function ask(message, items) {
        const encoder = new Encoder(give);
        message.arguments = items.map((item) => encoder.encode(item));
        say(message);
        let reply = next();
        while ('call' in reply) {
            callBack(reply);
            reply = next();
        }
        let value;
        try {
            const decoder = new Decoder(remote);
            decoder.containers.push(...encoder.kept);
            if ('error' in reply) {
                value = decoder.error(reply.error);
            } else {
                value = decoder.decode('thrown' in reply ? reply.thrown : reply.result);
                for (const [number, content] of reply.changed ?? []) change(encoder.kept[number], decoder, content);
            }
        } catch (error) {
            broken(error.message);
        }
        if ('error' in reply || 'thrown' in reply) {
            if (value instanceof Error) theirs.add(value);
            throw value;
        }
        return value;
    }

    // Does to a container of the tests what the submission did to its copy.
    function change(container, decoder, content) {
        if (container === undefined) throw new Malformed('a container that is not there');
        if (Array.isArray(container)) container.length = 0;
        else if (container instanceof Map || container instanceof Set) container.clear();
        else for (const key of Object.keys(container)) delete container[key];
        decoder.fill(container, content);
    }

    function callBack({ call, arguments: items }) {
        let values;
        try {
            const decoder = new Decoder(remote);
            values = items.map((item) => decoder.decode(item));
        } catch (error) {
            broken(error.message);
        }
        if (!Number.isInteger(call) || call < 0 || call >= exported.length) broken('it calls a function that is not there');
        let reply;
        try {
            reply = { result: new Encoder(give).encode(exported[call](...values)) };
        } catch (error) {
            reply = { error: ['Error', `${error?.message}`] };
        }
        say(reply);
    }

    // What neither the tests nor Node.js have is asked of the submission.
    function offer(name) {
        const put = (value) => Object.defineProperty(globalThis, name, { value, writable: true, enumerable: true, configurable: true });
        Object.defineProperty(globalThis, name, {
            configurable: true,
            get: () => {
                const value = ask({ do: 'name' }, [name]);
                if (name !== spec.entry_point) notes.add(`the tests use '${name}' of the submission`);
                put(value);
                return value;
            },
            set: put,
        });
    }

    globalThis.require = require;
    globalThis.module = module;
    globalThis.exports = module.exports;
    process.on('uncaughtException', failed);
    process.on('unhandledRejection', failed);
    process.on('beforeExit', () => end('ok'));
    try {
        vm.runInThisContext(prefix, { filename: 'prompt' });
    } catch (error) {
        end('not_supported', `the data set's own code fails: ${error.message}`);
    }
    let script;
    try {
        script = new vm.Script(tests, { filename: 'tests' });
    } catch (error) {
        end('not_supported', `the tests are no JavaScript: ${error.message}`);
    }
    for (const [name] of tests.matchAll(/[A-Za-z_$][\w$]*/g)) {
        let isThere = name in globalThis;
        try {
            isThere ||= vm.runInThisContext(`typeof ${name}`) !== 'undefined';
        } catch {
            isThere = true;
        }
        if (!isThere) offer(name);
    }
    const ready = next();
    if ('error' in ready || 'thrown' in ready) end('runtime_error', `the submission failed: ${JSON.stringify(ready.error ?? ready.thrown).slice(0, 2000)}`);
    if (ready.ready !== true) broken('it did not say that it is ready');
    try {
        script.runInThisContext();
    } catch (error) {
        failed(error);
    }
})();
