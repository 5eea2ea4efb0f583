"""Compares ways to tell intents apart, on the same test texts.

    python examples/customer_service/compare_intents.py runs/service \
        --clinc=clinc150

Each way has its own threshold for out of scope, chosen on the validation texts:
the trained classifier (the service's own), the nearest class mean and logistic
regression on embeddings of the trained embedding model, and logistic regression
on TF-IDF, which needs no model. It needs scikit-learn.
"""

import argparse
import os
import sys
from collections.abc import Callable

import albert_tf  # noqa: F401  before tensorflow, which it configures

# isort: split
import numpy as np
import service_data
import service_folder
import service_measures

# A class's probability for each text, float [N, C], in the order of `classes`.
Predict = Callable[[list[str]], np.ndarray]


def main(given: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", help="What train.py wrote.")
    parser.add_argument("--clinc", required=True, help="Folder of CLINC150.")
    args = parser.parse_args(given)
    try:
        print(table(args.folder, service_data.read_clinc(args.clinc)))
    except (ValueError, OSError, ImportError) as error:
        sys.exit(f"Error: {error}")


def table(folder: str, clinc: dict[str, service_data.Texts]) -> str:
    """One line for each way."""
    classes = sorted({intent for _, intent in clinc["train"]})
    texts = [text for text, _ in clinc["train"]]
    labels = np.array([classes.index(intent) for _, intent in clinc["train"]])
    embedder = albert_tf.embedder(os.path.join(folder, service_folder.EMBEDDER))

    def encode(texts: list[str]) -> np.ndarray:
        return embedder.encode(texts, normalize=True, progress=False)

    vectors = encode(texts)
    ways = {
        "fine-tuned classifier": _fine_tuned(folder),
        "nearest class mean of embeddings": _nearest(vectors, labels, encode),
        "logistic regression on embeddings": _regression(
            vectors, labels, encode
        ),
        "logistic regression on TF-IDF": _tfidf(texts, labels),
    }
    names = ("accuracy", "accuracy_with_threshold", "out_of_scope_recall")
    lines = ["way, threshold, " + ", ".join(names)]
    for name, predict in ways.items():
        least, found = _measured(predict, classes, clinc)
        numbers = ", ".join(f"{found[each]:.3f}" for each in names)
        lines.append(f"{name}, {least:.3f}, {numbers}")
    return "\n".join(lines)


def _measured(
    predict: Predict, classes: list[str], clinc: dict[str, service_data.Texts]
) -> tuple[float, dict[str, float]]:
    def decided(part: str) -> service_measures.Decided:
        scores = predict([text for text, _ in clinc[part]])
        right = [
            classes[best] == intent
            for best, (_, intent) in zip(
                scores.argmax(1), clinc[part], strict=True
            )
        ]
        return service_measures.Decided(scores.max(1), np.array(right, float))

    least = service_measures.threshold(
        decided("val"), decided("oos_val").scores
    )
    return least, service_measures.scope(
        decided("test"), decided("oos_test").scores, least
    )


def _fine_tuned(folder: str) -> Predict:
    predictor = albert_tf.predictor(
        os.path.join(folder, service_folder.INTENTS)
    )
    order = np.argsort(predictor.labels)

    def predict(texts: list[str]) -> np.ndarray:
        found = np.array([each["probabilities"] for each in predictor(texts)])
        return found[:, order]

    return predict


def _nearest(vectors: np.ndarray, labels: np.ndarray, encode: Predict):
    means = np.stack(
        [vectors[labels == each].mean(0) for each in range(labels.max() + 1)]
    )
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    return lambda texts: encode(texts) @ means.T


def _regression(vectors: np.ndarray, labels: np.ndarray, encode: Predict):
    from sklearn import linear_model

    model = linear_model.LogisticRegression(C=30, max_iter=100)
    model.fit(vectors, labels)
    return lambda texts: model.predict_proba(encode(texts))


def _tfidf(texts: list[str], labels: np.ndarray) -> Predict:
    from sklearn import linear_model
    from sklearn import pipeline
    from sklearn.feature_extraction import text

    model = pipeline.make_pipeline(
        text.TfidfVectorizer(ngram_range=(1, 2), min_df=2),
        linear_model.LogisticRegression(C=30, max_iter=100),
    )
    return model.fit(texts, labels).predict_proba


if __name__ == "__main__":
    main()
