# SPDX-License-Identifier: Apache-2.0
# NB-LEAK-02: the environment is the sandbox's own short list
# Attack: every variable that is not on a list of harmless names counts, whatever its name looks like
# Incident: Judge0#564 (server environment visible), CI systems with tokens under unusual names
# @prelude probe.py
harmless = {"PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TERM", "TMPDIR", "TZ", "PWD", "OLDPWD", "SHLVL", "_", "SHELL",
            "HOSTNAME", "NO_COLOR", "COLUMNS", "LINES", "LC_ALL", "LC_CTYPE", "DEBIAN_FRONTEND", "XDG_CACHE_HOME", "MPLBACKEND",
            "MPLCONFIGDIR", "GOCACHE", "GOPATH", "CARGO_HOME", "MALLOC_ARENA_MAX"}
prefixes = ("PYTHON", "NODE_", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_", "NESTBOX_")
extra = sorted(key for key in os.environ if key not in harmless and not key.startswith(prefixes))
token = CFG.get("env_token")
leaking = [key for key, value in os.environ.items() if token and token in value or CFG.get("base_name", "\0") in value]
emit(not extra and not leaking, "unexpected: %s, values of the host in: %s" % (extra[:10], leaking))
