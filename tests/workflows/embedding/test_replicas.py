"""Negatives are those of the whole batch, on all replicas and machines."""

import sys

import embedding_runs
import numpy as np
import pytest
import several_machines as several


@pytest.mark.slow
@pytest.mark.parametrize("machines", [1, 2])
def test_negatives_come_from_all_replicas(
    config, folder, vocabulary, runs, tmp_path, machines
):
    """The losses of one device, of two replicas and of two machines."""

    def command(place, **flags):
        flags = dict(
            output_dir=place,
            task_name="custom",
            task_type="embedding",
            train_file=folder / "triplets.csv",
            text_pair_column="positive",
            negative_columns="negative",
            albert_config_file=config.albert_config_file,
            spm_model_file=vocabulary,
            max_seq_length=16,
            train_batch_size=8,
            length_buckets="16",
            learning_rate=0.003,
            train_step=6,
            iterations_per_loop=1,
            symmetric=True,
            do_train=True,
            **flags,
        )
        return [
            sys.executable,
            str(runs.ROOT / "run_classifier.py"),
            *(f"--{k}={v}" for k, v in flags.items() if v is not None),
        ]

    whole = runs.run(command(tmp_path / "one", strategy="one_device"))
    assert whole.returncode == 0, whole.stderr
    wanted = embedding_runs.losses_of(tmp_path / "one")
    if machines == 1:
        for name, parts in (("mirrored", 1), ("in parts", 2)):
            outcome = runs.run(
                command(
                    tmp_path / name,
                    strategy="mirrored",
                    accumulate_steps=parts,
                )
            )
            assert outcome.returncode == 0, outcome.stderr
            np.testing.assert_allclose(
                embedding_runs.losses_of(tmp_path / name), wanted, rtol=1e-5
            )
        return
    workers = several.start_workers(command, tmp_path / "two")
    for worker in workers:
        _, errors = worker.communicate(timeout=200)
        assert worker.returncode == 0, errors
    found = embedding_runs.losses_of(tmp_path / "two")
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
