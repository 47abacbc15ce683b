# SPDX-License-Identifier: Apache-2.0
# Both sides of separate mode begin with this: frames of JSON, and values as data. Nothing here executes what it reads.
#
# A value is null, a boolean, a number, a text, a list of values, or an object with one key that says what it is:
#   i big integer (hex)      s text that JSON would change (UTF-32, hex)   c complex       b bytes (hex)   y bytearray (hex)
#   t tuple    e set   f frozenset   d dict (pairs)   n named tuple [name, fields, values]   v dict view [kind, pairs]
#   D Decimal  Q Fraction   T date and time [kind, arguments]   g range   l special [name]   q deque [items, most]
#   C Counter  O OrderedDict   U defaultdict   A numpy array [dtype, shape, hex]   o object of a class that both know [class, attributes]
#   h object of the submission   k object of the tests   r container that was there before (its number)
# Containers that can change are numbered as they come, so that one that is there twice stays one.
#
# Modules are imported when a value needs them: most submissions need none, and each import costs more than a call.
import _collections
import os as _os
import sys as _sys
from _struct import pack as _pack, unpack as _unpack

try:
    # What json is made of, without the regular expressions that json imports.
    import _json

    class _Context:
        strict, object_hook, object_pairs_hook, memo = True, None, None, {}
        parse_float, parse_int, parse_constant = float, int, float

    _scan = _json.make_scanner(_Context())
    _write_json = _json.make_encoder(None, repr, _json.encode_basestring_ascii, None, ":", ",", False, False, True)

    def _loads(text):
        try:
            value, end = _scan(text, 0)
        except (StopIteration, SystemError, ValueError):
            raise _Malformed("no JSON") from None
        if end != len(text):
            raise _Malformed("more than a message")
        return value

    def _dumps(value):
        return "".join(_write_json(value, 0))

    _dumps({"a": [1.5, None]})
except (ImportError, AttributeError, TypeError):
    from json import dumps as _dumps, loads as _loads

_CHANGING = (list, dict, set, bytearray, _collections.deque)
_PLAIN = frozenset({int, float, bool, type(None)})
_WHOLE = 1 << 63


class _Malformed(Exception):
    pass


class _Encoder:
    """Makes data of values. `other` encodes what is none of the kinds above."""

    def __init__(self, other, shared_classes=()):
        self.other = other
        self.shared_classes = shared_classes
        self.numbers = {}
        self.kept = []

    def _seen(self, value):
        number = self.numbers.get(id(value))
        if number is None:
            self.numbers[id(value)] = len(self.kept)
            self.kept.append(value)
        return number

    def encode(self, value):
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        if kind is int:
            return value if -_WHOLE < value < _WHOLE else {"i": hex(value)}
        if kind is str:
            try:
                value.encode()
                return value
            except UnicodeEncodeError:
                return {"s": value.encode("utf-32-le", "surrogatepass").hex()}
        if kind is list:
            number = self._seen(value)
            return {"r": number} if number is not None else self._items(value)
        if kind is tuple:
            return {"t": self._items(value)}
        if kind is dict:
            number = self._seen(value)
            return {"r": number} if number is not None else {"d": self._pairs(value.items())}
        if kind is set:
            number = self._seen(value)
            return {"r": number} if number is not None else {"e": self._items(list(value))}
        encode = _OF_KIND.get(kind)
        if encode is not None:
            return encode(self, value)
        return self._derived(value, kind)

    def _items(self, items):
        # What needs no looking at goes as it is.
        kinds = set(map(type, items))
        if kinds <= _PLAIN and (int not in kinds or _fits(items, kinds)):
            return list(items)
        return [self.encode(item) for item in items]

    def _pairs(self, pairs):
        return [[self.encode(key), self.encode(value)] for key, value in pairs]

    def _derived(self, value, kind):
        """What is derived from a plain kind is sent as that kind: what it overrides is left behind."""
        if isinstance(value, tuple):
            fields = getattr(kind, "_fields", None)
            items = [self.encode(item) for item in tuple.__iter__(value)]
            if type(fields) is tuple and len(fields) == len(items) and all(type(f) is str for f in fields):
                return {"n": [kind.__name__, list(fields), items]}
            return {"t": items}
        if kind.__name__ in self.shared_classes:
            number = self._seen(value)
            if number is not None:
                return {"r": number}
            return {"o": [kind.__name__, self._pairs(vars(value).items())]}
        if isinstance(value, bool):
            return bool(value)
        if isinstance(value, int):
            return self.encode(int.__add__(value, 0))
        if isinstance(value, float):
            return float.__add__(value, 0.0)
        if isinstance(value, str):
            return self.encode("".join(str.__iter__(value)))
        if isinstance(value, bytes):
            return {"b": bytes(value).hex()}
        if isinstance(value, frozenset):
            return {"f": self._items(list(frozenset.__iter__(value)))}
        if isinstance(value, _CHANGING):
            number = self._seen(value)
            if number is not None:
                return {"r": number}
            if isinstance(value, list):
                return self._items(list(list.__iter__(value)))
            if isinstance(value, dict):
                counter = getattr(_sys.modules.get("collections"), "Counter", None)
                if kind is counter:
                    return {"C": self._pairs(list(dict.items(value)))}
                return {"d": self._pairs(list(dict.items(value)))}
            if isinstance(value, set):
                return {"e": self._items(list(set.__iter__(value)))}
            if isinstance(value, bytearray):
                return {"y": bytes(value).hex()}
            return {"q": [self._items(list(value)), value.maxlen]}
        encode = _OF_NAME.get((kind.__module__, kind.__name__))
        if encode is not None and getattr(_sys.modules.get(kind.__module__), kind.__name__, None) is kind:
            return encode(self, value)
        scientific = self._numpy(value, kind)
        return self.other(value) if scientific is None else scientific

    def _numpy(self, value, kind):
        if kind.__module__.partition(".")[0] != "numpy":
            return None
        import numpy
        if isinstance(value, numpy.bool_):
            return bool(value)
        if isinstance(value, numpy.integer):
            return self.encode(int(value))
        if isinstance(value, numpy.floating) and value.itemsize <= 8:
            return float(value)
        if isinstance(value, numpy.complexfloating) and value.itemsize <= 16:
            return self.encode(complex(value))
        if kind is numpy.ndarray and value.dtype.kind in "biufcSU":
            return {"A": [value.dtype.str, list(value.shape), value.tobytes().hex()]}
        return None


def _fits(items, kinds):
    if kinds <= {int, bool}:
        return -_WHOLE < min(items) and max(items) < _WHOLE
    return all(type(item) is not int or -_WHOLE < item < _WHOLE for item in items)


def _view(name):
    return lambda encoder, value: {"v": [name, _view_items(encoder, name, value)]}


def _view_items(encoder, name, value):
    return encoder._pairs(value) if name == "items" else encoder._items(list(value))


def _counted(tag):
    def encode(encoder, value):
        number = encoder._seen(value)
        return {"r": number} if number is not None else {tag: encoder._pairs(list(value.items()))}
    return encode


def _deque(encoder, value):
    number = encoder._seen(value)
    return {"r": number} if number is not None else {"q": [encoder._items(list(value)), value.maxlen]}


def _bytearray(encoder, value):
    number = encoder._seen(value)
    return {"r": number} if number is not None else {"y": bytes(value).hex()}


_OF_KIND = {
    complex: lambda encoder, value: {"c": [value.real, value.imag]},
    bytes: lambda encoder, value: {"b": value.hex()},
    bytearray: _bytearray,
    frozenset: lambda encoder, value: {"f": encoder._items(list(value))},
    range: lambda encoder, value: {"g": [encoder.encode(n) for n in (value.start, value.stop, value.step)]},
    type(Ellipsis): lambda encoder, value: {"l": "Ellipsis"},
    type(NotImplemented): lambda encoder, value: {"l": "NotImplemented"},
    type({}.keys()): _view("keys"),
    type({}.values()): _view("values"),
    type({}.items()): _view("items"),
    _collections.OrderedDict: _counted("O"),
    _collections.defaultdict: _counted("U"),
    _collections.deque: _deque,
}


def _datetime_parts(encoder, value):
    if value.tzinfo is not None and type(value.tzinfo).__name__ != "timezone":
        return encoder.other(value)
    parts = [value.hour, value.minute, value.second, value.microsecond]
    if type(value).__name__ == "datetime":
        parts = [value.year, value.month, value.day] + parts
    offset = None if value.tzinfo is None else value.utcoffset().total_seconds()
    return {"T": [type(value).__name__, parts, offset]}


# Of modules that need not be there.
_OF_NAME = {
    ("decimal", "Decimal"): lambda encoder, value: {"D": str(value)},
    ("fractions", "Fraction"): lambda encoder, value: {"Q": [encoder.encode(value.numerator), encoder.encode(value.denominator)]},
    ("datetime", "date"): lambda encoder, value: {"T": ["date", [value.year, value.month, value.day]]},
    ("datetime", "timedelta"): lambda encoder, value: {"T": ["timedelta", [value.days, value.seconds, value.microseconds]]},
    ("datetime", "datetime"): _datetime_parts,
    ("datetime", "time"): _datetime_parts,
}


class _Decoder:
    """Makes values of data. `other` makes those of `h` and `k`; `classes` are those that both sides know."""

    def __init__(self, other, classes=None):
        self.other = other
        self.classes = classes or {}
        self.containers = []

    def decode(self, data):
        kind = type(data)
        if data is None or kind is bool or kind is int or kind is float or kind is str:
            return data
        if kind is list:
            value = []
            self.containers.append(value)
            self._fill(value, data)
            return value
        if kind is not dict or len(data) != 1:
            raise _Malformed("an object that says nothing")
        (tag, inner), = data.items()
        decode = getattr(self, "_of_" + tag, None) if len(tag) == 1 else None
        if decode is None:
            raise _Malformed("a value of an unknown kind")
        return decode(inner)

    def _items(self, data):
        if type(data) is not list:
            raise _Malformed("no list where one has to be")
        value = []
        self._fill(value, data)
        return value

    def _fill(self, value, data):
        if set(map(type, data)) <= _PLAIN:
            value.extend(data)
        else:
            for item in data:
                value.append(self.decode(item))

    def _pairs(self, data):
        for key, value in data:
            yield self.decode(key), self.decode(value)

    def _new(self, container):
        self.containers.append(container)
        return container

    def _of_r(self, inner):
        if type(inner) is not int or not 0 <= inner < len(self.containers):
            raise _Malformed("a container that is not there")
        return self.containers[inner]

    def _of_i(self, inner):
        return int(inner, 16)

    def _of_s(self, inner):
        return bytes.fromhex(inner).decode("utf-32-le", "surrogatepass")

    def _of_c(self, inner):
        return complex(float(inner[0]), float(inner[1]))

    def _of_b(self, inner):
        return bytes.fromhex(inner)

    def _of_y(self, inner):
        return self._new(bytearray.fromhex(inner))

    def _of_t(self, inner):
        return tuple(self._items(inner))

    def _of_f(self, inner):
        return frozenset(self._items(inner))

    def _of_e(self, inner):
        value = self._new(set())
        value.update(self._items(inner))
        return value

    def _of_d(self, inner):
        value = self._new({})
        for key, item in self._pairs(inner):
            value[key] = item
        return value

    def _of_C(self, inner):
        from collections import Counter
        return self._updated(self._new(Counter()), inner)

    def _of_O(self, inner):
        return self._updated(self._new(_collections.OrderedDict()), inner)

    def _of_U(self, inner):
        return self._updated(self._new(_collections.defaultdict()), inner)

    def _updated(self, value, inner):
        for key, item in self._pairs(inner):
            dict.__setitem__(value, key, item)
        return value

    def _of_q(self, inner):
        items, most = inner
        value = self._new(_collections.deque([], most))
        value.extend(self._items(items))
        return value

    def _of_v(self, inner):
        name, items = inner
        if name == "items":
            return dict(self._pairs(items)).items()
        if name == "keys":
            return dict.fromkeys(self._items(items)).keys()
        return dict(enumerate(self._items(items))).values()

    def _of_n(self, inner):
        from collections import namedtuple
        name, fields, items = inner
        return namedtuple(name, fields)._make(self._items(items))

    def _of_g(self, inner):
        return range(*[self.decode(n) for n in inner])

    def _of_l(self, inner):
        return {"Ellipsis": Ellipsis, "NotImplemented": NotImplemented}[inner]

    def _of_D(self, inner):
        from decimal import Decimal
        return Decimal(inner)

    def _of_Q(self, inner):
        from fractions import Fraction
        return Fraction(self.decode(inner[0]), self.decode(inner[1]))

    def _of_T(self, inner):
        import datetime as _datetime
        kind = {"date": _datetime.date, "time": _datetime.time, "datetime": _datetime.datetime,
                "timedelta": _datetime.timedelta}[inner[0]]
        zone = None
        if len(inner) > 2 and inner[2] is not None:
            zone = _datetime.timezone(_datetime.timedelta(seconds=inner[2]))
        return kind(*inner[1]) if zone is None else kind(*inner[1], tzinfo=zone)

    def _of_A(self, inner):
        import numpy
        name, shape, data = inner
        if name[1:2] not in "biufcSU" or not name[2:].isdigit():
            raise _Malformed("an array of an unknown kind")
        return numpy.frombuffer(bytes.fromhex(data), dtype=numpy.dtype(name)).reshape(shape).copy()

    def _of_o(self, inner):
        name, attributes = inner
        value = self._new(object.__new__(self.classes[name]))
        for key, item in self._pairs(attributes):
            if type(key) is not str or key.startswith("__"):
                raise _Malformed("an attribute without a name")
            object.__setattr__(value, key, item)
        return value

    def _of_h(self, inner):
        return self.other("h", inner)

    def _of_k(self, inner):
        return self.other("k", inner)


class _Frames:
    """Frames of JSON: four bytes of length, most significant first, then the text."""

    def __init__(self, reads, writes, most):
        self.reads, self.writes, self.most = reads, writes, most

    def send(self, message, _dumps=_dumps, _write=_os.write, _pack=_pack):
        text = _dumps(message).encode()
        data = memoryview(_pack(">I", len(text)) + text)
        while data:
            data = data[_write(self.writes, data):]

    def receive(self, _loads=_loads, _unpack=_unpack):
        """The next message, or None at the end."""
        head = self._exactly(4)
        if head is None:
            return None
        size, = _unpack(">I", head)
        if size > self.most:
            raise _Malformed("a message of %d bytes, of %d at most" % (size, self.most))
        text = self._exactly(size)
        return None if text is None else _loads(text.decode())

    def _exactly(self, size, _read=_os.read):
        parts = []
        while size:
            part = _read(self.reads, min(size, 1 << 20))
            if not part:
                return None
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def _private_streams():
    """Takes standard input and output for the conversation; what is printed goes to standard error, and input is empty."""
    reads = _os.dup(0)
    writes = _os.dup(1)
    nothing = _os.open("/dev/null", _os.O_RDONLY)
    _os.dup2(nothing, 0)
    _os.close(nothing)
    _os.dup2(2, 1)
    return reads, writes


def _content(value):
    """What a container holds, to see later whether that has changed."""
    if isinstance(value, dict):
        return list(value.keys()), list(value.values())
    if isinstance(value, (list, _collections.deque, bytearray)):
        return (bytes(value),) if isinstance(value, bytearray) else (list(value),)
    if isinstance(value, set):
        return (sorted(value, key=id),)
    return list(vars(value).keys()), list(vars(value).values())


def _is_same(before, after):
    return all(
        a == b if isinstance(a, bytes) else len(a) == len(b) and all(x is y for x, y in zip(a, b))
        for a, b in zip(before, after))
