// SPDX-License-Identifier: Apache-2.0

extension Fragments {
    static let javascript = [
        #"""
        console.log("Hello, world!");
        """#,
        #"""
        const numbers = [1, 2, 3, 4, 5];
        const evens = numbers.filter(n => n % 2 === 0).map(n => n * n);
        console.log(evens);
        """#,
        #"""
        function debounce(fn, wait) {
          let timer = null;
          return function (...args) {
            clearTimeout(timer);
            timer = setTimeout(() => fn.apply(this, args), wait);
          };
        }

        module.exports = { debounce };
        """#,
        #"""
        class Stack {
          #items = [];

          push(item) {
            this.#items.push(item);
            return this;
          }

          pop() {
            if (this.#items.length === 0) {
              throw new Error('Stack is empty');
            }
            return this.#items.pop();
          }

          get size() {
            return this.#items.length;
          }
        }

        const s = new Stack();
        s.push(1).push(2);
        console.log(s.pop(), s.size);
        """#,
        #"""
        async function getUser(id) {
          const response = await fetch(`https://example.com/users/${id}`);
          if (!response.ok) {
            throw new Error(`HTTP ${response.status}`);
          }
          return response.json();
        }

        getUser(1).then(user => console.log(user.name)).catch(console.error);
        """#,
        #"""
        const fs = require('fs');
        const path = require('path');

        // import os is Python, not JavaScript
        const lines = fs.readFileSync(path.join(__dirname, 'input.txt'), 'utf8').split('\n');
        let total = 0;
        for (const line of lines) {
          const [name, amount] = line.split(',');
          total += Number(amount);
        }
        console.log(total);
        """#,
        #"""
        var x = 10;
        for (var i = 0; i < x; i++) {
          console.log(i);
        }
        """#,
        #"""
        import express from 'express';

        const app = express();
        app.get('/', (req, res) => {
          res.send('ok');
        });
        export default app;
        """#,
        #"""
        let count = 0;
        while (count < 3) {
          count++;
        }
        alert(count);
        """#,
        #"""
        const memo = {};
        const fib = (n) => (n <= 1 ? n : memo[n] ?? (memo[n] = fib(n - 1) + fib(n - 2)));
        console.log(fib(50));
        """#,
        #"""
        document.querySelectorAll('.item').forEach((el) => {
          el.addEventListener('click', () => el.classList.toggle('active'));
        });
        """#,
        #"""
        const rl = require('readline').createInterface({ input: process.stdin });
        const words = [];
        rl.on('line', (line) => words.push(...line.trim().split(/\s+/)));
        rl.on('close', () => {
          const freq = words.reduce((acc, w) => {
            acc[w] = (acc[w] || 0) + 1;
            return acc;
          }, {});
          Object.entries(freq).sort((a, b) => b[1] - a[1]).forEach(([w, n]) => console.log(`${w}: ${n}`));
        });
        """#,
        #"""
        function isPalindrome(str) {
          const clean = str.toLowerCase().replace(/[^a-z0-9]/g, '');
          return clean === clean.split('').reverse().join('');
        }
        """#,
        #"""
        let arr = [5, 3, 8];
        arr.sort((a, b) => a - b);
        console.log(arr);
        """#,
        #"""
        const sleep = ms => new Promise(r => setTimeout(r, ms));

        (async () => {
          for (let i = 3; i > 0; i--) {
            console.log(i);
            await sleep(100);
          }
        })();
        """#,
        #"""
        const http = require('http');

        http.createServer((req, res) => {
          res.writeHead(200, { 'Content-Type': 'text/plain' });
          res.end('Hello\n');
        }).listen(3000);
        """#,
    ]
}
