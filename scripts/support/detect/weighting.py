# SPDX-License-Identifier: Apache-2.0
"""What is known of languages beforehand: how common they are, and whether they care for capitals."""

# Languages whose words are the same in capitals and small letters.
CASELESS = {"ada", "assembly", "basic", "cobol", "forth", "fortran", "pascal", "rexx", "sql"}
# How often a language is asked about, compared with the others.
RARE = {
    "ada": 0.6, "assembly": 0.5, "awk": 0.7, "basic": 0.35, "cobol": 0.6, "coffeescript": 0.35, "elisp": 0.4, "forth": 0.35,
    "groovy": 0.5, "objectivec": 0.5, "pike": 0.2, "rexx": 0.3, "sed": 0.3, "smalltalk": 0.3, "sml": 0.5, "vala": 0.25,
    "raku": 0.6, "tcl": 0.7, "nim": 0.5, "zig": 0.7, "prolog": 0.6, "scheme": 0.8, "ocaml": 0.8, "erlang": 0.8,
}  # fmt: skip
COMMON = {"python": 2.0, "javascript": 2.0, "typescript": 1.9, "java": 1.5, "cpp": 1.5, "c": 1.5, "go": 1.5, "rust": 1.5, "bash": 2.0}
# Added to the biases of the trained model: what users ask about is more often one of these than its share in training.
PRIOR = {
    "python": 0.45, "javascript": 0.35, "bash": 0.45, "java": 0.1, "cpp": 0.1, "c": 0.15, "php": 0.3, "ruby": 0.15,
    "racket": 0.2, "d": 0.3, "-prose": 1.2, "-log": 0.7, "groovy": -0.45, "nim": -0.55, "ada": -0.15, "awk": -0.2, "raku": -0.15,
    "scheme": -0.3, "vala": -0.1, "pike": -0.15, "coffeescript": -0.2, "basic": -0.2, "rexx": -0.15, "forth": -0.1, "assembly": -0.15,
    "elisp": -0.1,
}  # fmt: skip
