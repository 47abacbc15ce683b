# SPDX-License-Identifier: Apache-2.0
"""Checks Python programs against policies, on Python's own syntax tree. Runs in a sandbox; prints what it found.

Standard input has one item a line, and after each F line as many bytes as it says:
  N                                    a policy begins
  D KIND NAME  A KIND NAME  L KIND     a name is denied, is allowed; there is a list of what is allowed
  R                                    RestrictedPython is wanted
  F HEXPATH BYTES                      a file
Standard output: V FILE LINE COLUMN RULE HEXNAME for each finding (LINE and COLUMN are 0 for none), U for a check that this
machine cannot do, and at the end OK.

Little is imported: what is imported here is waited for by everybody.
"""

import sys
import warnings

# What Python warns of is the program's own affair; anything on standard error would make the check fail.
warnings.simplefilter("ignore")
PARSE_ONLY = 0x400
MOST = 50
IMPORTERS = {"builtins.__import__", "importlib.import_module", "importlib.__import__"}
GETTERS = {"builtins.getattr", "builtins.hasattr", "operator.attrgetter", "inspect.getattr_static"}
SPACES = {"builtins.globals", "builtins.locals", "builtins.vars"}
ENCODINGS = {"utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii", "latin-1", "latin1", "iso-8859-1", "iso-latin-1"}
BUILTINS = set(dir(__import__("builtins")))
found = set()


def report(file, node, rule, name):
    line = column = 0
    if node is not None:
        line = node.lineno
        lines = file.lines
        text = lines[line - 1][:node.col_offset] if line <= len(lines) else b""
        column = len(text.decode("utf-8", "replace")) + 1
    found.add((file.index, line, column, rule, name[:300]))


def covers(names, name):
    """Whether `name`, or something that it lies in, is one of `names`."""
    while name:
        if name in names:
            return True
        name = name.rpartition(".")[0]
    return False


def touches(names, name):
    """Whether one of `names` lies in `name`."""
    name += "."
    return any(other.startswith(name) for other in names)


class Policy:
    def __init__(self):
        self.deny = {"imports": set(), "calls": set(), "packages": set()}
        self.allow = {}
        self.restricted = False

    def says(self, kind):
        return bool(self.deny[kind]) or kind in self.allow

    def module(self, file, node, name, own):
        first = name.partition(".")[0]
        is_own = first in own and first not in sys.stdlib_module_names
        if covers(self.deny["imports"], name):
            report(file, node, "imports", name)
        elif "imports" in self.allow and not is_own and not covers(self.allow["imports"], name):
            report(file, node, "imports", name)
        if not is_own and first not in sys.stdlib_module_names:
            allowed = self.allow.get("packages")
            if first in self.deny["packages"] or (allowed is not None and first not in allowed):
                report(file, node, "packages", first)

    def use(self, file, node, name, called):
        shown = name[9:] if name.startswith("builtins.") else name
        if covers(self.deny["calls"], shown) or covers(self.deny["calls"], name):
            report(file, node, "calls", shown)
        elif called and "calls" in self.allow and not covers(self.allow["calls"], shown):
            report(file, node, "calls", shown)


class File:
    def __init__(self, index, path, content):
        self.index, self.path, self.content = index, path, content
        self.lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")


def children(node):
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            for item in value:
                if hasattr(item, "_fields"):
                    yield item
        elif hasattr(value, "_fields"):
            yield value


def walk(tree):
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        todo.extend(children(node))


def text(node):
    value = getattr(node, "value", None)
    return value if type(node).__name__ == "Constant" and isinstance(value, str) else None


class Names:
    """What names of a file stand for, as far as imports and plain assignments tell. One name may stand for several things."""

    def __init__(self):
        self.known = {}

    def add(self, name, meaning):
        meanings = self.known.setdefault(name, set())
        before = len(meanings)
        if before < 20:
            meanings.add(meaning)
        return len(meanings) > before

    def of(self, node, depth=0):
        """Dotted names that an expression may be; empty when nothing is known of it."""
        if depth > 50:
            return set()
        kind = type(node).__name__
        if kind == "Name":
            meanings = set(self.known.get(node.id, ()))
            if node.id in BUILTINS:
                meanings.add("builtins." + node.id)
            if node.id == "__builtins__":
                meanings.add("builtins")
            return meanings
        if kind == "Attribute":
            if node.attr in ("__dict__", "__wrapped__", "__func__"):
                return self.of(node.value, depth + 1)
            return {f"{name}.{node.attr}" for name in self.of(node.value, depth + 1)}
        if kind == "NamedExpr":
            return self.of(node.value, depth + 1)
        if kind == "IfExp":
            return self.of(node.body, depth + 1) | self.of(node.orelse, depth + 1)
        if kind == "BoolOp":
            return set().union(*(self.of(value, depth + 1) for value in node.values[:20]))
        if kind == "Subscript":
            key = text(node.slice)
            if key is None:
                return set()
            names = set()
            value = node.value
            if type(value).__name__ == "Call":
                called = self.of(value.func, depth + 1)
                if called & SPACES:
                    if "builtins.vars" in called and value.args:
                        return {f"{name}.{key}" for name in self.of(value.args[0], depth + 1)}
                    names |= self.known.get(key, set())
                    if key in BUILTINS:
                        names.add("builtins." + key)
                    if key == "__builtins__":
                        names.add("builtins")
                    return names
            for name in self.of(value, depth + 1):
                names.add(key if name == "sys.modules" else f"{name}.{key}")
            return names
        if kind == "Call":
            called = self.of(node.func, depth + 1)
            if called & IMPORTERS:
                name = argument(node, 0, "name")
                if text(name) is not None:
                    # __import__('a.b') is a; import_module('a.b') is b in it. Both are told.
                    return {text(name), text(name).partition(".")[0]}
            if "builtins.getattr" in called and len(node.args) > 1 and text(node.args[1]) is not None:
                return {f"{name}.{text(node.args[1])}" for name in self.of(node.args[0], depth + 1)}
            for name in called:
                if name in ("sys.modules.get", "sys.modules.pop", "sys.modules.__getitem__") and node.args:
                    if text(node.args[0]) is not None:
                        return {text(node.args[0])}
                if name.endswith((".get", ".pop", ".__getitem__", ".__getattribute__")) and node.args:
                    if text(node.args[0]) is not None:
                        return {f"{name.rpartition('.')[0]}.{text(node.args[0])}"}
        return set()


def argument(call, position, keyword):
    if len(call.args) > position:
        return call.args[position]
    return next((k.value for k in call.keywords if k.arg == keyword), None)


def bind(names, nodes):
    """Learns the names; assignments of assignments need another round."""
    for node in nodes:
        kind = type(node).__name__
        if kind == "Import":
            for alias in node.names:
                if alias.asname:
                    names.add(alias.asname, alias.name)
                else:
                    names.add(alias.name.partition(".")[0], alias.name.partition(".")[0])
        elif kind == "ImportFrom" and not node.level:
            for alias in node.names:
                names.add(alias.asname or alias.name, f"{node.module}.{alias.name}")
    for _ in range(10):
        changed = False
        for node in nodes:
            kind = type(node).__name__
            pairs = []
            if kind == "Assign":
                pairs = [(target, node.value) for target in node.targets]
            elif kind in ("AnnAssign", "NamedExpr") and node.value is not None:
                pairs = [(node.target, node.value)]
            elif kind in ("FunctionDef", "AsyncFunctionDef", "Lambda"):
                arguments = node.args.posonlyargs + node.args.args
                pairs = list(zip(arguments[len(arguments) - len(node.args.defaults):], node.args.defaults))
                pairs += [(a, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults) if d is not None]
            for target, value in pairs:
                if type(target).__name__ in ("Tuple", "List") and type(value).__name__ in ("Tuple", "List"):
                    pairs.extend(zip(target.elts, value.elts))
                    continue
                name = getattr(target, "id", None) or getattr(target, "arg", None)
                if name:
                    for meaning in names.of(value):
                        changed |= names.add(name, meaning)
        if not changed:
            return


def check(file, policies, own):
    content = file.content
    if b"\0" in content:
        # Python may stop reading there, or take the file for an archive.
        return report(file, None, "encoding", "the file has a zero byte, which a program has not")
    for line in file.lines[:2]:
        comment = line.lstrip(b" \t\f")
        if comment.startswith(b"#") and b"coding" in comment:
            rest = comment.partition(b"coding")[2]
            if rest[:1] in (b":", b"="):
                name = rest[1:].lstrip(b" \t").decode("ascii", "replace")
                end = next((i for i, c in enumerate(name) if not (c.isalnum() or c in "-_.")), len(name))
                if name[:end].lower().replace("_", "-") not in ENCODINGS:
                    return report(file, None, "encoding", f"the file declares the encoding '{name[:end][:40]}'; use UTF-8")
    try:
        tree = compile(content, file.path, "exec", PARSE_ONLY, dont_inherit=True)
    except SyntaxError as error:
        line = error.lineno or 0
        found.add((file.index, line, max(error.offset or 0, 0) if line else 0, "syntax", str(error.msg)[:300]))
        return None
    except (ValueError, MemoryError, RecursionError, OverflowError) as error:
        return report(file, None, "unchecked", f"the file cannot be checked: {type(error).__name__} {error}"[:300])
    nodes = list(walk(tree))
    names = Names()
    bind(names, nodes)
    rules = [p for p in policies if p.says("imports") or p.says("packages") or p.says("calls")]
    for node in nodes:
        kind = type(node).__name__
        if kind == "Import":
            for alias in node.names:
                for policy in rules:
                    policy.module(file, node, alias.name, own)
                    policy.use(file, node, alias.name, False)
        elif kind == "ImportFrom":
            if node.level:
                continue
            for policy in rules:
                policy.module(file, node, node.module, own)
                for alias in node.names:
                    name = f"{node.module}.{alias.name}"
                    if alias.name == "*":
                        if touches(policy.deny["calls"], node.module) or "calls" in policy.allow:
                            report(file, node, "dynamic_call", name)
                        if touches(policy.deny["imports"], node.module):
                            report(file, node, "dynamic_import", name)
                        continue
                    if covers(policy.deny["imports"], name) and not covers(policy.deny["imports"], node.module):
                        report(file, node, "imports", name)
                    policy.use(file, node, name, False)
        elif kind in ("Name", "Attribute", "Subscript"):
            if type(node.ctx).__name__ == "Load":
                for name in names.of(node):
                    for policy in rules:
                        policy.use(file, node, name, False)
                        if name in sys.stdlib_module_names and kind == "Subscript":
                            policy.module(file, node, name, own)
        elif kind == "Call":
            called = names.of(node.func)
            for policy in rules:
                for name in called:
                    policy.use(file, node, name, True)
                dynamic(file, node, called, names, policy, own)
                for name in names.of(node):
                    policy.use(file, node, name, False)


def dynamic(file, node, called, names, policy, own):
    """Calls that import, or look a name up."""
    if called & IMPORTERS:
        name = text(argument(node, 0, "name"))
        if name is not None:
            if not name.startswith("."):
                policy.module(file, node, name, own)
        elif policy.says("imports") or policy.says("packages"):
            report(file, node, "dynamic_import", sorted(called & IMPORTERS)[0].replace("builtins.", ""))
    elif called & {"sys.modules.get", "sys.modules.pop", "sys.modules.__getitem__"}:
        name = text(argument(node, 0, "key"))
        if name is not None:
            policy.module(file, node, name, own)
    elif called & GETTERS and policy.says("calls") and len(node.args) > 1 and text(node.args[1]) is None:
        for name in names.of(node.args[0]):
            if "calls" in policy.allow or covers(policy.deny["calls"], name) or touches(policy.deny["calls"], name):
                report(file, node, "dynamic_call", f"getattr({name}, ...)")
    for name in called:
        if name.endswith(".__getattribute__") and policy.says("calls") and node.args and text(node.args[-1]) is None:
            report(file, node, "dynamic_call", name)


def restricted(file):
    from RestrictedPython import compile_restricted_exec

    try:
        result = compile_restricted_exec(file.content.decode("utf-8", "replace"), filename=file.path)
    except Exception as error:
        return report(file, None, "unchecked", f"RestrictedPython cannot check the file: {error}"[:300])
    for message in result.errors or ():
        line = 0
        words = str(message).split(":", 1)
        if words[0].startswith("Line ") and words[0][5:].isdigit():
            line = int(words[0][5:])
            message = words[1].strip()
        found.add((file.index, line, 1 if line else 0, "restricted_python", str(message)[:300]))


def main():
    stream = sys.stdin.buffer
    policies, files = [], []
    while line := stream.readline():
        words = line.decode().rstrip("\n").split(" ")
        if words[0] == "N":
            policies.append(Policy())
        elif words[0] == "D":
            policies[-1].deny[words[1]].add(words[2])
        elif words[0] == "A":
            policies[-1].allow.setdefault(words[1], set()).add(words[2])
        elif words[0] == "L":
            policies[-1].allow.setdefault(words[1], set())
        elif words[0] == "R":
            policies[-1].restricted = True
        elif words[0] == "F":
            size = int(words[2])
            content = stream.read(size)
            if len(content) != size:
                raise SystemExit("the input is cut off")
            files.append(File(len(files), bytes.fromhex(words[1]).decode("utf-8", "replace"), content))
        else:
            raise SystemExit("the input is no list of policies and files")
    # The first file is the one that runs; what lies beside it is imported before what is installed.
    folder = files[0].path.rpartition("/")[0] + "/" if files and "/" in files[0].path else ""
    own = {
        file.path[len(folder):].partition("/")[0].removesuffix(".py") for file in files if file.path.startswith(folder)
    }
    lines = []
    for file in files:
        check(file, policies, own)
    if any(policy.restricted for policy in policies):
        try:
            import RestrictedPython  # noqa: F401
        except Exception:
            lines.append("U")
        else:
            for file in files:
                if not any(finding[0] == file.index and finding[3] in ("syntax", "encoding", "unchecked") for finding in found):
                    restricted(file)
    for index, at, column, rule, name in sorted(found)[:MOST]:
        lines.append(f"V {index} {at} {column} {rule} {name.encode('utf-8', 'replace').hex()}")
    lines.append("OK")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


main()
