# SPDX-License-Identifier: Apache-2.0
"""Samples that hold the Swift classifier to the answers of the Python one."""

import json
import random

from . import corpus, features, model, tokens

_PIECES = ["'", '"', '"""', "/*", "*/", "//", "# ", "#!", "-- ", "---", ";", ";; x", "%", "%%", "! ", "\\", "(* ", "*)", "{-", "-}",
           "=pod\n", "=cut\n", "`", "a", "aB", "A_B", "U", "x1", "12", "1.5e3", "0xFF", "é", " ", "\t", "\n", "\n\n", "()", "<!--", "-->",
           "#|", "|#", "--[[", "]]", "{", "}", "$x", "=>", ":=", "def ", "if ", "\r\n", "\f", "<<EOF", "<<'EOF'\n", "EOF\n", "    ", "\n\ta", "\n  b"]  # fmt: skip


def write(path, programs, output):
    """Writes texts with what the classifier makes of them: own programs, and noise made of the marks that matter."""
    trained = model.Model(path)
    texts = [text for _, entries in sorted(corpus.own_programs(programs).items()) for _, text in entries[:2]]
    rng = random.Random(7)
    for _ in range(80):
        texts.append("".join(rng.choice(_PIECES) for _ in range(rng.randrange(1, 40))).encode().decode("latin-1"))
    texts.append('"' + "x" * 2001 + '" y')
    texts.append("word " * 4000)
    samples = []
    for text in texts:
        plain = text.replace("\r\n", "\n").replace("\r", "\n")
        found = features.features(plain, trained)
        shares = trained.shares(plain)
        best = max(shares, key=shares.get)
        samples.append({
            "text": text.encode("latin-1").decode(), "tokens": [token.encode("latin-1").decode() for token, _, _ in tokens.tokens(plain)],
            "checksum": sum(features.fnv(f) * n for f, n in found.items()) & 0xFFFFFFFF, "features": len(found),
            "best": best, "share": round(shares[best], 9),
        })  # fmt: skip
    output.write_text(json.dumps(samples, indent=0, ensure_ascii=True) + "\n")
