"""Groups of similar embeddings, and noise.

HDBSCAN finds dense regions, and embeddings have too many dimensions for it. So
the fitted ones are first laid out by their neighbors: the leading eigenvectors
of the graph of nearest neighbors (Laplacian eigenmaps). The others join the
group that most of their nearest fitted neighbors are in.

Sources: Campello et al. 2013, "Density-based clustering based on hierarchical
density estimates"; Belkin and Niyogi 2003, "Laplacian eigenmaps for
dimensionality reduction and data representation".
"""

import numpy as np
from scipy import sparse
from scipy.sparse import linalg
from sklearn import cluster
from sklearn import decomposition
from sklearn import manifold
from sklearn import neighbors

NOISE = -1
# Dimensions of the principal components, and of the layout.
_COMPONENTS, _DIMENSIONS = 50, 10
_NEIGHBORS = 10
# Embeddings that are reduced or assigned at once.
_ROWS = 8192
# Points of the map.
_DRAWN = 1500


def find(
    embeddings: np.ndarray, *, least: int, most_fitted: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """The cluster of each embedding.

    Args:
        embeddings: float [N, D]; may be memory-mapped.
        least: items of the smallest cluster, among those that are fitted.
        most_fitted: embeddings that clusters are found with, chosen at random;
            time grows with the square of their number.
        seed: of the choice and of the eigenvectors.
    Returns:
        (int [N], the cluster of each, the largest one first, or NOISE;
        float32 [N, C], the principal components).
    Raises:
        ValueError: there are fewer embeddings than two clusters need.
    """
    if len(embeddings) < 2 * least or len(embeddings) <= _NEIGHBORS + 1:
        raise ValueError(
            f"There must be at least {max(2 * least, _NEIGHBORS + 2)} texts to "
            f"find clusters of {least}. Received: {len(embeddings)}. Set a "
            "smaller --min_cluster_size, or use more texts."
        )
    generator = np.random.default_rng(seed)
    fitted = np.arange(len(embeddings))
    if len(fitted) > most_fitted:
        fitted = np.sort(generator.choice(fitted, most_fitted, replace=False))
    points = components(embeddings, fitted, seed)
    graph = neighbors.NearestNeighbors(n_neighbors=_NEIGHBORS)
    graph.fit(points[fitted])
    found = cluster.HDBSCAN(
        min_cluster_size=least,
        min_samples=min(3, least),
        cluster_selection_method="leaf",
        copy=True,
    ).fit_predict(layout(graph, seed))
    clusters = np.full(len(embeddings), NOISE)
    clusters[fitted] = found
    others = np.setdiff1d(np.arange(len(embeddings)), fitted)
    for start in range(0, len(others), _ROWS):
        rows = others[start : start + _ROWS]
        near = graph.kneighbors(points[rows], return_distance=False)
        clusters[rows] = [majority(each) for each in found[near]]
    return by_size(clusters), points


def components(
    embeddings: np.ndarray, fitted: np.ndarray, seed: int
) -> np.ndarray:
    """The principal components of embeddings, scaled to length 1: what all
    texts have in common is removed, and Euclidean neighbors are those by
    cosine. float32 [N, C]."""
    size = min(_COMPONENTS, embeddings.shape[1], len(fitted) - 1)
    model = decomposition.PCA(size, random_state=seed)
    model.fit(np.asarray(embeddings[fitted], np.float32))
    points = np.empty([len(embeddings), size], np.float32)
    for start in range(0, len(embeddings), _ROWS):
        part = np.asarray(embeddings[start : start + _ROWS], np.float32)
        reduced = model.transform(part)
        length = np.linalg.norm(reduced, axis=1, keepdims=True)
        points[start : start + _ROWS] = reduced / np.maximum(length, 1e-12)
    return points


def layout(graph: neighbors.NearestNeighbors, seed: int) -> np.ndarray:
    """Coordinates by the graph of nearest neighbors, float [M, dimensions]."""
    near = graph.kneighbors_graph()
    near = near.maximum(near.T)
    count = near.shape[0]
    degree = np.asarray(near.sum(axis=1)).ravel()
    scale = sparse.diags(1 / np.sqrt(degree))
    # The largest eigenvalues belong to the smallest of the Laplacian.
    start = np.random.default_rng(seed).standard_normal(count)
    size = min(_DIMENSIONS, count - 2)
    _, vectors = linalg.eigsh(
        scale @ near @ scale, k=size + 1, which="LA", v0=start, tol=1e-4
    )
    places = vectors[:, -2::-1] / np.sqrt(degree)[:, None]
    length = np.linalg.norm(places, axis=1, keepdims=True)
    return places / np.maximum(length, 1e-12)


def majority(near: np.ndarray) -> int:
    """The cluster that most neighbors are in; noise counts as one."""
    values, counts = np.unique(near, return_counts=True)
    return int(values[counts.argmax()])


def by_size(clusters: np.ndarray) -> np.ndarray:
    """Clusters numbered from the largest to the smallest."""
    sizes = np.bincount(clusters[clusters >= 0], minlength=1)
    rank = np.empty(len(sizes), int)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return np.where(clusters >= 0, rank[clusters], NOISE)


def typical(points: np.ndarray, clusters: np.ndarray) -> list[np.ndarray]:
    """The items of each cluster, those nearest to its center first."""
    found = []
    for number in range(clusters.max() + 1):
        rows = np.flatnonzero(clusters == number)
        center = points[rows].mean(axis=0)
        found.append(rows[np.argsort(-(points[rows] @ center), kind="stable")])
    return found


def plane(
    points: np.ndarray, clusters: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """A map of some of the items in clusters, by t-SNE.

    Returns:
        (int [M], their numbers; float [M, 2], their places).
    """
    rows = np.flatnonzero(clusters != NOISE)
    generator = np.random.default_rng(seed)
    rows = np.sort(
        generator.choice(rows, min(_DRAWN, len(rows)), replace=False)
    )
    model = manifold.TSNE(
        perplexity=min(30, (len(rows) - 1) / 3), random_state=seed, n_jobs=1
    )
    return rows, model.fit_transform(points[rows])
