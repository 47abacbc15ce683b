# SPDX-License-Identifier: Apache-2.0
"""Tokens of a text; the mirror of Sources/Languages/Detection/TextTokens.swift.

Texts are bytes decoded as Latin-1, so that a character is a byte, as in Swift.
"""

import re

# Bytes at the start of a text that are looked at.
WINDOW = 16 << 10

_LINE_COMMENT = re.compile(r"///?|#!|#(?=[ \n#]|$)|---?(?=[ \n-]|$)|;;?|%%?(?=[ %\n]|$)|!(?= )|\\(?= )|'(?= )")
_TRAILING = re.compile(r"//(?= [A-Za-z])|#(?= )|--(?= [A-Za-z])|;;?(?= [A-Za-z])")
_BLOCKS = [("/*", "*/"), ("{-", "-}"), ("#|", "|#"), ("--[[", "]]"), ("<!--", "-->")]
_TOKEN = re.compile(
    r"(?P<space>[ \t\r\f\v]+)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<number>[0-9]+(?P<point>\.[0-9]+)?(?P<suffix>[A-Za-z0-9_]*))"
    r"|(?P<high>[\x80-\xff]+)"
    r'|(?P<double>"(?:[^"\\\n]|\\[^\n]){0,2000}")'
    r"|(?P<single>'(?:[^'\\\n]|\\[^\n]){0,2000}'(?![A-Za-z0-9_]))"
    r"|(?P<back>`[^`\n]{0,2000}`)"
    r"|(?P<operator>[-+*/%=<>!&|^~?:.@#$\\]{1,3})"
    r"|(?P<other>.)",
    re.S,
)
# A here-document is left out when its end is there; so many are looked for.
_HERE = re.compile(r"<<[-~]?(['\"]?)([A-Z][A-Z0-9_]{0,30})\1(?![A-Za-z0-9_])")
_MOST_HERE = 16
_MARKS = ("#{", "${", "\\(", "$", "%", "{")
_BLANKS = " \t\r\f\v"
_WORD_BYTES = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")


def string_token(text):
    """What is kept of a string between double quotes: the first kind of interpolation that it has."""
    content = text[1:-1]
    for mark in _MARKS:
        if mark in content:
            return '"' + mark
    return '""'


def _behind_here(text, start, name):
    """Where the line after the end of a here-document begins; `start` when it has no end."""
    at = start
    while at < len(text):
        line_end = text.find("\n", at)
        line_end = len(text) if line_end < 0 else line_end
        if text[at:line_end].strip(" \t;),") == name:
            return line_end
        at = line_end + 1
    return start


def _blanks_before(text, at):
    """The blanks right before a place, at most 64."""
    first = at
    while first > max(at - 64, 0) and text[first - 1] in " \t":
        first -= 1
    return text[first:at]


def tokens(text):
    """Triples: a token, whether it stands right behind the one before, and, of the first in a line, the blanks before it.

    `\\n` stands between lines that have tokens.
    """
    text = text[:WINDOW]
    end = len(text)
    result = []
    index = start = 0
    starts_line = True
    glued = False
    here = None
    here_left = _MOST_HERE

    def add(token):
        nonlocal starts_line, glued
        result.append((token, glued and not starts_line, _blanks_before(text, start) if starts_line else ""))
        starts_line = False
        glued = True

    while index < end:
        start = index
        byte = text[index]
        if byte == "\n":
            if result and result[-1][0] != "\n":
                result.append(("\n", False, ""))
            starts_line = True
            index += 1
            if here is not None:
                index = _behind_here(text, index, here)
                here = None
            continue
        if byte == "<" and here is None and here_left > 0 and (mark := _HERE.match(text, index, end)):
            here_left -= 1
            here = mark.group(2)
            add("<<H")
            index = mark.end()
            continue
        if byte in "\"'" and text[index : index + 3] == byte * 3:
            close = text.find(byte * 3, index + 3)
            add(byte * 3)
            index = index + 3 if close < 0 else close + 3
            continue
        block = next((pair for pair in _BLOCKS if text.startswith(pair[0], index)), None)
        if block:
            close = text.find(block[1], index + len(block[0]))
            if close >= 0:
                add(block[0])
                index = close + len(block[1])
                continue
        if byte == "(" and text[index + 1 : index + 3] in ("* ", "**", "*\n"):
            close = text.find("*)", index + 2)
            if close >= 0:
                add("(*")
                index = close + 2
                continue
        if starts_line and byte == "=" and (index == 0 or text[index - 1] == "\n") and "a" <= text[index + 1 : index + 2] <= "z":
            add("=pod")
            stops = [at for at in (text.find("\n=cut", index), text.find("\n=end", index)) if at >= 0]
            index = end if not stops else min(stops) + 5
            continue
        comment = _LINE_COMMENT.match(text, index, end) if starts_line else None
        if comment is None and index > 0 and text[index - 1] in _BLANKS:
            comment = _TRAILING.match(text, index, end)
        if comment is not None:
            add(comment.group() + ("c" if starts_line else "t"))
            line_end = text.find("\n", index)
            index = end if line_end < 0 else line_end
            continue
        found = _TOKEN.match(text, index, end)
        kind = found.lastgroup
        index = found.end()
        value = found.group()
        if kind == "space":
            glued = False
        elif kind == "word":
            add(value[:32])
        elif found.group("number") is not None:
            suffix = found.group("suffix")
            point = "." if found.group("point") else ""
            add("0" + point + (suffix if len(suffix) <= 3 else suffix[0] + "~"))
        elif kind == "high":
            add("U")
        elif kind == "double":
            add(string_token(value))
        elif kind == "single":
            if found.start() > 0 and text[found.start() - 1] in _WORD_BYTES:
                add("'")
                index = found.start() + 1
            else:
                add("'c'" if len(value) == 3 or len(value) == 4 and value[1] == "\\" else "'s'")
        elif kind == "back":
            add("``")
        else:
            add(value)
    return result
