# SPDX-License-Identifier: Apache-2.0
# NB-CROSS-04: caches written by one run are not used by the next
# Attack: write into byte-code, package, build and font caches and into system directories; the next run looks for it
# Incident: dependency confusion through shared caches (GitHub Actions cache poisoning), Piston package store
# @prelude probe.py
import site

mark = "nb-cache-" + CFG.get("campaign", "none")
home = os.path.expanduser("~")
places = [home + "/.cache", home + "/.cache/pip", home + "/.npm", home + "/.cache/go-build", home + "/go/pkg", home + "/.cargo",
          home + "/.config", home + "/.local/lib", "/var/cache", "/var/lib", "/usr/local/lib", "/usr/lib/python3/dist-packages",
          "/usr/share/fonts", "/etc/profile.d", "/opt", "/tmp/.X11-unix", "/usr/lib/node_modules", "/var/tmp"]
places += site.getsitepackages() + [site.getusersitepackages(), os.path.dirname(os.__file__) + "/__pycache__"]
found = [place for place in dict.fromkeys(places) if os.path.lexists(os.path.join(place, mark))]
planted = []
for place in dict.fromkeys(places) if SANDBOXED else ():
    try:
        os.makedirs(place, exist_ok=True)
        with open(os.path.join(place, mark), "w") as file:
            file.write("x")
        planted.append(place)
    except OSError:
        pass
emit(not found, "left in %s" % found if found else "clean; %d places written" % len(planted), found=found)
