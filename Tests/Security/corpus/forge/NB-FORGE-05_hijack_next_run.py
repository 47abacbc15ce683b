# SPDX-License-Identifier: Apache-2.0
# NB-FORGE-05: nothing that a run leaves is executed by the next one
# Attack: plant start-up hooks of Python, shells, Node and compilers in every writable place; the next run must see
#   none
# Incident: PyPI and npm start-up hook attacks; zygotes and shared homes (measured: a naive fork server runs them)
# @prelude probe.py
import builtins
import site

hook = "import builtins\nbuiltins.nb_hijacked = True\n"
shell = "NB_HIJACKED=1; export NB_HIJACKED\n"
home = os.path.expanduser("~")
files = {".bashrc": shell, ".profile": shell, ".bash_profile": shell, ".npmrc": "# nb_hijack\n", ".noderc": "// nb_hijack\n",
         ".gdbinit": "# nb_hijack\n", ".curlrc": "# nb_hijack\n", ".local/bin/python3": "#!/bin/sh\necho NB_HIJACKED\n",
         ".pythonrc.py": hook, ".cargo/config.toml": "# nb_hijack\n", ".config/pip/pip.conf": "# nb_hijack\n"}
targets = {os.path.join(home, path): text for path, text in files.items()}
places = list(site.getsitepackages()) + [site.getusersitepackages(), os.path.dirname(os.__file__), os.getcwd(), "/tmp"]
for place in places:
    for entry in ("sitecustomize.py", "usercustomize.py", "json.py"):
        targets[os.path.join(place, entry)] = hook
    targets[os.path.join(place, "nb_hijack.pth")] = "import builtins; builtins.nb_hijacked = True\n"
found = ["hook ran"] if hasattr(builtins, "nb_hijacked") else []
found += ["variable set"] if "NB_HIJACKED" in os.environ else []
for path in targets:
    try:
        with open(path) as file:
            if "nb_hijack" in file.read().lower():
                found.append(path)
    except (OSError, UnicodeDecodeError):
        pass
planted = 0
for path, text in targets.items() if SANDBOXED else ():
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "x") as file:
            file.write(text)
        planted += 1
    except OSError:
        pass
emit(not found, "left by an earlier run: %s" % found[:6] if found else "clean; %d hooks planted" % planted, found=found)
