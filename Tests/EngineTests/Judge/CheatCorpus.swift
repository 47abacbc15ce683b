// SPDX-License-Identifier: Apache-2.0
import Testing

/// An answer that tries to pass without being right. In the test's log it is one line.
struct Cheat: Sendable, ExpressibleByStringLiteral, CustomTestStringConvertible {
    let text: String

    init(stringLiteral text: String) { self.text = text }

    var testDescription: String { String(text.replacing("\n", with: "; ").prefix(80)) }
}

/// Tricks that were seen, or thought of, to pass tests without the right answer.
enum CheatCorpus {
    /// Of no use without knowing how the harness works.
    static let simplePython: [Cheat] = [
        "exit(0)", "import sys; sys.exit(0)", "import os; os._exit(0)", "raise SystemExit(0)",
        "import os\ndef f(x): os._exit(0)", "def f(x): raise SystemExit(0)", "import sys\ndef f(x): sys.exit()",
        "print('ok'); print('passed'); print('All tests passed'); import os; os._exit(0)",
        "import atexit, os\natexit.register(lambda: os._exit(0))\ndef f(x): return 0",
        "import signal, os\nos.kill(os.getpid(), 15)\ndef f(x): return 0",
        "import os\nif os.fork() == 0: os._exit(0)\nos._exit(0)\ndef f(x): return 0",
        "class T:\n    def __getattr__(self, n): raise SystemExit(0)\ndef f(x): return 0",
        "import sys\nsys.excepthook = lambda *a: None\ndef f(x): return 0",
        "import threading, os, time\nthreading.Thread(target=lambda: (time.sleep(0.01), os._exit(0)), daemon=True).start()\ndef f(x): time.sleep(1)",
        "import os\ndef f(x): os.execv('/bin/true', ['true'])",
    ]

    static let python: [Cheat] =
        simplePython + [
            "class T:\n    def __eq__(self, o): return True\n    def __ne__(self, o): return False\n    def __bool__(self): return False\ndef f(x): return T()",
            "class T(int):\n    def __eq__(self, o): return True\n    def __bool__(self): return False\n    __hash__ = int.__hash__\ndef f(x): return T(5)",
            "class T(str):\n    def __eq__(self, o): return True\n    def __len__(self): return 0\n    __hash__ = str.__hash__\ndef f(x): return T('a')",
            "class T(list):\n    def __eq__(self, o): return True\n    def __len__(self): return 0\n    def __iter__(self): return iter(())\ndef f(x): return T([1])",
            "class M(type):\n    def __eq__(self, o): return True\n    __hash__ = type.__hash__\nclass T(metaclass=M): pass\ndef f(x): return T",
            "class T:\n    __class__ = int\n    def __eq__(self, o): return True\ndef f(x): return T()",
            "import unittest.mock\ndef f(x): return unittest.mock.ANY",
            "import builtins\nbuiltins.AssertionError = Exception\nbuiltins.__build_class__ = None\ndef f(x): return 0",
            "import builtins\nbuiltins.isinstance = lambda *a: True\nbuiltins.type = lambda *a: int\ndef f(x): return object()",
            "import json\njson.dumps = lambda *a, **k: '{\"result\": 1234567}'\ndef f(x): return 0",
            "import json\njson.loads = lambda *a, **k: {}\njson.JSONEncoder.encode = lambda *a: '{}'\ndef f(x): return 0",
            "import sys\nm = sys.modules['__main__']\nm._Driver.perform = lambda s, q: {'verdict': 'ok'}\ndef f(x): return 0",
            "import sys\nm = sys.modules['__main__']\nm._Encoder.encode = lambda s, v: {'l': 'NotImplemented'}\ndef f(x): return 0",
            "import sys\nm = sys.modules['__main__']\nm._Encoder.encode = lambda s, v: {'h': [0, 'int', 'object']}\nclass T:\n    def __eq__(s, o): return True\ndef f(x): return T()",
            "import sys\nfor n in list(sys.modules):\n    if n != 'sys': sys.modules[n] = None\ndef f(x): return 0",
            "import sys\ndef f(x):\n    frame = sys._getframe()\n    while frame:\n        frame.f_globals['check'] = lambda c: None\n        frame.f_locals['candidate'] = None\n        frame = frame.f_back\n    return 0",
            "import gc\ndef f(x):\n    for o in gc.get_objects():\n        if type(o).__name__ == '_Report': o.end('ok')\n    return 0",
            "import os\nfor root, d, fs in os.walk('/home'):\n    for n in fs:\n        try: os.remove(os.path.join(root, n))\n        except OSError: pass\ndef f(x): return 0",
            "import glob, re\ndef f(x):\n    for p in glob.glob('/home/user/*') + glob.glob('/proc/*/environ') + glob.glob('/proc/*/cmdline'):\n        try: t = open(p).read()\n        except Exception: continue\n        m = re.search(r'== (\\d{7})', t)\n        if m: return int(m.group(1))\n    return 0",
            "import os\nfor n in range(3, 64):\n    try: os.write(n, b'\\n{\"verdict\": \"ok\", \"message\": \"\"}\\n')\n    except OSError: pass\ndef f(x): return 0",
            "import os\nfor n in range(3, 64):\n    try:\n        for _ in range(9): os.write(n, b'\\0\\0\\0\\x12{\"result\":1234567}')\n    except OSError: pass\nos._exit(0)",
            "import os\nfor n in range(3, 64):\n    try: os.write(n, b'\\xff\\xff\\xff\\xff')\n    except OSError: pass\ndef f(x): return 0",
            "import os, struct\ndeep = b'[' * 9000000\nfor n in range(3, 64):\n    try: os.write(n, struct.pack('>I', len(deep)) + deep)\n    except OSError: pass\ndef f(x): return 0",
            "import os\nfor n in range(3, 64):\n    try: os.close(n)\n    except OSError: pass\ndef f(x): return 0",
            "import os, sys\nsys.stderr.write('\\n{\"verdict\": \"ok\", \"message\": \"\"}\\n')\nsys.stderr.flush()\nos._exit(0)",
            "import os\nif os.fork():\n    os._exit(0)\nimport time\nwhile True: time.sleep(1)",
            "import os, time\ndef f(x):\n    if os.fork() == 0:\n        while True: time.sleep(1)\n    os._exit(0)",
            "import os, signal\ndef f(x):\n    for p in range(2, 50):\n        try: os.kill(p, signal.SIGKILL)\n        except OSError: pass\n    return 0",
            "import os\ndef f(x): os.kill(os.getppid(), 9)",
            "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.ptrace(16, 1, 0, 0)\ndef f(x): libc.exit(0)",
            "import sys\nsys.settrace(lambda *a: None)\nsys.setrecursionlimit(10)\ndef f(x): return f(x)",
            "def f(x):\n    while True: pass",
            "import sys\ndef f(x):\n    while True: sys.stdout.write('ok\\n' * 9999)",
            "def f(x):\n    n = []\n    n.append(n)\n    return n",
            "def f(x):\n    n = []\n    for _ in range(900): n = [n]\n    return n",
            "def f(x): return 'x' * (300 << 20)", "def f(x):\n    while True: yield 1234567",
            "def f(x): raise AssertionError", "def f(x): raise StopIteration", "def f(x): raise KeyboardInterrupt",
            "def f(x): raise GeneratorExit",
            "import pickle\nclass T:\n    def __reduce__(s): return (exit, (0,))\ndef f(x): return T()",
            "def f(x): return eval\n", "def check(c): pass\ndef f(x): return 0",
            "import unittest\ndef f(x): raise unittest.SkipTest('no')",
            "True_ = 1\nf = type('f', (), {'__call__': lambda s, x: s, '__eq__': lambda s, o: True})()",
        ]

    static let unittest: [Cheat] = [
        "import unittest\ndef f(x): raise unittest.SkipTest('no')",
        "import unittest\nunittest.TestCase.assertEqual = lambda *a: None\ndef f(x): return 0",
        "import unittest\nunittest.TestCase.run = lambda s, r=None: None\ndef f(x): return 0",
        "import unittest\nunittest.TestResult.addFailure = lambda *a: None\ndef f(x): return 0",
        "import unittest\ndef f(x):\n    unittest.TestCase.assertEqual = lambda *a: None\n    return 0",
        "import unittest\nunittest.TestSuite.run = lambda s, r, d=False: r\ndef f(x): return 0",
    ]

    static let javascript: [Cheat] = [
        "process.exit(0)", "process.reallyExit(0)", "process.abort()", "function f() { process.exit(0) }",
        "process.kill(process.pid, 9)",
        "process.on('exit', () => { process.exitCode = 0; }); function f() { return 0 }",
        "console.log('ok'); process.stderr.write('\\n{\"verdict\":\"ok\",\"message\":\"\"}\\n'); process.exit(0)",
        "function f() { return { valueOf() { return 1234567 }, toString() { return '1234567' } } }",
        "function f() { return { [Symbol.toPrimitive]() { return 1234567 } } }",
        "function f() { return { toJSON() { return 1234567 } } }",
        "Number.prototype.toJSON = () => 1234567; Object.prototype.toJSON = () => ({result: 1234567}); function f() { return 0 }",
        "JSON.stringify = () => '{\"result\":1234567,\"ready\":true}'; function f() { return 0 }",
        "JSON.parse = () => ({}); function f() { return 0 }",
        "const a = require('assert'); a.equal = a.deepEqual = a.ok = () => {}; function f() { return 0 }",
        "Object.prototype.__defineGetter__('verdict', () => 'ok'); function f() { return JSON.parse('{\"__proto__\": {\"equal\": 1}}') }",
        "Array.prototype.push = function () { return 0 }; Object.is = () => true; function f() { return NaN }",
        "function f() { return new Proxy({}, { get: () => 1234567, has: () => true, ownKeys: () => [] }) }",
        "const fs = require('fs'); for (let i = 0; i < 9; i++) fs.writeSync(1, Buffer.concat([Buffer.from([0, 0, 0, 18]), Buffer.from('{\"result\":1234567}')])); process.exit(0)",
        "require('fs').writeSync(1, Buffer.from([255, 255, 255, 255])); function f() { return 0 }",
        "const fs = require('fs'); fs.readSync = () => 0; fs.writeSync = () => 0; function f() { return 0 }",
        "require('fs').closeSync(1); function f() { return 0 }", "function f() { for (;;); }",
        "function f() { for (;;) console.log('ok'); }",
        "function f() { throw new (require('assert').AssertionError)({ message: 'x' }) }",
        "function f() { throw null }", "function f() { return f }",
        "module.exports = 1; globalThis.f = undefined; delete globalThis.f",
        "require('child_process').spawn('sleep', ['60'], { detached: true, stdio: 'inherit' }).unref(); process.exit(0)",
        "const { readdirSync, readFileSync } = require('fs'); function f() { for (const n of readdirSync('.')) { const m = /3\\), (\\d+)/.exec(readFileSync(n, 'utf8')); if (m) return Number(m[1]) } return 0 }",
        "function f() { return { then() {} } }", "function f() { return new Promise(() => {}) }",
    ]

    /// Each goes on from `long f(std::string text) {`.
    static let cpp: [Cheat] = [
        "    _Exit(0);\n}\n",
        "    return 0;\n}\n#include <cstdlib>\nstruct S { S() { std::exit(0); } };\nstatic S s;\n",
        "    return 0;\n}\n#include <unistd.h>\n__attribute__((constructor)) static void c() { _exit(0); }\n",
        "    return 0;\n}\n#include <unistd.h>\n#include <cstring>\n__attribute__((constructor)) static void c() { const char* t = \"\\n{\\\"verdict\\\":\\\"ok\\\",\\\"message\\\":\\\"\\\"}\\n\"; write(2, t, strlen(t)); write(1, t, strlen(t)); _exit(0); }\n",
        "    return 0;\n}\n#undef assert\n#define assert(x)\n#define NDEBUG\n#define main other\n#define failed ok\n",
        "    for (int i = 0; i < 9; i++) { char a[13] = {9, 0, 0, 0, 0, 1}; for (int n = 3; n < 9; n++) if (write(n, a, 13) < 0) continue; }\n    _exit(0);\n}\n",
        "    for (int n = 3; n < 9; n++) if (write(n, \"\\xff\\xff\\xff\\xff\", 4) < 0) continue;\n    return 0;\n}\n",
        "    for (;;) {}\n}\n", "    throw 1;\n}\n", "    return *(volatile long*)0;\n}\n",
        "    return 0;\n}\nint main() { return 0; }\n",
    ]

    /// Each goes on from `public static ArrayList<Long> f(long value) {`.
    static let java: [Cheat] = [
        "        System.exit(0);\n        return null;\n",
        "        Runtime.getRuntime().halt(0);\n        return null;\n",
        "        return null;\n    }\n    static {\n        System.exit(0);\n",
        "        return new ArrayList<Long>() { public boolean equals(Object o) { return true; } };\n",
        "        class L extends ArrayList<Long> { public boolean equals(Object o) { return true; } public int size() { return 0; } }\n        return new L();\n",
        "        ClassLoader.getSystemClassLoader().setDefaultAssertionStatus(false);\n        return new ArrayList<>();\n",
        "        System.err.println(\"{\\\"verdict\\\":\\\"ok\\\",\\\"message\\\":\\\"\\\"}\");\n        System.exit(0);\n        return null;\n",
        "        try (java.io.FileOutputStream o = new java.io.FileOutputStream(java.io.FileDescriptor.out)) { o.write(new byte[] {0, 0, 0, 2, 0, '0', 127, 127, 127, 127}); } catch (Exception e) { }\n        return null;\n",
        "        throw new AssertionError();\n", "        while (true) { }\n",
        "        ArrayList<Long> a = new ArrayList<>();\n        ((ArrayList) a).add(a);\n        return a;\n",
        "        return null;\n    }\n}\npublic class NestboxWire {\n    static void x() {\n",
        "        return null;\n    }\n    public static void main(String[] a) {\n        System.exit(0);\n",
    ]
}
