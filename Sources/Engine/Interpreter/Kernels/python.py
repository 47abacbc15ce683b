# SPDX-License-Identifier: Apache-2.0
"""The Python kernel: IPython's InteractiveShell in this process, run by host.py with `boot`.

Code runs on the main thread inside a running event loop, which also runs between cells. Argument 1 is the descriptor
of commands, argument 2 that of events.
"""
import asyncio
import base64
import builtins
import json
import os
import signal
import sys
import threading
import types
import warnings


class Channel:
    """Events to the host. What shows something waits until the host has sent it, so that output stays in order."""

    def __init__(self, commands, events):
        self.commands, self.events = commands, events
        for fd in (commands, events):
            os.set_inheritable(fd, False)
        self.owner = os.getpid()
        self.lock = threading.RLock()
        # Sends under way on the main thread: an interrupt waits for their end, or half an event would be lost.
        self.depth = 0

    def send(self, event, ack=False):
        if os.getpid() != self.owner:
            return  # a forked child
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:
                pass
        if ack:
            event["ack"] = True
        data = json.dumps(event, default=str).encode() + b"\n"
        on_main = threading.current_thread() is threading.main_thread()
        self.depth += on_main
        try:
            with self.lock:
                view = memoryview(data)
                while view:
                    view = view[os.write(self.events, view):]
                if ack and not os.read(self.commands, 1):
                    os._exit(0)
        finally:
            self.depth -= on_main
            if on_main and not self.depth:
                runner.late_interrupt()


channel = Channel(int(sys.argv[1]), int(sys.argv[2]))
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)

try:
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.error import StdinNotImplementedError
    from IPython.core.formatters import BaseFormatter
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets import ObjectName, Type, Unicode
    from traitlets.config import Config
except ImportError as problem:
    channel.send({"type": "failed", "message": f"the Python kernel needs IPython, which this template lacks: {problem}"})
    os._exit(1)


def load(name):
    """A module of ours from the sources that came with the kernel."""
    module = types.ModuleType(name)
    exec(compile(boot["sources"][f"{name}.py"], f"<{name}>", "exec"), module.__dict__)  # noqa: F821
    return module


def show(data, main):
    bundle = {}
    for mime, value in data.items():
        bundle[mime] = base64.b64encode(value).decode() if isinstance(value, bytes) else value
    if bundle:
        try:
            json.dumps(bundle)
        except (TypeError, ValueError):
            bundle = {mime: plain(value) for mime, value in bundle.items()}
        channel.send({"type": "result", "bundle": bundle, "main": main}, ack=True)


class Hook(DisplayHook):
    """The value of the last expression."""

    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        show(format_dict, True)

    def finish_displayhook(self):
        pass


class Publisher(DisplayPublisher):
    """What `display` shows."""

    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **kwargs):
        show(data, False)

    def clear_output(self, wait=False):
        pass


class Shell(InteractiveShell):
    displayhook_class = Type(Hook)
    display_pub_class = Type(Publisher)

    def _showtraceback(self, etype, evalue, stb):
        name = getattr(etype, "__name__", str(etype))
        if runner.interrupted and name == "CancelledError":
            name, evalue, stb = "KeyboardInterrupt", "", ["KeyboardInterrupt: "]
        try:
            value = str(evalue)
        except Exception:
            value = "<the exception could not be turned into text>"
        channel.send({"type": "error", "name": name, "value": value, "traceback": "\n".join(map(str, stb))}, ack=True)

    def system(self, cmd):
        """`!cmd`: its output is that of the cell."""
        import subprocess

        command = self.var_expand(cmd, depth=1)
        self.user_ns["_exit_code"] = subprocess.call(["/bin/bash", "-c", command])

    system_raw = system_piped = system

    def ask_exit(self):
        raise SystemExit

    def enable_gui(self, gui=None):
        pass

    def enable_matplotlib(self, gui=None):
        return super().enable_matplotlib("inline")

    def init_magics(self):
        super().init_magics()
        self.set_hook("show_in_pager", show_page, 99)

    def _get_exc_info(self, exc_tuple=None):
        """Tracebacks end in the user's code, not in this file."""
        kind, value, trace = super()._get_exc_info(exc_tuple)
        frames = []
        while trace is not None:
            frames.append(trace)
            trace = trace.tb_next
        while len(frames) > 1 and frames[-1].tb_frame.f_code.co_filename == "<kernel>":
            frames.pop()
            frames[-1].tb_next = None
        return kind, value, frames[0] if frames else None


def show_page(shell, text, *_, **__):
    print(text["text/plain"] if isinstance(text, dict) else text)


class DataFormatter(BaseFormatter):
    format_type = Unicode("e2b/data")
    print_method = ObjectName("_repr_e2b_data_")
    _return_type = dict


class ChartFormatter(BaseFormatter):
    format_type = Unicode("e2b/chart")
    print_method = ObjectName("_repr_e2b_chart_")
    _return_type = dict

    def pop(self, typ, default=None):
        """matplotlib's backend removes all that is known of figures when their format changes; charts stay."""
        return default


def plain(value, depth=0):
    """`value` of lists, dicts, numpy and dates as JSON has it; raises TypeError for anything else."""
    if value is None or isinstance(value, (bool, int, str)):
        return value if type(value) in (bool, int, str, type(None)) else (str(value) if isinstance(value, str) else int(value))
    if isinstance(value, float):
        return float(value)
    if depth > 64:
        raise TypeError("nested too deeply")
    if isinstance(value, dict):
        return {key if isinstance(key, str) else name(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist(), depth + 1)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def name(key):
    """A key that is not text, as JSON has it."""
    key = plain(key)
    if isinstance(key, (list, dict)):
        raise TypeError("not a key")
    return json.dumps(key) if key is None or isinstance(key, bool) else str(key)


def as_json(value):
    try:
        return plain(value)
    except Exception:
        return None


def frame_data(frame):
    def cell(value):
        try:
            return None if value is pandas.NaT else plain(value)
        except TypeError:
            return str(value)

    pandas = sys.modules["pandas"]
    try:
        return {str(column): [cell(item) for item in frame.iloc[:, at].tolist()] for at, column in enumerate(frame.columns)}
    except Exception:
        return None


def chart(figure):
    try:
        global charts
        if charts is None:
            charts = load("charts")
        return charts.describe(figure) or None
    except Exception:
        return None


charts = None


class AfterImport:
    """Calls a hook with a module right after its import."""

    def __init__(self, hooks):
        self.hooks = hooks

    def find_spec(self, name, path=None, target=None):
        hook = self.hooks.pop(name, None)
        if hook is None:
            return None
        import importlib.util

        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            self.hooks[name] = hook
            return None
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            hook(module)

        spec.loader.exec_module = exec_module
        return spec


def after_matplotlib(matplotlib):
    if "MPLBACKEND" not in os.environ:
        matplotlib.use("module://matplotlib_inline.backend_inline")


def after_pillow(module):
    """`image.save("file")` also displays the image, `image.show()` displays it without a viewer."""
    save = module.Image.save

    def save_and_display(self, fp, *args, **kwargs):
        save(self, fp, *args, **kwargs)
        caller = sys._getframe(1).f_globals.get("__name__", "")
        if isinstance(fp, (str, os.PathLike)) and not caller.startswith(("PIL.", "matplotlib")):
            builtins.display(self)

    module.Image.save = save_and_display
    module.Image.show = lambda self, *args, **kwargs: builtins.display(self)


def no_input(prompt="", *rest):
    raise StdinNotImplementedError("input() was called, but a cell has no standard input")


def run_in_a_loop(main, **options):
    """`asyncio.run` although a loop is running: cells are scripts for whom there is none."""
    if asyncio._get_running_loop() is not loop:
        return asyncio_run(main, **options)
    asyncio._set_running_loop(None)
    try:
        return asyncio_run(main, **options)
    finally:
        asyncio._set_running_loop(loop)
        asyncio.set_event_loop(loop)


asyncio_run = asyncio.run


class Runner:
    def __init__(self):
        self.running = self.interrupted = self.pending = False
        self.saved = [os.dup(1), os.dup(2)]

    def on_interrupt(self, *_):
        if self.running and os.getpid() == channel.owner:
            self.interrupted = True
            if channel.depth:
                self.pending = True
            else:
                raise KeyboardInterrupt

    def late_interrupt(self):
        if self.pending:
            self.pending = False
            if self.running:
                raise KeyboardInterrupt

    async def command(self):
        """The next line of commands; the loop runs meanwhile."""
        data, arrived = b"", asyncio.Event()
        while not data.endswith(b"\n"):
            loop.add_reader(channel.commands, arrived.set)
            try:
                await arrived.wait()
            finally:
                loop.remove_reader(channel.commands)
            arrived.clear()
            part = os.read(channel.commands, 1 << 20)
            if not part:
                os._exit(0)
            data += part
        return json.loads(data)

    async def cell(self, code):
        transformed, problem = code, None
        try:
            transformed = shell.transform_cell(code)
        except Exception:
            problem = sys.exc_info()
        options = {"store_history": True, "transformed_cell": transformed, "preprocessing_exc_tuple": problem}
        if shell.should_run_async(code, transformed_cell=transformed, preprocessing_exc_tuple=problem):
            try:
                await shell.run_cell_async(code, **options)
            finally:
                shell.events.trigger("post_execute")
                shell.events.trigger("post_run_cell", None)
        else:
            shell.run_cell(code, store_history=True)

    def execute(self, command):
        for fd, saved in zip((1, 2), self.saved):
            os.dup2(saved, fd)
        os.environ.update(command["env"])
        channel.send({"type": "started", "count": shell.execution_count})
        self.interrupted, self.pending, self.running = False, False, True
        task = loop.create_task(self.cell(command["code"]))
        while not task.done():
            try:
                loop.run_until_complete(task)
            except KeyboardInterrupt:
                task.cancel()
            except SystemExit:
                pass
            except BaseException as problem:
                if not self.interrupted:
                    shell._showtraceback(type(problem), problem, [f"{type(problem).__name__}: {problem}"])

    def finish(self, environment):
        self.running = False
        if os.getpid() != channel.owner:
            os._exit(0)  # a child that a cell has forked ends with the cell
        for key, value in environment.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
        channel.send({"type": "end"})

    def serve(self):
        while True:
            command = loop.run_until_complete(self.command())
            before = {key: os.environ.get(key) for key in command["env"]}
            try:
                self.execute(command)
            except KeyboardInterrupt:
                pass
            finally:
                self.finish(before)


def make_shell():
    config = Config()
    config.InteractiveShell.colors = "NoColor"
    config.InteractiveShell.cache_size = 1000
    config.HistoryManager.enabled = False
    config.PlainTextFormatter.max_seq_length = 0
    sys.argv[:] = [""]
    sys.path[0] = ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = Shell.instance(config=config)
    formatters = made.display_formatter.formatters
    for kind in (DataFormatter, ChartFormatter):
        formatter = kind(parent=made.display_formatter)
        formatters[formatter.format_type] = formatter
    for kind in (list, dict):
        formatters["application/json"].for_type(kind, as_json)
    formatters["e2b/data"].for_type_by_name("pandas.core.frame", "DataFrame", frame_data)
    formatters["e2b/chart"].for_type_by_name("matplotlib.figure", "Figure", chart)
    return made


for number, stream in ((1, "stdout"), (2, "stderr")):
    raw = open(number, "wb", closefd=False)
    text = __import__("io").TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", line_buffering=True)
    text.mode = "w"
    setattr(sys, stream, text)
    setattr(sys, f"__{stream}__", text)
os.environ.setdefault("PAGER", "cat")
os.environ.setdefault("GIT_PAGER", "cat")
runner = Runner()
shell = make_shell()
builtins.input = no_input
asyncio.run = asyncio.runners.run = run_in_a_loop
warnings.filterwarnings("ignore", message="To exit: use")
sys.meta_path.insert(0, AfterImport({"matplotlib": after_matplotlib, "PIL.Image": after_pillow}))
signal.signal(signal.SIGINT, runner.on_interrupt)
channel.send({"type": "ready"})
runner.serve()
