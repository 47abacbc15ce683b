// SPDX-License-Identifier: Apache-2.0
//
// CPython as a zygote. The interpreter is started as `python3 main.py`; when it opens that file it is fully initialised and has
// executed nothing of it. There this library takes over: it imports what it was told to, serves, and in each child lets the
// interpreter go on with the real file.
#define _GNU_SOURCE
#include "CZygote.h"

#include "interpreter.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

extern char **environ;

// Of Python's C API, all in its stable part or unchanged since 3.9; looked up in the running executable.
typedef struct object object;
static struct {
    object *(*import)(const char *);
    object *(*add_module)(const char *);
    object *(*names_of)(object *);
    int (*is_tracked)(object *);
    void (*track)(void *);
    void (*untrack)(void *);
    int (*set_item)(object *, const char *, object *);
    object *(*new_bytes)(const char *, ssize_t);
    object *(*evaluate)(object *, object *, object *);
    int (*run_text)(const char *, void *);
    int (*finalize)(void);
    void (*print_error)(void);
    void (*release)(object *);
    int (*take_lock)(void);
    void (*before_fork)(void);
    void (*after_fork_parent)(void);
    void (*after_fork_child)(void);
} python;

enum { environment_room = 4096 };

void nz_give_up(const char *why, const char *what) {
    dprintf(2, "zygote: %s %s\n", why, what);
    _exit(1);
}

void *nz_find(const char *name) {
    void *symbol = dlsym(RTLD_DEFAULT, name);
    if (symbol == NULL) nz_give_up("the interpreter does not offer", name);
    return symbol;
}

static void find_all(void) {
    *(void **)&python.import = nz_find("PyImport_ImportModule");
    *(void **)&python.add_module = nz_find("PyImport_AddModule");
    *(void **)&python.names_of = nz_find("PyModule_GetDict");
    *(void **)&python.is_tracked = nz_find("PyObject_GC_IsTracked");
    *(void **)&python.track = nz_find("PyObject_GC_Track");
    *(void **)&python.untrack = nz_find("PyObject_GC_UnTrack");
    *(void **)&python.set_item = nz_find("PyDict_SetItemString");
    *(void **)&python.new_bytes = nz_find("PyBytes_FromStringAndSize");
    *(void **)&python.evaluate = nz_find("PyEval_EvalCode");
    *(void **)&python.run_text = nz_find("PyRun_SimpleStringFlags");
    *(void **)&python.finalize = nz_find("Py_FinalizeEx");
    *(void **)&python.print_error = nz_find("PyErr_Print");
    *(void **)&python.release = nz_find("Py_DecRef");
    *(void **)&python.take_lock = nz_find("PyGILState_Ensure");
    *(void **)&python.before_fork = nz_find("PyOS_BeforeFork");
    *(void **)&python.after_fork_parent = nz_find("PyOS_AfterFork_Parent");
    *(void **)&python.after_fork_child = nz_find("PyOS_AfterFork_Child");
}

void nz_before_fork(void) { python.before_fork(); }
void nz_after_fork_parent(void) { python.after_fork_parent(); }
void nz_after_fork_child(void) { python.after_fork_child(); }

// Executes compiled code with names of its own, so that nothing shows in __main__. `data` is known to it as `data`. 0 or -1.
static int execute(object *code, const char *data, size_t size) {
    object *names = nz_new_names();
    if (names == NULL) return -1;
    object *bytes = python.new_bytes(data, (ssize_t)size);
    object *result = NULL;
    if (bytes != NULL && python.set_item(names, "data", bytes) == 0) {
        result = python.evaluate(code, names, names);
    }
    if (result == NULL) python.print_error();
    if (result != NULL) python.release(result);
    if (bytes != NULL) python.release(bytes);
    python.release(names);
    return result == NULL ? -1 : 0;
}

// The module names of a comma-separated list, one after the other.
static void import_all(char *list) {
    for (char *rest = list, *name = strsep(&rest, ","); name != NULL; name = strsep(&rest, ",")) {
        if (*name == 0) continue;
        object *module = python.import(name);
        if (module == NULL) {
            python.print_error();
            nz_give_up("cannot import", name);
        }
        python.release(module);
    }
}

// Warms what importing leaves for later, then takes all that exists out of the garbage collector's sight: it would touch, and so
// copy, every page in every child.
static const char collect_and_freeze[] =
    "import sys\n"
    "if 'matplotlib.pyplot' in sys.modules:\n"
    "    from matplotlib import font_manager\n"
    "    font_manager.fontManager\n"
    "is_wanted = 'gc' in sys.modules\n"
    "import gc\n"
    "if not is_wanted: del sys.modules['gc']\n"
    "sys.path_importer_cache.pop(sys.path[0], None)\n"
    "gc.collect()\n"
    "gc.freeze()\n";

// The names of __main__ stay in sight: what the program puts there must be collected when the interpreter ends (__del__).
static void warm_up(void) {
    object *program = python.add_module("__main__");
    object *names = program != NULL ? python.names_of(program) : NULL;
    if (names == NULL) nz_give_up("has no", "__main__");
    object *seen[] = {program, names};
    for (int index = 0; index < 2; index++) {
        if (python.is_tracked(seen[index])) {
            python.untrack(seen[index]);
        } else {
            seen[index] = NULL;
        }
    }
    if (execute(nz_compile(collect_and_freeze), "", 0) < 0) nz_give_up("cannot", "warm up");
    for (int index = 0; index < 2; index++) {
        if (seen[index] != NULL) python.track(seen[index]);
    }
}

// In a child, before its program: what the interpreter took from its environment and arguments when it started, and random
// states that must not be the same twice. `random` looks after itself (os.register_at_fork).
static object *becoming, *rehearsing;
static const char become[] =
    "import os, posix, sys\n"
    "count, *rest = data.split(b'\\0')[:-1]\n"
    "arguments = [os.fsdecode(each) for each in rest[:int(count)]]\n"
    "variables = dict(each.split(b'=', 1) for each in rest[int(count):] if b'=' in each)\n"
    "posix.environ.clear()\n"
    "posix.environ.update(variables)\n"
    "os.environ._data.clear()\n"
    "os.environ._data.update(variables)\n"
    "sys.orig_argv[:] = arguments\n"
    "if arguments[1] == '-c':\n"
    "    sys.argv[:] = ['-c', *arguments[3:]]\n"
    "    sys.path[0] = ''\n"
    "else:\n"
    "    sys.argv[:] = arguments[1:]\n"
    "    sys.path[0] = os.path.dirname(os.path.realpath(arguments[1]))\n"
    "if b'TZ' in variables:\n"
    "    import time\n"
    "    time.tzset()\n"
    "if 'numpy.random' in sys.modules:\n"
    "    sys.modules['numpy.random'].seed()\n"
    "if 'tempfile' in sys.modules:\n"
    "    sys.modules['tempfile']._name_sequence = None\n"
    "    sys.modules['tempfile'].tempdir = None\n"
    "if 'uuid' in sys.modules:\n"
    "    sys.modules['uuid']._node = None\n"
    "    sys.modules['uuid']._last_timestamp = None\n"
    "if 'multiprocessing.process' in sys.modules:\n"
    "    process = sys.modules['multiprocessing.process']\n"
    "    process.current_process()._config['authkey'] = process.AuthenticationString(os.urandom(32))\n"
    "if 'threading' in sys.modules:\n"
    "    sys.modules['threading'].main_thread()._set_native_id()\n"
    "if 'logging' in sys.modules:\n"
    "    import time\n"
    "    sys.modules['logging']._startTime = time.time()\n";

static const char rehearse[] =
    "import sys\n"
    "exec(compile('''\n"
    "def line(word, *more, **names):\n"
    "    return f'{word!r:>8} {len(more)}'.encode().decode()\n"
    "class Thing:\n"
    "    def __init__(self, value=1.5):\n"
    "        self.value = value\n"
    "    def double(self):\n"
    "        return self.value * 2\n"
    "found = {number: line(str(number), number, [number]) for number in range(8)}\n"
    "total = sum(sorted(found, reverse=True)) + Thing(3).double()\n"
    "try:\n"
    "    found['missing']\n"
    "except KeyError as problem:\n"
    "    text = '%s %d' % (problem, total)\n"
    "''', '<rehearsal>', 'exec'), {})\n"
    "for stream in (sys.stdout, sys.stderr):\n"
    "    stream.write('')\n"
    "    stream.flush()\n";

void nz_rehearse(void) {
    nz_populate();
    if (execute(rehearsing, "", 0) < 0) _exit(127);
}

static void take_over(const struct nz_start *start) {
    nz_take_environment(start);
    char count[16];
    int digits = snprintf(count, sizeof count, "%d", start->argument_count) + 1;
    size_t size = (size_t)digits;
    for (int index = 0; index < start->argument_count; index++) size += strlen(start->arguments[index]) + 1;
    for (int index = 0; index < start->environment_count; index++) size += strlen(start->environment[index]) + 1;
    char *data = malloc(size);
    if (data == NULL) _exit(127);
    memcpy(data, count, (size_t)digits);
    char *at = data + digits;
    for (int index = 0; index < start->argument_count; index++) at = stpcpy(at, start->arguments[index]) + 1;
    for (int index = 0; index < start->environment_count; index++) at = stpcpy(at, start->environment[index]) + 1;
    if (execute(becoming, data, size) < 0) _exit(127);
    free(data);
}

static char entry[NAME_MAX + 1];
static int is_ahead;

static int is_entry(const char *path) {
    size_t length = strlen(path), wanted = strlen(entry);
    return length >= wanted && strcmp(path + length - wanted, entry) == 0
        && (length == wanted || path[length - wanted - 1] == '/');
}

_Noreturn static void end(int failed) {
    if (python.finalize() < 0) failed = 120;
    exit(failed);
}

typedef FILE *open_function(const char *, const char *);

// Becomes the program that it was told to run.
_Noreturn static void run(open_function *open_file, const struct nz_start *start, const char *mode) {
    take_over(start);
    const char *wanted = start->argument_count > 1 ? start->arguments[1] : "";
    // Text is run as pymain_run_command() does it.
    if (strcmp(wanted, "-c") == 0 && start->argument_count > 2) end(python.run_text(start->arguments[2], NULL) != 0);
    char file[PATH_MAX];
    if (*wanted == '/') {
        snprintf(file, sizeof file, "%s", wanted);
    } else {
        snprintf(file, sizeof file, "%s/%s", start->directory, wanted);
    }
    FILE *program = open_file(file, mode);
    if (program == NULL) {
        fprintf(stderr, "%s: can't open file '%s': [Errno %d] %s\n", start->arguments[0], file, errno, strerror(errno));
        exit(2);
    }
    nz_run_and_finish(program, file);
}

_Noreturn static void serve(open_function *open_file, const char *mode) {
    char *modules = getenv("NESTBOX_ZYGOTE_MODULES");
    char list[environment_room];
    snprintf(list, sizeof list, "%s", modules != NULL ? modules : "");
    unsetenv("NESTBOX_ZYGOTE_MODULES");
    find_all();
    // The interpreter lets go of its lock to open a file.
    python.take_lock();
    import_all(list);
    nz_prepare_finish();
    becoming = nz_compile(become);
    rehearsing = nz_compile(rehearse);
    if (execute(rehearsing, "", 0) < 0) nz_give_up("cannot", "rehearse");
    warm_up();
    if (nz_remember_image() < 0) nz_give_up("cannot read how it was executed:", strerror(errno));

    struct nz_start start;
    nz_serve(&start);
    // From here on this is a child, in its sandbox.
    run(open_file, &start, mode);
}

// Started ahead: in the sandbox already, confined, and its program is the first that it runs. Nothing is imported or warmed up:
// it goes on as if it had been started now.
_Noreturn static void wait_ahead(open_function *open_file, const char *mode) {
    find_all();
    python.take_lock();
    nz_prepare_finish();
    becoming = nz_compile(become);
    struct nz_start start;
    nz_wait_ahead(&start);
    run(open_file, &start, mode);
}

int nz_wait_as_python(const char *path) {
    // Other interpreters have no such function.
    if (dlsym(RTLD_DEFAULT, "Py_FinalizeEx") == NULL) return 0;
    const char *name = strrchr(path, '/');
    snprintf(entry, sizeof entry, "%s", name != NULL ? name + 1 : path);
    is_ahead = 1;
    return 1;
}

__attribute__((constructor)) static void begin(void) {
    const char *wanted = getenv("NESTBOX_ZYGOTE_ENTRY");
    if (wanted == NULL) return;
    snprintf(entry, sizeof entry, "%s", wanted);
    nz_find_shown_environment();
    nz_find_vector();
    unsetenv("NESTBOX_ZYGOTE_ENTRY");
    unsetenv("NESTBOX_ZYGOTE_ROOM");
    unsetenv("LD_PRELOAD");
    close(nz_library_descriptor);
}

// What the interpreter calls to open its program.
FILE *fopen64(const char *path, const char *mode) {
    static open_function *next;
    if (next == NULL) *(void **)&next = dlsym(RTLD_NEXT, "fopen64");
    if (entry[0] == 0 || !is_entry(path)) return next(path, mode);
    static int is_taken;
    if (is_taken) return next(path, mode);
    is_taken = 1;
    if (is_ahead) wait_ahead(next, mode);
    serve(next, mode);
}
