// SPDX-License-Identifier: Apache-2.0
'use strict';
// Both sides of separate mode begin with this: frames of JSON, and values as data. Nothing here executes what it reads.
//
// A value is null, a boolean, a number, a text, a list of values, or an object with one key that says what it is:
//   u undefined  l hole  n NaN, -0, Infinity  i bigint  o object (pairs)  p object without prototype  M Map  S Set  D Date
//   R RegExp  E error [class, message]  T typed array [class, base64]  P promise [kept, value]  h object of the submission
//   k function of the tests   r container that was there before (its number)
const wire = (() => {
    const fs = require('fs');
    const { isPromise, isProxy, isTypedArray } = require('util').types;
    const { parse, stringify } = JSON;
    const { getPrototypeOf, defineProperty, create } = Object;
    const arrays = {
        Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array,
        BigInt64Array, BigUint64Array, Buffer,
    };
    const errors = { Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError };

    class Malformed extends Error {}

    // Read and written in whole, whatever pieces come.
    function exactly(size, read) {
        const data = Buffer.alloc(size);
        for (let at = 0; at < size;) {
            let count = 0;
            try {
                count = read(0, data, at, size - at, null);
            } catch (error) {
                if (error.code === 'EAGAIN') continue;
                if (error.code !== 'EOF') throw error;
            }
            if (count === 0) return null;
            at += count;
        }
        return data;
    }

    const { readSync, writeSync } = fs;

    function receive(most) {
        const head = exactly(4, readSync);
        if (head === null) return null;
        const size = head.readUInt32BE(0);
        if (size > most) throw new Malformed(`a message of ${size} bytes, of ${most} at most`);
        const text = exactly(size, readSync);
        return text === null ? null : parse(text.toString('utf8'));
    }

    function send(message) {
        const text = Buffer.from(stringify(message), 'utf8');
        const head = Buffer.alloc(4);
        head.writeUInt32BE(text.length, 0);
        const data = Buffer.concat([head, text]);
        for (let at = 0; at < data.length;) {
            try {
                at += writeSync(1, data, at);
            } catch (error) {
                if (error.code !== 'EAGAIN') throw error;
            }
        }
    }

    class Encoder {
        constructor(other) {
            this.other = other;
            this.numbers = new Map();
            this.kept = [];
        }

        seen(value) {
            const number = this.numbers.get(value);
            if (number === undefined) {
                this.numbers.set(value, this.kept.length);
                this.kept.push(value);
            }
            return number;
        }

        encode(value) {
            switch (typeof value) {
            case 'boolean': case 'string': return value;
            case 'undefined': return { u: 0 };
            case 'bigint': return { i: value.toString() };
            case 'number':
                return Number.isFinite(value) && !Object.is(value, -0) ? value : { n: Object.is(value, -0) ? '-0' : `${value}` };
            case 'object': return value === null ? null : this.object(value);
            default: return this.other(value);
            }
        }

        object(value) {
            // A proxy is nobody's data.
            if (isProxy(value)) return this.other(value);
            const kind = getPrototypeOf(value);
            if (Array.isArray(value) || kind === Object.prototype || kind === null || kind === Map.prototype || kind === Set.prototype) {
                const number = this.seen(value);
                return number === undefined ? this.content(value, kind) : { r: number };
            }
            if (value instanceof Date) return { D: value.getTime() };
            if (value instanceof RegExp) return { R: [value.source, value.flags] };
            if (isTypedArray(value)) {
                const name = Buffer.isBuffer(value) ? 'Buffer' : kind.constructor.name;
                if (arrays[name]) return { T: [name, Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')] };
            }
            if (value instanceof Error) return { E: this.error(value) };
            if (value instanceof Boolean || value instanceof Number || value instanceof String) return this.encode(value.valueOf());
            return this.other(value);
        }

        content(value, kind = getPrototypeOf(value)) {
            if (Array.isArray(value)) {
                const items = [];
                for (let i = 0; i < value.length; i++) items.push(i in value ? this.encode(value[i]) : { l: 0 });
                return items;
            }
            if (value instanceof Map) return { M: [...value].map(([key, item]) => [this.encode(key), this.encode(item)]) };
            if (value instanceof Set) return { S: [...value].map((item) => this.encode(item)) };
            const pairs = Object.keys(value).map((key) => [key, this.encode(value[key])]);
            return kind === null ? { p: pairs } : { o: pairs };
        }

        error(value) {
            let name = 'Error';
            for (const [known, kind] of Object.entries(errors)) if (value instanceof kind) name = known;
            return [name, `${value.message}`, `${value.name}`];
        }
    }

    class Decoder {
        constructor(other, believesPromises = false) {
            this.other = other;
            this.believesPromises = believesPromises;
            this.containers = [];
        }

        fresh(container) {
            this.containers.push(container);
            return container;
        }

        decode(data) {
            if (data === null || typeof data !== 'object') return data;
            if (Array.isArray(data)) return this.fill(this.fresh([]), data);
            const tags = Object.keys(data);
            const tag = tags[0];
            const inner = data[tag];
            if (tags.length !== 1) throw new Malformed('an object that says nothing');
            switch (tag) {
            case 'u': return undefined;
            case 'n': return { NaN, '-0': -0, Infinity, '-Infinity': -Infinity }[inner];
            case 'i': return BigInt(inner);
            case 'o': return this.fill(this.fresh({}), data);
            case 'p': return this.fill(this.fresh(create(null)), { o: inner });
            case 'M': return this.fill(this.fresh(new Map()), data);
            case 'S': return this.fill(this.fresh(new Set()), data);
            case 'D': return new Date(inner);
            case 'R': return new RegExp(`${inner[0]}`, `${inner[1]}`);
            case 'E': return this.error(inner);
            case 'T': return this.array(inner);
            case 'P': return this.promise(inner);
            case 'r':
                if (!Number.isInteger(inner) || inner < 0 || inner >= this.containers.length) throw new Malformed('a container that is not there');
                return this.containers[inner];
            case 'h': case 'k': return this.other(tag, inner);
            default: throw new Malformed('a value of an unknown kind');
            }
        }

        // Puts the content into a container that is empty.
        fill(container, data) {
            if (Array.isArray(container)) {
                for (const item of data) {
                    if (item !== null && typeof item === 'object' && item.l === 0) container.length++;
                    else container.push(this.decode(item));
                }
            } else if (container instanceof Map) {
                for (const [key, item] of data.M) container.set(this.decode(key), this.decode(item));
            } else if (container instanceof Set) {
                for (const item of data.S) container.add(this.decode(item));
            } else {
                for (const [key, item] of data.o ?? data.p) {
                    const value = this.decode(item);
                    // Whoever waits for it could wait for ever, and whoever waits has not failed.
                    if (key === 'then' && typeof value === 'function' && !this.believesPromises) throw new Malformed('a promise of its own making');
                    defineProperty(container, `${key}`, { value, writable: true, enumerable: true, configurable: true });
                }
            }
            return container;
        }

        error([name, message, own]) {
            const known = Object.hasOwn(errors, name) ? errors[name] : Error;
            const error = new known(`${message}`);
            if (own !== undefined && own !== error.name) error.name = `${own}`;
            return error;
        }

        array([name, text]) {
            if (!Object.hasOwn(arrays, name)) throw new Malformed('an array of an unknown kind');
            const bytes = Buffer.from(`${text}`, 'base64');
            if (name === 'Buffer') return bytes;
            const copy = new Uint8Array(bytes).buffer;
            return new arrays[name](copy);
        }

        promise([kept, value]) {
            const inner = this.decode(value);
            return kept === true ? Promise.resolve(inner) : Promise.reject(inner);
        }
    }

    // What a container holds, to see later whether that has changed.
    function snapshot(value) {
        if (Array.isArray(value)) return value.slice();
        if (value instanceof Map) return [...value].flat();
        if (value instanceof Set) return [...value];
        return Object.entries(value).flat();
    }

    function isSame(before, after) {
        return before.length === after.length && before.every((item, i) => Object.is(item, after[i]));
    }

    return { Encoder, Decoder, Malformed, receive, send, snapshot, isSame, isPromise };
})();
