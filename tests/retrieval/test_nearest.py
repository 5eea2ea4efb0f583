"""Nearest vectors: exact, and approximate with measured recall."""

import numpy as np
import pytest

from albert_tf.retrieval import vectors
from albert_tf.retrieval.indexes import nearest

NONE = np.zeros(0, np.int64)


@pytest.fixture(scope="module")
def many():
    """1,000 vectors in 20 clusters, and what is nearest to the first 50."""
    generator = np.random.default_rng(0)
    centers = generator.normal(size=(20, 16))
    near = centers[generator.integers(0, 20, 1000)]
    found = vectors.scaled(near + 0.3 * generator.normal(size=near.shape))
    order = np.argsort(-(found[:50] @ found.T), axis=1)[:, :11]
    return found, order


def opened(kind, many, folder, deleted=NONE, effort=None):
    nearest.build(kind, many, str(folder))
    return nearest.Nearest(kind, many, str(folder), deleted, effort)


def test_flat_is_exact(many, tmp_path):
    found, order = many
    scores, numbers = opened("flat", found, tmp_path).search(found[:50], 11)
    assert (numbers == order).all()
    np.testing.assert_allclose(scores[:, 0], 1, atol=1e-6)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["hnsw", "ivf"])
def test_effort_is_raised_until_recall_is_high(kind, many, tmp_path):
    found, order = many
    index = opened(kind, found, tmp_path)
    effort, quality = index.tuned()
    assert quality.recall_at_10 >= 0.95
    assert quality.queries == 500 and quality.queries_per_second > 0
    _, numbers = index.search(found[:50], 11)
    equal = [len({*a} & {*b}) / 11 for a, b in zip(numbers, order, strict=True)]
    assert np.mean(equal) > 0.9
    again = nearest.Nearest(kind, found, str(tmp_path), NONE, effort)
    assert (again.search(found[:50], 11)[1] == numbers).all()


@pytest.mark.parametrize("kind", nearest.KINDS)
def test_deleted_ones_are_not_found(kind, many, tmp_path):
    found, order = many
    deleted = np.unique(order[0, 1:6])
    index = opened(kind, found, tmp_path, deleted, 64)
    _, numbers = index.search(found[:1], 6)
    assert not {*numbers[0]} & {*deleted}
    assert [*numbers[0]] == [order[0, 0], *order[0, 6:11]]


@pytest.mark.parametrize("kind", nearest.KINDS)
def test_added_ones_are_found(kind, many, tmp_path):
    found, order = many
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    nearest.build(kind, found[40:], str(tmp_path / "old"))
    joined = np.concatenate([found[40:], found[:40]])
    nearest.extend(kind, str(tmp_path / "old"), joined[-40:], tmp_path / "new")
    index = nearest.Nearest(kind, joined, str(tmp_path / "new"), NONE, 64)
    _, numbers = index.search(found[:40], 1)
    assert [*numbers[:, 0]] == [*range(960, 1000)]


@pytest.mark.parametrize("kind", nearest.KINDS)
def test_fewer_than_asked_for(kind, many, tmp_path):
    index = opened(kind, many[0][:3], tmp_path, np.array([1]), 8)
    _, numbers = index.search(many[0][:2], 5)
    assert sorted(numbers[0]) == [-1, -1, -1, 0, 2]


def test_the_kind_follows_the_number():
    numbers = (1, 50_000, 50_001, 1_000_000, 1_000_001)
    kinds = [nearest.chosen("auto", number) for number in numbers]
    assert kinds == ["flat", "flat", "hnsw", "hnsw", "ivf"]
    assert nearest.chosen("ivf", 5) == "ivf"


def test_an_index_of_other_vectors_is_an_error(many, tmp_path):
    opened("hnsw", many[0], tmp_path)
    with pytest.raises(ValueError, match="1,000 vectors of size 16"):
        nearest.Nearest("hnsw", many[0][:10], str(tmp_path), NONE, 8)
    with pytest.raises(ValueError, match="IndexHNSWFlat"):
        nearest.Nearest("ivf", many[0], str(tmp_path), NONE, 8)


def test_a_cut_index_is_an_error(many, tmp_path):
    opened("ivf", many[0], tmp_path)
    path = tmp_path / "vectors.faiss"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ValueError, match="undamaged"):
        nearest.Nearest("ivf", many[0], str(tmp_path), NONE, 8)


def test_without_faiss_the_extra_is_named(many, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "faiss", None)
    with pytest.raises(ImportError, match=r"albert_tf\[retrieval\]"):
        opened("flat", many[0], tmp_path)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0])
def test_vectors_must_be_finite_and_not_zero(value, tmp_path):
    bad = np.ones((4, 3), np.float32)
    bad[2] = value
    with pytest.raises(ValueError, match=r"finite and longer.*vector 6 "):
        vectors.write(str(tmp_path / "v.npy"), [np.ones((4, 3)), bad], 8)


@pytest.mark.parametrize(
    "batches, message",
    [
        ([np.ones((2, 3))], "2 vectors for 4 documents"),
        ([np.ones((5, 3))], "4 vectors of one size"),
        ([np.ones((2, 3)), np.ones((2, 4))], "sizes 3 and 4"),
        ([], "0 vectors for 4 documents"),
    ],
)
def test_vectors_must_fit_the_documents(batches, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        vectors.write(str(tmp_path / "v.npy"), batches, 4)


def test_damaged_vectors_are_an_error(tmp_path):
    path = tmp_path / vectors.FILE
    vectors.write(str(path), [np.ones((4, 3))], 4)
    with pytest.raises(ValueError, match=r"float32 \[4, 3\]"):
        vectors.load(str(tmp_path), 5, 3)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ValueError, match="undamaged"):
        vectors.load(str(tmp_path), 4, 3)


def test_objects_are_never_unpickled(tmp_path):
    np.save(tmp_path / vectors.FILE, np.array([{}]), allow_pickle=True)
    with pytest.raises(ValueError, match="undamaged"):
        vectors.load(str(tmp_path), 1, 1)
