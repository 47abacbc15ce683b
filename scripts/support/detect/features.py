# SPDX-License-Identifier: Apache-2.0
"""Features of a text; the mirror of Sources/Languages/Detection/TextFeatures.swift."""

from .tokens import _WORD_BYTES, tokens

# A feature counts by the logarithm of how often it occurs: 256 * log2(1 + n).
COUNTS = [0, 256, 406, 512, 594, 662, 719, 768, 811, 850, 886, 918, 947, 975, 1000, 1024]


def shape(word):
    """The form of a name, for n-grams in which the name itself says nothing."""
    if "_" in word:
        return "X_X" if word.upper() == word else "x_x"
    if word.upper() == word:
        return "XX" if len(word) > 1 else "X"
    if word[0].isupper():
        return "Xx"
    if word.lower() == word:
        return "x" if len(word) > 1 else "i"
    return "xX"


def width(blanks):
    """Columns that blanks take; a tab takes 8."""
    return sum(8 if blank == "\t" else 1 for blank in blanks)


def is_word(token):
    return token[0] in _WORD_BYTES and not token[0].isdigit() and token != "U"


def features(text, keywords):
    """How often each feature occurs in a text. A feature is a string; `keywords` keep their text in n-grams."""
    counts = {}

    def add(feature):
        counts[feature] = counts.get(feature, 0) + 1

    line = []
    indent = 0
    before = None
    for token, glued, blanks in tokens(text) + [("\n", False, "")]:
        if token != "\n":
            if not line:
                indent, has_tab = width(blanks), "\t" in blanks
            word = is_word(token)
            if word:
                add("=" + token)
            line.append((token if not word or token in keywords else shape(token), glued))
            continue
        if not line:
            continue
        parts = ["^", line[0][0]]
        for form, glued in line[1:]:
            parts.append(form if glued else " " + form)
        parts.append("$")
        for at in range(len(parts) - 1):
            if 0 < at:
                add(parts[at].lstrip(" "))
            add(parts[at].lstrip(" ") + parts[at + 1])
            if at + 2 < len(parts):
                add(parts[at].lstrip(" ") + parts[at + 1] + parts[at + 2])
        first, last = line[0][0], line[-1][0]
        if len(line) > 1:
            add("\1" + first + "\1" + last)
        if before is not None:
            # How this line follows the one before.
            step = indent - before[1]
            way = "=" if step == 0 else ">" if step > 0 else "<"
            add("\2" + way + before[0] + "\2" + first)
            add("\2" + way + before[0])
            add("\2" + way + "\2" + first)
            if step > 0:
                add("\3" + ("t" if has_tab else chr(48 + min(step, 9))))
        before = (last, indent)
        line = []
    return counts


def fnv(feature):
    """FNV-1a with 32 bits."""
    value = 0x811C9DC5
    for byte in feature.encode("latin-1"):
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value
