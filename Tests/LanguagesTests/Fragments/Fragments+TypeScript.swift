// SPDX-License-Identifier: Apache-2.0

extension Fragments {
    static let typescript = [
        #"""
        const greet = (name: string): string => `Hello, ${name}!`;
        console.log(greet("world"));
        """#,
        #"""
        interface User {
          id: number;
          name: string;
          email?: string;
        }

        function findUser(users: User[], id: number): User | undefined {
          return users.find((u) => u.id === id);
        }

        const users: User[] = [{ id: 1, name: "Ann" }];
        console.log(findUser(users, 1)?.name);
        """#,
        #"""
        type Shape =
          | { kind: "circle"; radius: number }
          | { kind: "square"; side: number };

        function area(shape: Shape): number {
          switch (shape.kind) {
            case "circle":
              return Math.PI * shape.radius ** 2;
            case "square":
              return shape.side ** 2;
          }
        }

        console.log(area({ kind: "circle", radius: 2 }).toFixed(2));
        """#,
        #"""
        class Queue<T> {
          private items: T[] = [];

          enqueue(item: T): void {
            this.items.push(item);
          }

          dequeue(): T | undefined {
            return this.items.shift();
          }

          get length(): number {
            return this.items.length;
          }
        }

        const q = new Queue<number>();
        q.enqueue(1);
        console.log(q.dequeue());
        """#,
        #"""
        enum Direction {
          Up,
          Down,
        }

        let d: Direction = Direction.Up;
        console.log(Direction[d]);
        """#,
        #"""
        export async function retry<T>(fn: () => Promise<T>, times: number): Promise<T> {
          let lastError: unknown;
          for (let i = 0; i < times; i++) {
            try {
              return await fn();
            } catch (e) {
              lastError = e;
            }
          }
          throw lastError;
        }
        """#,
        #"""
        import { readFileSync } from "fs";

        type Row = Record<string, string>;

        const text = readFileSync("data.csv", "utf8");
        const [header, ...lines] = text.trim().split("\n");
        const keys = header.split(",");
        const rows: Row[] = lines.map((line) => {
          const cells = line.split(",");
          return Object.fromEntries(keys.map((k, i) => [k, cells[i]])) as Row;
        });
        console.log(rows.length);
        """#,
        #"""
        function isEven(n: number): boolean {
          return n % 2 === 0;
        }
        """#,
        #"""
        abstract class Animal {
          constructor(protected readonly name: string) {}
          abstract sound(): string;
          speak(): void {
            console.log(`${this.name} says ${this.sound()}`);
          }
        }

        class Dog extends Animal {
          sound(): string {
            return "woof";
          }
        }

        new Dog("Rex").speak();
        """#,
        #"""
        const counts = new Map<string, number>();
        for (const w of "a b a".split(" ")) {
          counts.set(w, (counts.get(w) ?? 0) + 1);
        }
        console.log([...counts]);
        """#,
        #"""
        let total: number = 0;
        const prices: number[] = [1, 2, 3];
        prices.forEach((p) => { total += p; });
        console.log(total);
        """#,
        #"""
        function sum(values: number[]): number {
          return values.reduce((a, b) => a + b, 0);
        }

        console.log(sum([1, 2, 3]));
        """#,
        #"""
        type Result<T> = { ok: true; value: T } | { ok: false; error: Error };

        const parse = (s: string): Result<number> => {
          const n = Number(s);
          return Number.isNaN(n) ? { ok: false, error: new Error("bad") } : { ok: true, value: n };
        };
        """#,
        #"""
        import type { Request, Response } from 'express';

        export const handler = async (req: Request, res: Response) => {
          res.json({ ok: true });
        };
        """#,
        #"""
        class Cache<K, V> {
          private store = new Map<K, V>();
          get(key: K): V | undefined { return this.store.get(key); }
          set(key: K, value: V) { this.store.set(key, value); }
        }
        """#,
    ]
}
