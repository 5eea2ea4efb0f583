"""HDF5 files that are damaged, or refer to something else."""

import h5py
import numpy as np
import pytest

import albert_tf
from albert_tf.interop.keras_hub import weights_file

KERNEL = "layers/dense_1/vars/0"


def external(file):
    file.create_dataset(
        KERNEL, (20, 20), "f4", external=[("/etc/passwd", 0, 1600)]
    )


def virtual(file):
    layout = h5py.VirtualLayout((20, 20), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (20, 20))
    file.create_virtual_dataset(KERNEL, layout)


def hollow(file):
    file.create_dataset(KERNEL, (10**9, 10**3), "f4", chunks=(10, 10))


def linked(file):
    file[KERNEL] = h5py.ExternalLink("other.h5", "/x")


def soft(file):
    file[KERNEL] = h5py.SoftLink("/layers/dense/vars/0")


@pytest.mark.parametrize(
    "damage, rule",
    [
        (external, "hold its arrays whole"),
        (virtual, "hold its arrays whole"),
        (hollow, "hold its arrays whole"),
        (linked, "without encoder/pooler/kernel"),
        (soft, "without encoder/pooler/kernel"),
        (lambda file: None, "without encoder/pooler/kernel"),
        (
            lambda file: file.create_dataset(KERNEL, data=np.ones((20, 19))),
            "shapes of the config",
        ),
        (
            lambda file: file.create_dataset(
                KERNEL, data=np.ones((20, 20), np.int8)
            ),
            "must be floating-point numbers",
        ),
        (
            lambda file: file.create_dataset(
                KERNEL, data=np.ones((20, 20), "V2")
            ),
            "must be floating-point numbers",
        ),
        (
            lambda file: file.create_dataset(KERNEL, data=h5py.Empty("f4")),
            "hold its arrays whole",
        ),
        (
            lambda file: file.create_dataset(
                KERNEL, data=np.ones((20, 20), "f4"), compression="gzip"
            ),
            "hold its arrays whole",
        ),
    ],
)
def test_hostile_weights(folder, damage, rule):
    with h5py.File(folder / "model.weights.h5", "r+") as file:
        del file[KERNEL]
        damage(file)
    with pytest.raises(ValueError, match=rule):
        albert_tf.load(folder)


def test_a_group_in_itself(folder):
    with h5py.File(folder / "model.weights.h5", "r+") as file:
        file["layers/again"] = file["layers"]
    albert_tf.load(folder)


@pytest.mark.parametrize("size", [0, 1, 600, 5000, -1])
def test_truncated_weights(folder, size):
    path = folder / "model.weights.h5"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match="hold its arrays whole"):
        albert_tf.load(folder)


def test_damaged_bytes_are_one_kind_of_error(classifier, tmp_path):
    whole = (classifier / "model.weights.h5").read_bytes()
    path = str(tmp_path / "model.weights.h5")
    rng = np.random.default_rng(0)
    outcomes = set()
    for _ in range(60):
        damaged = np.frombuffer(whole, np.uint8).copy()
        at = rng.integers(0, 4096, 20)
        damaged[at] = rng.integers(0, 256, 20)
        with open(path, "wb") as file:
            file.write(damaged.tobytes())
        try:
            for name in weights_file.shapes(path):
                weights_file.read(path, name)
            outcomes.add("read")
        except weights_file.WeightsFileError:
            outcomes.add("refused")
    assert "refused" in outcomes
