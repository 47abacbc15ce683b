# SPDX-License-Identifier: Apache-2.0
"""Languages by the extensions of files."""

# Extensions that mean one language wherever they occur.
PLAIN = {
    "bash": "bash", "c": "c", "cc": "cpp", "cpp": "cpp", "cxx": "cpp", "hpp": "cpp", "go": "go", "java": "java",
    "js": "javascript", "mjs": "javascript", "lua": "lua", "pm": "perl", "pl": "perl", "t": "perl", "php": "php", "py": "python",
    "r": "r", "rb": "ruby", "rs": "rust", "sql": "sql", "ts": "typescript", "tsx": "typescript", "cs": "csharp",
    "kt": "kotlin", "kts": "kotlin", "scala": "scala", "hs": "haskell", "ml": "ocaml", "f": "fortran", "f90": "fortran",
    "pas": "pascal", "lpr": "pascal", "dpr": "pascal", "cob": "cobol", "cbl": "cobol", "cpy": "cobol", "adb": "ada",
    "ads": "ada", "d": "d", "nim": "nim", "rkt": "racket", "scm": "scheme", "lisp": "commonlisp", "erl": "erlang",
    "ex": "elixir", "exs": "elixir", "clj": "clojure", "cljs": "clojure", "tcl": "tcl", "awk": "awk", "sed": "sed",
    "zig": "zig", "swift": "swift", "asm": "assembly", "groovy": "groovy", "gradle": "groovy", "raku": "raku",
    "rakumod": "raku", "p6": "raku", "vala": "vala", "fth": "forth", "4th": "forth", "sml": "sml", "coffee": "coffeescript",
    "jl": "julia", "el": "elisp", "rexx": "rexx", "rex": "rexx", "pike": "pike", "pmod": "pike", "octave": "octave",
    "kbs": "basic", "bas": "basic", "sh": "bash", "mm": "objectivec", "prolog": "prolog",
    # What is no program.
    "json": "-json", "yaml": "-yaml", "yml": "-yaml", "toml": "-config", "ini": "-config", "xml": "-markup", "html": "-markup",
    "css": "-css", "scss": "-css", "md": "-prose", "rst": "-prose", "txt": "-prose", "markdown": "-prose", "po": "-prose",
    "diff": "-diff", "patch": "-diff", "csv": "-csv", "tsv": "-csv", "log": "-log", "cmake": "-build", "mk": "-build",
    "tex": "-tex", "dockerfile": "-docker",
}  # fmt: skip
