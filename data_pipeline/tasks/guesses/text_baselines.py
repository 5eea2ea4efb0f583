"""Linear models of TF-IDF vectors: what a few lines of scikit-learn reach.

The vectors are of words and pairs of neighboring words; in scripts that do not
separate words, of characters and pairs of them. For a pair of texts, they are
those of both texts and of what the two share, and their cosine.
"""

import random
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.tasks import example_types

# Limits on what is learned from.
MAX_ROWS, MAX_CHARACTERS = 20_000, 10_000_000
SEED = 0

_MAX_FEATURES = 50_000
# Characters of Chinese, Japanese and Korean each count as a word.
_SPACELESS = "\u2e80-\u9fff\uac00-\ud7af"
_WORD = rf"(?u)[{_SPACELESS}]|[^\W{_SPACELESS}]+|[!?]"
# The inverse strength of the penalty: TF-IDF vectors have length 1, for which
# the default of 1 is too strong.
_FREEDOM = 10.0
_PASSES = 20

_Examples = Sequence[example_types.TextExample]


def sample(examples: _Examples) -> list[example_types.TextExample]:
    """At most MAX_ROWS examples and MAX_CHARACTERS, drawn by a seed."""
    order = list(examples)
    random.Random(SEED).shuffle(order)
    kept: list[example_types.TextExample] = []
    characters = 0
    for example in order[:MAX_ROWS]:
        characters += sum(map(len, example.texts))
        if kept and characters > MAX_CHARACTERS:
            break
        kept.append(example)
    return kept


def classes(train: _Examples, examples: _Examples) -> list[Any] | None:
    """The classes that logistic regression predicts.

    Args:
        train: examples with labels.
        examples: those to predict.
    Returns:
        A class for each of `examples`; None if nothing can be learned from
        `train`, whose labels are all the same.
    """
    labels = [example.label for example in train]
    if len(set(labels)) < 2:
        return None
    known, asked = _vectors(train, examples)
    return _fitted(known, labels).predict(asked).tolist()


def label_sets(train: _Examples, examples: _Examples) -> list[Any] | None:
    """The sets of labels that logistic regressions predict, one for each label;
    None as in `classes`."""
    given = [example.classes for example in train]
    names = sorted({name for own in given for name in own})
    flags = np.array([[name in own for name in names] for own in given])
    varies = flags.any(axis=0) & ~flags.all(axis=0) if names else np.zeros(0)
    if not varies.any():
        return None
    known, asked = _vectors(train, examples)
    found = np.tile(flags.all(axis=0), [len(examples), 1])
    for place in np.flatnonzero(varies):
        found[:, place] = _fitted(known, flags[:, place]).predict(asked)
    return [
        tuple(name for name, has in zip(names, row, strict=True) if has)
        for row in found
    ]


def numbers(train: _Examples, examples: _Examples) -> list[float] | None:
    """The numbers that ridge regression predicts; None as in `classes`."""
    from sklearn import linear_model

    gold = np.array([example.label for example in train], np.float64)
    if not np.ptp(gold):
        return None
    known, asked = _vectors(train, examples)
    model = linear_model.Ridge(alpha=1.0, solver="sparse_cg")
    return model.fit(known, gold).predict(asked).tolist()


def _fitted(vectors: Any, labels: Any) -> Any:
    """A logistic regression."""
    from sklearn import exceptions
    from sklearn import linear_model

    model = linear_model.LogisticRegression(
        C=_FREEDOM, solver="saga", max_iter=_PASSES, random_state=SEED
    )
    with warnings.catch_warnings():
        # More passes change nothing that a baseline is for.
        warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
        return model.fit(vectors, labels)


def _vectors(train: _Examples, examples: _Examples) -> tuple[Any, Any]:
    """The vectors of both, sparse [rows, features]."""
    from sklearn.feature_extraction import text

    vectorizer = text.TfidfVectorizer(
        token_pattern=_WORD,
        ngram_range=(1, 2),
        min_df=2 if len(train) > 1000 else 1,
        max_features=_MAX_FEATURES,
        sublinear_tf=True,
        dtype=np.float32,
    )
    try:
        vectorizer.fit(each for one in train for each in one.texts)
    except ValueError:  # no words at all
        vectorizer = text.TfidfVectorizer(analyzer="char", dtype=np.float32)
        vectorizer.fit(each for one in train for each in one.texts)
    return _transformed(vectorizer, train), _transformed(vectorizer, examples)


def _transformed(vectorizer: Any, examples: _Examples) -> Any:
    import scipy.sparse

    sides = [
        vectorizer.transform(own)
        for own in zip(*(example.texts for example in examples), strict=True)
    ]
    if len(sides) == 1:
        return sides[0]
    shared = sides[0].multiply(sides[1])
    cosine = scipy.sparse.csr_array(
        np.asarray(shared.sum(axis=1)).reshape(-1, 1)
    )
    return scipy.sparse.hstack(
        [*sides, shared, cosine],
        format="csr",
    )
