# SPDX-License-Identifier: Apache-2.0
"""Trains the content classifier and writes its data file."""

import hashlib
import math
import pathlib
import random
import tempfile

import numpy
import scipy.sparse
from sklearn.linear_model import LogisticRegression

from . import corpus, features, material, model, tokens, weighting

# Fragments of one language for each length.
FRAGMENTS = {"whole": 300, "20": 250, "10": 400, "5": 700, "3": 350, "1": 100}
FEATURES = 10000
KEYWORDS = 1800
# Inverse strength of the penalty on large weights.
REGULARISATION = 5


def strip_comments(text):
    """A text without lines that are only a comment."""
    return "\n".join(line for line in text.split("\n") if not corpus._COMMENT_LINE.match(line) or line.startswith("#!"))


def fragments(collected, counts, seed):
    """Pairs of language and fragment."""
    rng = random.Random(seed)
    result = []
    for language in sorted(collected):
        for length, count in counts.items():
            for _, text in corpus.sample(collected[language], length, count, rng):
                if rng.random() < (0.3 if length == "whole" else 0.7):
                    text = strip_comments(text)
                if language in weighting.CASELESS and rng.random() < 0.4:
                    text = rng.choice([str.lower, str.upper])(text)
                if text.strip():
                    result.append((language, length, text))
    return result


def keywords_of(samples, count):
    """Words that are frequent in some language over its fragments."""
    frequency, totals = {}, {}
    for language, _, text in samples:
        totals[language] = totals.get(language, 0) + 1
        for word in {token for token, _, _ in tokens.tokens(text) if features.is_word(token)}:
            row = frequency.setdefault(word, {})
            row[language] = row.get(language, 0) + 1
    best = {word: max(n / totals[language] for language, n in row.items()) for word, row in frequency.items()}
    return frozenset(sorted(best, key=lambda word: (-best[word], word))[:count])


def choose(samples, counted, count):
    """Features that are frequent in some language, and not equally so in all."""
    frequency, totals = {}, {}
    for (language, _, _), found in zip(samples, counted):
        totals[language] = totals.get(language, 0) + 1
        for feature in found:
            row = frequency.setdefault(feature, {})
            row[language] = row.get(language, 0) + 1
    score = {}
    for feature, row in frequency.items():
        if sum(row.values()) < 6:
            continue
        shares = sorted((n / totals[language] for language, n in row.items()), reverse=True)
        mean = sum(shares) / len(totals)
        score[feature] = max(shares[0] - 2 * mean, 0) + sum(max(share - mean, 0) for share in shares[:6]) * 0.3
    return sorted(sorted(score), key=lambda feature: (-score[feature], feature))[:count]


def matrix(counted, index):
    """Rows of features with length 1."""
    rows, columns, values = [], [], []
    for row, found in enumerate(counted):
        entries = [(index[f], features.COUNTS[min(n, 15)]) for f, n in found.items() if f in index]
        norm = math.sqrt(sum(value * value for _, value in entries)) or 1.0
        for column, value in entries:
            rows.append(row)
            columns.append(column)
            values.append(value / norm)
    return scipy.sparse.csr_matrix((values, (rows, columns)), shape=(len(counted), len(index)), dtype=numpy.float32)


def fit(samples, keywords, seed=0):
    """Features, weights and biases of a multinomial logistic regression."""
    counted = [features.features(text, keywords) for _, _, text in samples]
    chosen = choose(samples, counted, FEATURES)
    index = {feature: n for n, feature in enumerate(chosen)}
    data = matrix(counted, index)
    labels = [language for language, _, _ in samples]
    totals = {name: labels.count(name) for name in set(labels)}
    weight = {name: weighting.COMMON.get(name, weighting.RARE.get(name, 1.0)) * len(labels) / len(totals) / n for name, n in totals.items()}
    regression = LogisticRegression(C=REGULARISATION, max_iter=40, tol=1e-3, class_weight=weight, random_state=seed)
    regression.fit(data, labels)
    return chosen, list(regression.classes_), regression.coef_, regression.intercept_


def apart(collected):
    """The texts to train with, and a tenth of them to calibrate with."""
    train, rest = {}, {}
    for language, texts in collected.items():
        for entry in texts:
            is_rest = entry[0] != corpus.OWN and hashlib.sha256(entry[1].encode()).digest()[0] % 10 == 0
            (rest if is_rest else train).setdefault(language, []).append(entry)
    return train, rest


def calibrated(path, samples):
    """The temperature at which the shares say best how often the answer is right."""
    trained = model.Model(path)
    rows, wanted = [], []
    for language, _, text in samples:
        rows.append(trained.scores(text))
        wanted.append(trained.classes.index(language))
    scores, columns = numpy.array(rows), numpy.array(wanted)

    def loss(temperature):
        scaled = scores / temperature
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        return float((numpy.log(numpy.exp(scaled).sum(axis=1)) - scaled[numpy.arange(len(columns)), columns]).mean())

    return min((0.5 + 0.05 * n for n in range(41)), key=loss)


def run(folder, programs, output):
    """Trains with the unpacked sources below `folder` and writes the data file."""
    collected = corpus.collect(material.TRAINING, folder)
    for language, texts in corpus.own_programs(programs).items():
        collected.setdefault(language, []).extend((corpus.OWN, name, text) for name, text in texts)
    train, rest = apart(collected)
    samples = fragments(train, FRAGMENTS, 1)
    print(f"{len(samples)} fragments of {sum(map(len, train.values()))} texts in {len(train)} classes", flush=True)
    keywords = keywords_of(samples, KEYWORDS)
    chosen, classes, coefficients, intercept = fit(samples, keywords)
    with tempfile.TemporaryDirectory() as temporary:
        draft = pathlib.Path(temporary) / "model.json"
        model.write(draft, keywords, chosen, classes, coefficients, intercept, 1.0)
        checks = fragments({name: texts for name, texts in rest.items() if name in classes}, {"whole": 10, "10": 10, "5": 20, "3": 10}, 2)
        temperature = calibrated(draft, checks)
    model.write(output, keywords, chosen, classes, coefficients, intercept, temperature)
    print(f"temperature {temperature:.2f}; {output} has {output.stat().st_size} bytes", flush=True)
