"""How well clusters of embeddings agree with classes: the V-measure.

Source: Rosenberg and Hirschberg 2007, "V-Measure: A conditional entropy-based
external cluster evaluation measure".
"""

from collections.abc import Sequence

import numpy as np

from albert_tf.retrieval import metrics


def v_measure(
    embeddings: np.ndarray,
    labels: Sequence[str],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> metrics.Interval:
    """Clusters embeddings by k-means, and compares the clusters with classes.

    Args:
        embeddings: float [N, D].
        labels: the class of each; there are as many clusters as classes.
        resamples: number of bootstrap samples of the N items, whose clusters
            stay as they are.
        seed: of k-means and of the samples.
    Returns:
        The V-measure, from 0 to 1, with a 95% interval.
    Raises:
        ValueError: there are not as many labels as embeddings, or there is
            only one class, or embeddings have NaN.

    Example:
        >>> import numpy as np
        >>> embeddings = np.array([[0.0, 1], [0.1, 1], [1, 0], [1, 0.1]])
        >>> v_measure(embeddings, ["a", "a", "b", "b"]).mean
        1.0
    """
    from sklearn import cluster

    embeddings = np.asarray(embeddings, np.float32)
    if embeddings.ndim != 2 or len(embeddings) != len(labels):
        raise ValueError(
            "Each embedding must have one label. Received: embeddings of the "
            f"shape {list(embeddings.shape)} and {len(labels)} labels."
        )
    if not np.isfinite(embeddings).all():
        raise ValueError(
            "Embeddings must be finite. Received: NaN or infinity among "
            f"{len(embeddings):,} embeddings. Check the model."
        )
    classes = set(labels)
    if len(classes) < 2:
        raise ValueError(
            "There must be at least two classes to compare clusters with. "
            f"Received: {len(classes)}."
        )
    model = cluster.KMeans(len(classes), n_init=10, random_state=seed)
    clusters = model.fit_predict(embeddings)
    return agreement(clusters, labels, resamples=resamples, seed=seed)


def agreement(
    clusters: np.ndarray,
    labels: Sequence[str],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> metrics.Interval:
    """The V-measure of clusters that were found already.

    Args:
        clusters: int [N], the cluster of each item.
        labels: the class of each.
        resamples: number of bootstrap samples of the N items.
        seed: of the samples.
    Returns:
        The V-measure, from 0 to 1, with a 95% interval around it. Samples have
        repeated items, and so agree better on average than all items do; the
        interval is without this bias.

    Example:
        >>> import numpy as np
        >>> agreement(np.array([5, 5, 3]), ["a", "a", "b"]).mean
        1.0
    """
    from sklearn import metrics as sklearn_metrics

    _, numbers = np.unique(np.asarray(labels), return_inverse=True)
    generator = np.random.default_rng(seed)
    values = []
    for _ in range(resamples):
        chosen = generator.integers(0, len(numbers), len(numbers))
        values.append(
            sklearn_metrics.v_measure_score(numbers[chosen], clusters[chosen])
        )
    whole = float(sklearn_metrics.v_measure_score(numbers, clusters))
    bias = np.mean(values) - whole
    low, high = np.quantile(values, [0.025, 0.975]) - bias
    return metrics.Interval(whole, float(low), float(high))
