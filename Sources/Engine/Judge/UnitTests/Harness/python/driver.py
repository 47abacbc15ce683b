# SPDX-License-Identifier: Apache-2.0
# The submission's side of separate mode. It answers calls with data, and that is all that anybody believes it.
import builtins as _builtins

_sys.setrecursionlimit(max(_sys.getrecursionlimit(), 3000))


class _Driver:
    def __init__(self):
        reads, writes = _private_streams()
        self.frames = _Frames(reads, writes, 1 << 31)
        self.objects = {}
        self.numbers = {}
        self.module = type(_sys)("submission")

    # What crosses.

    def encoder(self):
        return _Encoder(self.handle, self.shared)

    def handle(self, value):
        if isinstance(value, _Callback):
            return {"k": value._number}
        number = self.numbers.get(id(value))
        if number is None:
            number = len(self.objects)
            self.objects[number] = value
            self.numbers[id(value)] = number
        if isinstance(value, type) and issubclass(value, BaseException):
            return {"h": [number, value.__name__, "exception", _base_name(value)]}
        if type(value).__name__ == "coroutine":
            return {"h": [number, type(value).__name__, "coroutine"]}
        kind = "iterator" if hasattr(type(value), "__next__") else "callable" if callable(value) else "object"
        return {"h": [number, type(value).__name__, kind]}

    def own(self, tag, inner):
        return self.objects[inner] if tag == "h" else _Callback(self, inner)

    def decoder(self):
        return _Decoder(self.own, {name: self.module.__dict__.get(name) for name in self.shared})

    # What is asked for.

    def serve(self, spec):
        self.shared = frozenset(spec["classes"])
        _sys.modules["submission"] = self.module
        names = self.module.__dict__
        names["__file__"] = spec["file"]
        with open(spec["file"], encoding="utf-8") as file:
            source = file.read()
        try:
            exec(compile(source, spec["file"], "exec", dont_inherit=True), names)
        except BaseException as error:
            self.reply_error(error)
            return
        self.frames.send({"ready": True})
        self.answer()

    def answer(self, until_result=False):
        while True:
            message = self.frames.receive()
            if message is None:
                _flush()
                _os._exit(0)
            if until_result and "result" in message:
                return message
            try:
                reply = self.perform(message)
            except BaseException as error:
                self.reply_error(error)
                continue
            self.frames.send(reply)

    def perform(self, message):
        decoder = self.decoder()
        arguments = [decoder.decode(item) for item in message["arguments"]]
        named = {key: decoder.decode(item) for key, item in message.get("named", {}).items()}
        containers = decoder.containers
        before = [_content(container) for container in containers]
        result = getattr(self, "_do_" + message["do"])(message, *arguments, **named)
        encoder = self.encoder()
        # Containers of the arguments keep their numbers, so that one that comes back is the one that was sent.
        for container in containers:
            encoder._seen(container)
        reply = {"result": encoder.encode(result)}
        changed = [
            [number, _contents(encoder, container)] for number, container in enumerate(containers)
            if not _is_same(before[number], _content(container))]
        if changed:
            reply["changed"] = changed
        return reply

    def reply_error(self, error):
        encoder = self.encoder()
        try:
            arguments = [encoder.encode(item) for item in error.args]
        except BaseException:
            arguments = []
        try:
            text = str(error)
        except BaseException:
            text = ""
        own = self.handle(type(error)) if type(error).__module__ == "submission" else None
        _print_error(error)
        self.frames.send({
            "error": [type(error).__module__, type(error).__name__, _base_name(type(error)), text[:10000], own],
            "arguments": arguments})

    def _do_name(self, message, name):
        try:
            return self.module.__dict__[name]
        except KeyError:
            raise NameError("name %r is not defined" % (name,)) from None

    def _do_call(self, message, *arguments, **named):
        return self.objects[message["of"]](*arguments, **named)

    def _do_get(self, message, name):
        return getattr(self.objects[message["of"]], name)

    def _do_set(self, message, name, value):
        setattr(self.objects[message["of"]], name, value)

    def _do_special(self, message, *arguments):
        value = self.objects[message["of"]]
        return _SPECIAL[message["name"]](value, *arguments)

    def _do_await(self, message):
        import asyncio
        return asyncio.run(self.objects[message["of"]])

    def _do_next(self, message, most):
        items = []
        for item in self.objects[message["of"]]:
            items.append(item)
            if len(items) == most:
                break
        return items


_SPECIAL = {
    "len": len, "iter": iter, "str": str, "repr": repr, "bool": bool, "abs": abs, "int": int, "float": float,
    "neg": lambda a: -a, "item": lambda a, key: a[key], "dir": dir,
    "put": lambda a, key, value: a.__setitem__(key, value), "drop": lambda a, key: a.__delitem__(key),
    "eq": lambda a, b: bool(a == b), "lt": lambda a, b: bool(a < b), "le": lambda a, b: bool(a <= b),
    "gt": lambda a, b: bool(a > b), "ge": lambda a, b: bool(a >= b), "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "div": lambda a, b: a / b, "is": isinstance,
    "enter": lambda a: type(a).__enter__(a), "exit": lambda a: type(a).__exit__(a, None, None, None),
}


class _Callback:
    """A function of the tests."""

    def __init__(self, driver, number):
        self._driver, self._number = driver, number

    def __call__(self, *arguments, **named):
        driver = self._driver
        encoder = driver.encoder()
        driver.frames.send({
            "call": self._number, "arguments": [encoder.encode(item) for item in arguments],
            "named": {key: encoder.encode(item) for key, item in named.items()}})
        reply = driver.answer(until_result=True)
        if reply.get("error"):
            raise getattr(_builtins, reply["error"][0], Exception)(reply["error"][1])
        return driver.decoder().decode(reply["result"])


def _base_name(kind):
    return next((base.__name__ for base in kind.__mro__ if base.__module__ == "builtins"), "Exception")


def _contents(encoder, value):
    """What a container holds now, as a value that has no number."""
    if isinstance(value, dict):
        return {"v": ["items", encoder._pairs(list(value.items()))]}
    if isinstance(value, bytearray):
        return {"b": bytes(value).hex()}
    if isinstance(value, (list, set, _collections.deque)):
        return {"t": encoder._items(list(value))}
    return {"v": ["items", encoder._pairs(list(vars(value).items()))]}


def _flush():
    for stream in (_sys.stdout, _sys.stderr):
        try:
            stream.flush()
        except BaseException:
            pass


def _print_error(error):
    """Like an error that ends a program, for the report of the submission."""
    try:
        import traceback
        place = error.__traceback__
        while place is not None and place.tb_frame.f_code.co_filename == __file__:
            place = place.tb_next
        traceback.print_exception(type(error), error, place, limit=-8)
        _sys.stderr.flush()
    except BaseException:
        pass


with open("harness.json", encoding="utf-8") as _file:
    _spec = _loads(_file.read())
_Driver().serve(_spec)
_flush()
