# SPDX-License-Identifier: Apache-2.0
# The tests' side of separate mode: runs the data set's own code, and asks the submission by messages. Whatever the submission
# says is data; what is equal is decided here.
import builtins as _builtins

_MOST_BYTES = 64 << 20
_TESTS = "tests"


class _Report:
    def __init__(self):
        self.secret = _os.environ.pop("NESTBOX_SECRET")
        self.notes = set()

    def end(self, verdict, message="", line=None, text=None):
        """Tells the verdict and ends, whatever goes on."""
        try:
            _sys.stdout.flush()
            _sys.stderr.flush()
        except BaseException:
            pass
        told = _dumps({
            "verdict": verdict, "message": message[:4000], "line": line, "text": text, "notes": sorted(self.notes)})
        data = ("\n" + self.secret + told + "\n").encode("utf-8", "backslashreplace")
        while data:
            data = data[_os.write(2, data):]
        _os._exit(0 if verdict == "ok" else 1)


class _Submission:
    """What the tests know of the submission."""

    def __init__(self, report, shared):
        self.report = report
        self.shared = shared
        self.classes = {}
        self.handles = {}
        self.exceptions = {}
        self.exported = []
        self.errors = []
        reads, writes = _private_streams()
        self.frames = _Frames(reads, writes, _MOST_BYTES)

    def begin(self):
        reply = self.receive()
        if "error" in reply:
            error = self.error(reply)
            self.report.end("runtime_error", "the submission failed: " + _told(error))
        if reply.get("ready") is not True:
            self.broken("it did not say that it is ready")

    def broken(self, why):
        self.report.end("runtime_error", "the submission did not answer as it has to: " + why)

    def receive(self):
        try:
            message = self.frames.receive()
        except (Exception, RecursionError) as error:
            self.broken(_told(error))
        if message is None:
            self.report.end("ended", "the submission ended before the tests did")
        if type(message) is not dict:
            self.broken("no message")
        return message

    # What crosses.

    def encoder(self):
        return _Encoder(self.export, self.shared)

    def export(self, value):
        if type(value) in (_Remote, _RemoteIterator):
            return {"h": object.__getattribute__(value, "_number")}
        if isinstance(value, type) and value in self.exceptions:
            return {"h": self.exceptions[value]}
        if callable(value):
            self.exported.append(value)
            self.report.notes.add("the tests gave the submission functions to call")
            return {"k": len(self.exported) - 1}
        if hasattr(type(value), "__next__"):
            return self.encoder().encode(list(value))
        if isinstance(value, BaseException) or type(value).__name__ == "coroutine":
            # It can be the submission's own, and what that is must not decide the mode.
            self.report.end("runtime_error", "the tests give the submission a " + type(value).__name__)
        raise _NotSupported("the tests give the submission an object of class " + type(value).__name__)

    def remote(self, tag, inner):
        if tag == "k":
            return self.exported[inner] if type(inner) is int and 0 <= inner else _fail()
        number, name, kind = inner[:3]
        if type(number) is not int or type(name) is not str:
            raise _Malformed("an object without a number")
        known = self.handles.get(number)
        if known is not None:
            return known
        if kind == "coroutine":
            return _awaited(self, number)
        if kind == "exception":
            value = self.exception(number, name, inner[3])
        else:
            value = (_RemoteIterator if kind == "iterator" else _Remote)(self, number, name)
        self.handles[number] = value
        return value

    def exception(self, number, name, base):
        """A class of the tests' own in place of an exception class of the submission, so that tests can catch it."""
        base = getattr(_builtins, base, Exception) if type(base) is str else Exception
        if not (isinstance(base, type) and issubclass(base, BaseException)):
            base = Exception
        kind = type(name, (base,), {"__init__": lambda self, *arguments: base.__init__(self, *arguments)})
        self.exceptions[kind] = number
        return kind

    def ask(self, message, arguments, named=None):
        encoder = self.encoder()
        try:
            message["arguments"] = [encoder.encode(item) for item in arguments]
            if named:
                message["named"] = {key: encoder.encode(item) for key, item in named.items()}
            self.send(message)
        except _NotSupported as error:
            self.report.end("not_supported", str(error))
        while True:
            reply = self.receive()
            if "call" not in reply:
                break
            self.call_back(reply)
        if "error" in reply:
            error = self.error(reply)
            self.errors.append(error)
            raise error
        try:
            decoder = _Decoder(self.remote, self.classes)
            decoder.containers = list(encoder.kept)
            result = decoder.decode(reply["result"])
            for number, content in reply.get("changed", ()):
                self.change(encoder.kept[number] if type(number) is int and number >= 0 else _fail(), decoder, content)
        except (Exception, RecursionError) as error:
            self.broken(_told(error))
        return result

    def send(self, message):
        try:
            self.frames.send(message)
        except (BrokenPipeError, ConnectionError):
            self.report.end("ended", "the submission ended before the tests did")

    def change(self, container, decoder, content):
        """Does to a container of the tests what the submission did to its copy."""
        value = decoder.decode(content)
        if isinstance(container, dict):
            container.clear()
            for key, item in value:
                dict.__setitem__(container, key, item)
        elif isinstance(container, set):
            container.clear()
            container.update(value)
        elif isinstance(container, (list, bytearray)):
            container[:] = value
        elif isinstance(container, _collections.deque):
            container.clear()
            container.extend(value)
        else:
            vars(container).clear()
            vars(container).update(value)

    def call_back(self, message):
        number = message["call"]
        if type(number) is not int or not 0 <= number < len(self.exported):
            self.broken("it calls a function that is not there")
        try:
            decoder = _Decoder(self.remote, self.classes)
            arguments = [decoder.decode(item) for item in message["arguments"]]
            named = {key: decoder.decode(item) for key, item in message["named"].items()}
        except (Exception, RecursionError) as error:
            self.broken(_told(error))
        try:
            result = self.encoder().encode(self.exported[number](*arguments, **named))
        except Exception as error:
            self.send({"result": None, "error": [type(error).__name__, str(error)[:1000]]})
        else:
            self.send({"result": result})

    def error(self, reply):
        try:
            module, name, base, text, own = reply["error"]
            if own is not None:
                kind = self.remote("h", own["h"])
            else:
                kind = None
                if type(module) is str and type(name) is str and _is_known(module):
                    kind = getattr(_sys.modules.get(module), name, None)
                if not (isinstance(kind, type) and issubclass(kind, BaseException)):
                    kind = getattr(_builtins, base, None)
            if not (isinstance(kind, type) and issubclass(kind, BaseException)):
                kind = Exception
            decoder = _Decoder(self.remote, self.classes)
            arguments = [decoder.decode(item) for item in reply["arguments"]]
            try:
                return kind(*arguments)
            except Exception:
                return Exception(str(text))
        except (Exception, RecursionError) as error:
            self.broken(_told(error))


async def _awaited(submission, number):
    return submission.ask({"do": "await", "of": number}, [])


class _NotSupported(Exception):
    pass


def _is_known(module):
    """Whether exceptions of a module may come from the submission. Those of test frameworks would say how a test ends."""
    return module.partition(".")[0] in _sys.stdlib_module_names - {"unittest", "doctest", "test"}


def _fail():
    raise _Malformed("a number of nothing")


def _told(error):
    try:
        return "%s: %s" % (type(error).__name__, error)
    except BaseException:
        return type(error).__name__


class _Remote:
    """An object of the submission. What the tests expect never goes there: it is equal to no plain value."""

    def __init__(self, submission, number, name):
        object.__setattr__(self, "_submission", submission)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_class", name)

    def _special(self, name, *arguments):
        return self._submission.ask({"do": "special", "of": self._number, "name": name}, arguments)

    def __call__(self, *arguments, **named):
        return self._submission.ask({"do": "call", "of": self._number}, arguments, named)

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__") and name not in ("__name__", "__doc__", "__dict__"):
            raise AttributeError(name)
        return self._submission.ask({"do": "get", "of": self._number}, [name])

    def __setattr__(self, name, value):
        self._submission.ask({"do": "set", "of": self._number}, [name, value])

    def __instancecheck__(self, value):
        return _is_remote(value) and self._special_of(value, "is", self)

    def _special_of(self, value, name, *arguments):
        return value._special(name, *arguments) is True

    def _judged_there(self, name, other):
        if not _is_remote(other):
            return NotImplemented
        self._submission.report.notes.add("objects of the submission were compared by the submission")
        return self._special(name, other)

    def __eq__(self, other):
        return self is other or self._judged_there("eq", other)

    def __lt__(self, other):
        return self._judged_there("lt", other)

    def __le__(self, other):
        return self._judged_there("le", other)

    def __gt__(self, other):
        return self._judged_there("gt", other)

    def __ge__(self, other):
        return self._judged_there("ge", other)

    def __hash__(self):
        return hash(("submission", self._number))

    def __add__(self, other):
        return self._special("add", other) if _is_remote(other) else NotImplemented

    def __sub__(self, other):
        return self._special("sub", other) if _is_remote(other) else NotImplemented

    def __mul__(self, other):
        return self._special("mul", other) if _is_remote(other) else NotImplemented

    def __truediv__(self, other):
        return self._special("div", other) if _is_remote(other) else NotImplemented

    def __neg__(self):
        return self._special("neg")

    def __abs__(self):
        return self._special("abs")

    def __int__(self):
        return self._special("int")

    def __float__(self):
        return self._special("float")

    def __bool__(self):
        return self._special("bool") is True

    def __len__(self):
        return self._special("len")

    def __str__(self):
        return self._special("str")

    def __repr__(self):
        return self._special("repr")

    def __iter__(self):
        return iter(self._special("iter"))

    def __contains__(self, item):
        return any(item is own or item == own for own in self)

    def __getitem__(self, key):
        return self._special("item", key)

    def __setitem__(self, key, value):
        self._special("put", key, value)

    def __delitem__(self, key):
        self._special("drop", key)

    def __enter__(self):
        return self._special("enter")

    def __exit__(self, *_):
        self._special("exit")


class _RemoteIterator(_Remote):
    def __init__(self, submission, number, name):
        super().__init__(submission, number, name)
        object.__setattr__(self, "_items", _collections.deque())
        object.__setattr__(self, "_taken", 0)

    def __iter__(self):
        return self

    def __next__(self):
        if not self._items:
            # The first ones one by one, as somebody may look; then more and more at a time.
            most = 1 if self._taken < 16 else min(self._taken, 1024)
            items = self._submission.ask({"do": "next", "of": self._number}, [most])
            if type(items) is not list or not items:
                raise StopIteration
            self._items.extend(items)
        object.__setattr__(self, "_taken", self._taken + 1)
        return self._items.popleft()


def _is_remote(value):
    return type(value) in (_Remote, _RemoteIterator)


class _Names(dict):
    """Globals of the tests. What neither they nor Python have is asked of the submission."""

    def __missing__(self, name):
        if hasattr(_builtins, name) or name.startswith("__"):
            raise KeyError(name)
        # Modules are the tests' own, whoever imported them: what is compared with them would go to the submission.
        module = {"np": "numpy", "pd": "pandas"}.get(name, name)
        if module != name or module in _sys.stdlib_module_names or module in ("numpy", "pandas"):
            self[name] = __import__(module)
            return self[name]
        submission = self["__submission__"]
        try:
            value = submission.ask({"do": "name"}, [name])
        except NameError:
            raise KeyError(name) from None
        if name != self["__entry_point__"]:
            submission.report.notes.add("the tests use '%s' of the submission" % name)
        self[name] = value
        return value


def _run(spec):
    report = _Report()
    submission = _Submission(report, frozenset(spec["classes"]))
    names = _Names({"__name__": "__main__", "__builtins__": _builtins, "__submission__": submission,
                    "__entry_point__": spec["entry_point"]})
    _sys.argv = [_TESTS]
    try:
        exec(_prompt(spec["prefix"]), names)
    except Exception as error:
        report.end("not_supported", "the data set's own code fails: " + _told(error))
    submission.classes.update({name: names[name] for name in spec["classes"] if name in dict.keys(names)})
    if spec["entry_point"]:
        names.pop(spec["entry_point"], None)
    with open(_TESTS, encoding="utf-8") as file:
        source = file.read()
    try:
        code = compile(source, _TESTS, "exec", dont_inherit=True)
    except Exception as error:
        report.end("not_supported", "the tests are no Python: " + _told(error))
    submission.begin()
    try:
        exec(code, names)
        if spec["unittest"]:
            _run_unittest(names, report)
    except BaseException as error:
        _end_with(error, report, submission, source)
    report.end("ok")


def _prompt(source):
    """A prompt may end before the body of its function."""
    try:
        return compile(source, "prompt", "exec", dont_inherit=True)
    except SyntaxError:
        return compile(source.rstrip() + "\n        pass\n", "prompt", "exec", dont_inherit=True)


def _run_unittest(names, report):
    import unittest
    classes = [
        value for value in list(names.values())
        if isinstance(value, type) and issubclass(value, unittest.TestCase) and value.__module__ == "__main__"]
    suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromTestCase(kind) for kind in classes)
    result = unittest.TestResult()
    suite.run(result)
    for verdict, problems in (("wrong_answer", result.failures), ("runtime_error", result.errors)):
        if problems:
            report.end(verdict, "%s: %s" % (problems[0][0], problems[0][1][-3000:]))
    if result.testsRun == 0:
        report.end("not_supported", "the tests have no test")
    if len(result.skipped) == result.testsRun:
        report.end("runtime_error", "every test was skipped: %s" % (result.skipped[0][1],))


def _end_with(error, report, submission, source):
    line = None
    import traceback
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == _TESTS:
            line = frame.lineno
    lines = source.split("\n")
    text = lines[line - 1].strip()[:2000] if line and line <= len(lines) else None
    theirs = any(error is other for other in submission.errors)
    verdict = "wrong_answer" if isinstance(error, AssertionError) and not theirs else "runtime_error"
    report.end(verdict, _told(error), line, text)


with open("harness.json", encoding="utf-8") as _file:
    _run(_loads(_file.read()))
