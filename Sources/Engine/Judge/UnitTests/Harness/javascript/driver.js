// SPDX-License-Identifier: Apache-2.0
// The submission's side of separate mode. It answers calls with data, and that is all that anybody believes it.
(() => {
    const fs = require('fs');
    const vm = require('vm');
    const { Readable } = require('stream');
    const { Encoder, Decoder, receive, send, snapshot, isSame, isPromise } = wire;
    const exit = process.exit.bind(process);
    const spec = JSON.parse(fs.readFileSync('harness.json', 'utf8'));
    const objects = [];
    const numbers = new Map();

    // The streams are the conversation's: what is printed goes to standard error, and input is empty.
    const { stderr } = process;
    Object.defineProperty(process, 'stdout', { get: () => stderr, configurable: true });
    const nothing = Readable.from([]);
    Object.defineProperty(process, 'stdin', { get: () => nothing, configurable: true });
    globalThis.console = new console.Console({ stdout: stderr, stderr });

    function handle(value) {
        let number = numbers.get(value);
        if (number === undefined) {
            number = objects.length;
            objects.push(value);
            numbers.set(value, number);
        }
        return { h: [number, typeof value === 'function' ? 'function' : 'object'] };
    }

    function callback(number) {
        const call = (...items) => {
            const encoder = new Encoder(handle);
            send({ call: number, arguments: items.map((item) => encoder.encode(item)) });
            for (;;) {
                const message = receive(Infinity);
                if (message === null) exit(0);
                if ('result' in message || 'error' in message) {
                    if (message.error) throw new Decoder(own, true).error(message.error);
                    return new Decoder(own, true).decode(message.result);
                }
                answer(message);
            }
        };
        numbers.set(call, -1 - number);
        return call;
    }

    const own = (tag, inner) => tag === 'h' ? objects[inner] : callback(inner);

    function perform(message) {
        const decoder = new Decoder(own, true);
        const items = message.arguments.map((item) => decoder.decode(item));
        const { containers } = decoder;
        const before = containers.map(snapshot);
        const result = actions[message.do](message, items);
        return { result, containers, before };
    }

    function reply({ result, containers, before }) {
        const encoder = new Encoder(handle);
        for (const container of containers) encoder.seen(container);
        const message = { result: encoder.encode(result) };
        const changed = [];
        containers.forEach((container, i) => {
            if (!isSame(before[i], snapshot(container))) changed.push([i, encoder.content(container)]);
        });
        if (changed.length > 0) message.changed = changed;
        send(message);
    }

    function fail(error) {
        const encoder = new Encoder(handle);
        if (error instanceof Error) {
            stderr.write(`${error.stack}\n`);
            send({ error: encoder.error(error) });
        } else {
            send({ thrown: encoder.encode(error) });
        }
    }

    function answer(message) {
        try {
            const done = perform(message);
            if (isPromise(done.result)) {
                return done.result.then((value) => {
                    const encoder = new Encoder(handle);
                    send({ result: { P: [true, encoder.encode(value)] } });
                }, (error) => {
                    const encoder = new Encoder(handle);
                    send({ result: { P: [false, encoder.encode(error)] } });
                });
            }
            reply(done);
        } catch (error) {
            fail(error);
        }
        return undefined;
    }

    const actions = {
        name: (message, [name]) => {
            if (!/^[A-Za-z_$][\w$]*$/.test(name)) throw new ReferenceError(`${name} is not defined`);
            if (vm.runInThisContext(`typeof ${name}`) === 'undefined' && module.exports && name in module.exports) return module.exports[name];
            return vm.runInThisContext(name);
        },
        call: ({ of, self }, items) => Reflect.apply(objects[of], self === null ? undefined : objects[self], items),
        construct: ({ of }, items) => Reflect.construct(objects[of], items),
        get: ({ of }, [key]) => objects[of][key],
        set: ({ of }, [key, value]) => { objects[of][key] = value; },
        has: ({ of }, [key]) => key in objects[of],
        keys: ({ of }) => Object.keys(objects[of]),
        iterate: ({ of }) => objects[of][Symbol.iterator](),
        step: ({ of }) => { const { done, value } = objects[of].next(); return done ? [] : [value]; },
        isa: ({ of }, [value]) => value instanceof objects[of],
    };

    async function serve() {
        globalThis.require = require;
        globalThis.module = module;
        globalThis.exports = module.exports;
        try {
            vm.runInThisContext(fs.readFileSync(spec.file, 'utf8'), { filename: spec.file });
        } catch (error) {
            fail(error);
            return;
        }
        send({ ready: true });
        for (;;) {
            const message = receive(Infinity);
            if (message === null) exit(0);
            await answer(message);
        }
    }

    serve();
})();
