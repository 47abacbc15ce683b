# SPDX-License-Identifier: Apache-2.0
"""Where the texts come from: source packages of Debian, by name and version, and which of their files are which language."""

import dataclasses
import fnmatch
import pathlib
import re

from .extensions import PLAIN


@dataclasses.dataclass(frozen=True)
class Source:
    """A source package and what is taken from it."""

    package: str
    version: str
    # Languages to take; the classes of what is no program are named "-...".
    languages: str
    # Path pattern under the package that files must match.
    under: str = "*"
    # Extensions that mean something else here.
    extensions: dict = dataclasses.field(default_factory=dict)
    # Pattern whose first group is looked up in `names` instead of the extension.
    named: str = ""
    names: dict = dataclasses.field(default_factory=dict)
    # Where it is fetched from: debian, pypi, or swift (the checked-out dependencies of this package).
    origin: str = "debian"

    def language(self, path):
        """Language of a file by its path below the package, or None."""
        if not fnmatch.fnmatch(path, self.under):
            return None
        base = pathlib.PurePath(path).name
        if self.named:
            found = re.search(self.named, path)
            language = self.names.get(found.group(1).lower()) if found else None
        elif base in ("Makefile", "GNUmakefile", "CMakeLists.txt", "Makefile.am"):
            language = "-build"
        elif base == "Dockerfile":
            language = "-docker"
        else:
            extension = base.rpartition(".")[2].lower() if "." in base else ""
            language = self.extensions.get(extension, PLAIN.get(extension))
        wanted = self.languages.split()
        if language is None or language in wanted or "*" in wanted:
            return language
        return "-" if language.startswith("-") and "-" in wanted else None


_MANY_M = {"m": "objectivec", "fs": "forth", "pro": "", "pp": "pascal", "st": "", "s": "assembly", "pl": "perl", "cl": "",
           "inc": "", "h": "", "sh": "bash", "t": ""}  # fmt: skip

TRAINING = [
    Source("ksyntax-highlighting", "5.116.0-1", "*", "*/autotests/input/*", {"m": "octave", "s": "assembly", "pro": "prolog", "scheme": "scheme", "f": "fortran", "v": "", "d": "d", "t": "", "inc": "", "cl": ""}),
    Source("ohcount", "4.0.0-5", "*", "*/test/src_dir/*", {"m": "", "s": "assembly", "st": "smalltalk", "lsp": "commonlisp", "fs": "forth", "r": "", "pl": "perl", "pp": "", "sh": "bash", "t": "", "b": "basic", "cs": "csharp"}),
    Source("scite", "5.3.3-1", "*", "*/lexilla/test/examples/*", {"m": "octave", "t": "", "pl": "perl", "s": "assembly", "st": "smalltalk"}),
    Source("scite", "5.3.3-1", "cpp", "*/src/*"),
    Source("octave", "9.4.0-1", "octave", "*/scripts/*", {"m": "octave"}),
    Source("gtksourceview5", "5.16.0-1", "*", "*/tests/syntax-highlighting/*", {"m": "", "lisp": "commonlisp", "fs": "forth", "t": "", "pl": "perl"}),
    Source("pygments", "2.18.0+dfsg-2", "python -prose -config"),
    Source("bash-completion", "1:2.16.0-7", "bash python", "*", {"bash": "bash"}),
    Source("redis", "5:7.0.15-1~deb12u7", "c tcl lua ruby -prose -build bash"),
    Source("zlib", "1:1.2.13.dfsg-1", "c"),
    Source("gawk", "1:5.2.1-2", "awk bash c", "*"),
    Source("sed", "4.9-2+deb13u1", "sed c"),
    Source("fmtlib", "10.1.1+ds1-4", "cpp -build", "*", {"h": "cpp"}),
    Source("golang-golang-x-tools", "1:0.25.0+ds-1", "go"),
    Source("fzf", "0.60.3-1", "go bash"),
    Source("libcommons-lang3-java", "3.17.0-1+deb13u1", "java"),
    Source("junit4", "4.13.2-5", "java"),
    Source("node-lodash", "4.17.21+dfsg+~cs8.31.198.20210220-9", "javascript"),
    Source("node-async", "3.2.6+dfsg-2", "javascript"),
    Source("jupyterlab", "4.0.11+ds1+~cs11.25.27-7", "typescript javascript -css -json -yaml -markup -prose"),
    Source("lua-penlight", "1.14.0-1", "lua"),
    Source("awesome", "4.3-7", "lua"),
    Source("libmojolicious-perl", "9.39+dfsg-1", "perl"),
    Source("libmoose-perl", "2.2203-1", "perl"),
    Source("composer", "2.5.5-1+deb12u5", "php -json"),
    Source("php-twig", "3.5.1-1+deb12u3", "php"),
    Source("r-cran-dplyr", "1.1.4-4", "r"),
    Source("r-cran-data.table", "1.17.0+dfsg-1", "r"),
    Source("rake", "13.2.1-1", "ruby"),
    Source("jekyll", "4.3.4+dfsg-1", "ruby -yaml -markup -prose"),
    Source("rust-ripgrep", "13.0.0-4", "rust -config"),
    Source("rust-clap", "4.0.32-1", "rust -config"),
    Source("postgresql-15", "15.18-0+deb12u1", "sql bash", "*/test/*"),
    Source("pgtap", "1.3.3-3", "sql"),
    Source("keepass2", "2.57+dfsg-3", "csharp"),
    Source("nunit", "2.6.4+dfsg-1.1", "csharp"),
    Source("kotlin", "1.3.31+ds1-3", "kotlin bash"),
    Source("scala", "2.11.12-6", "scala bash"),
    Source("haskell-hledger", "1.32.3-1", "haskell -prose"),
    Source("pandoc", "2.17.1.1-2~deb12u1", "haskell -prose -tex"),
    Source("ocaml", "5.3.0-3", "ocaml bash"),
    Source("lapack", "3.12.1-6", "fortran"),
    Source("fpc", "3.2.2+dfsg-46", "pascal bash", "*", {"pp": "pascal"}),
    Source("gnucobol3", "3.2-3", "cobol", "*", {"at": "cobol"}),
    Source("libgnatcoll", "24.1.20230921-6", "ada"),
    Source("ldc", "1:1.40.0-5", "d bash"),
    Source("nim", "1.6.10-2", "nim bash"),
    Source("racket", "8.16+dfsg1-3", "racket bash"),
    Source("guile-3.0", "3.0.10+really3.0.10-4", "scheme"),
    Source("chicken", "5.3.0-2", "scheme"),
    Source("sbcl", "2:2.5.2-1", "commonlisp bash"),
    Source("maxima", "5.47.0-7", "commonlisp"),
    Source("swi-prolog", "9.2.9+dfsg-1", "prolog bash", "*/library/*", {"pl": "prolog"}),
    Source("ejabberd", "24.12-3+deb13u2", "erlang bash"),
    Source("elixir-lang", "1.18.3.dfsg-1", "elixir"),
    Source("clojure", "1.12.0-1", "clojure"),
    Source("leiningen-clojure", "2.10.0-5", "clojure"),
    Source("tcllib", "1.21+dfsg-1", "tcl"),
    Source("gmp", "2:6.3.0+dfsg-3", "assembly bash"),
    Source("nasm", "2.16.03-1", "assembly", "*", {"s": "assembly", "nas": "assembly", "inc": "assembly"}),
    Source("groovy", "2.4.21-10", "groovy bash"),
    Source("gradle", "4.4.1-22", "groovy -markup bash"),
    Source("rakudo", "2024.09-4", "raku bash", "*", {"t": "raku"}),
    Source("gnustep-base", "1.31.1-3", "objectivec", "*", {"m": "objectivec"}),
    Source("vala", "0.56.3-1", "vala"),
    Source("geary", "46.0-7", "vala"),
    Source("gforth", "0.7.3+dfsg-9", "forth", "*", {"fs": "forth", "fth": "forth", "fi": ""}),
    Source("polyml", "5.7.1-5", "sml"),
    Source("coffeescript", "2.7.0+dfsg1-2", "coffeescript"),
    Source("company-mode", "1.0.2-1", "elisp"),
    Source("dash-el", "2.20.0+dfsg-1", "elisp"),
    Source("basic256", "2.0.99.10-2", "basic"),
    Source("bwbasic", "2.20pl2-14", "basic"),
    Source("regina-rexx", "3.9.5+dfsg1-0.1", "rexx"),
    Source("pike8.0", "8.0.1956-1", "pike"),
    Source("ziglang", "0.17.1", "zig", origin="pypi"),
    Source("node-typescript", "4.8.4+ds1-2", "typescript", "*/src/*"),
    Source("node-mocha", "10.7.2+ds1+~cs33.1.11-2", "javascript"),
    Source("dbus-sharp", "0.8.1-2.1", "csharp"),
    Source("curl", "8.14.1-2+deb13u5", "c perl bash"),
    Source("lua5.4", "5.4.7-1", "c"),
    Source("catch2", "3.7.1-0.5", "cpp"),
    Source("spdlog", "1:1.15.2+ds-2", "cpp", "*", {"h": "cpp"}),
    Source("golang-github-gin-gonic-gin", "1.8.1-3", "go"),
    Source("golang-github-gorilla-mux", "1.8.1-1", "go"),
    Source("rust-serde", "1.0.217-1", "rust"),
    Source("php-monolog", "3.9.0-1", "php"),
    Source("symfony", "6.4.41+dfsg-0+deb13u1", "php"),
    Source("haskell-aeson", "2.1.2.1-6", "haskell"),
    Source("hlint", "3.6.1-1", "haskell"),
    Source("r-cran-ggplot2", "3.5.1+dfsg-1", "r"),
    Source("r-cran-tidyr", "1.3.1-1", "r"),
    Source("lwt", "5.6.1-1", "ocaml"),
    Source("data-json-clojure", "2.4.0-2", "clojure"),
    Source("mockito", "3.3.0-2", "java"),
    Source("prosody", "13.0.1-1+deb131u", "lua"),
    Source("arpack", "3.9.1-6", "fortran"),
    Source("juliacall", "0.9.23", "julia", origin="pypi"),
    Source("networkx", "3.3", "python", origin="pypi"),
    Source("more_itertools", "10.5.0", "python", origin="pypi"),
    Source("requests", "2.32.3", "python", origin="pypi"),
    Source("swift-packages", "", "swift", origin="swift"),
]  # fmt: skip
