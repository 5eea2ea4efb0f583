r"""Pretrains an ALBERT on records: masked LM and sentence order.

    python run_pretraining.py --albert_config_file=examples/demo_config.json \
        --input_file='records/train/*.tfrecord' \
        --eval_input_file='records/heldout/*.tfrecord' --output_dir=run \
        --max_seq_length=64 --train_batch_size=32 --num_train_steps=2000

The same line again goes on where it stopped. Flags that mean what they mean in
google-research/albert have the same names and defaults.
"""

import functools
import json
import os

import keras
import tensorflow as tf
from absl import flags

import albert_tf
from albert_tf import config as config_lib
from albert_tf.training import distribution
from albert_tf.training import pretraining
from albert_tf.training import pretraining_flags
from albert_tf.training import run_folder
from data_pipeline import command_line
from data_pipeline.pretraining import baselines
from data_pipeline.pretraining import input as input_lib

_FLAGS = flags.FLAGS


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    _check_flags()
    strategy = distribution.make_strategy(
        _FLAGS.strategy,
        tpu=_FLAGS.tpu_name,
        num_cpu_devices=_FLAGS.num_cpu_devices,
    )
    keras.mixed_precision.set_dtype_policy(_dtype_policy(strategy))
    for name in ("train_batch_size", "eval_batch_size"):
        distribution.check_batch_size(
            name, _FLAGS[name].value, strategy.num_replicas_in_sync
        )
    if _FLAGS.jit_compile and strategy.num_replicas_in_sync > 1:
        raise ValueError(
            "--jit_compile takes one replica; on TPU every step is compiled "
            f"anyway. Received: {strategy.num_replicas_in_sync} replicas. "
            "Leave it out, or take --strategy=one_device."
        )
    config = _config()
    train_set = _open_records(_FLAGS.input_file, config)
    # As the original, evaluate on --input_file where no other is given.
    eval_set = train_set
    if _FLAGS.eval_input_file:
        eval_set = _open_records(_FLAGS.eval_input_file, config)
        _check_same_tokenizer(train_set, eval_set)

    if _FLAGS.do_train:
        model = _train(strategy, config, train_set, eval_set)
    else:
        model = _load(strategy, config)
    if _FLAGS.do_eval:
        results = _evaluate(strategy, model, eval_set)
        run_folder.write_json(
            os.path.join(_FLAGS.output_dir, "eval_results.json"), results
        )
        print(json.dumps(results, indent=2))


def _train(strategy, config, train_set, eval_set):
    output_dir = _FLAGS.output_dir
    run_folder.claim(output_dir, _run_settings(config, train_set, eval_set))
    train_set.tokenizer.save(output_dir)
    evaluation = None
    if _FLAGS.eval_input_file:
        evaluation = functools.partial(_eval_batches, strategy, eval_set)
    return pretraining.train(
        strategy,
        config,
        functools.partial(
            albert_tf.create_optimizer,
            _FLAGS.optimizer,
            learning_rate=_FLAGS.learning_rate,
            num_train_steps=_FLAGS.num_train_steps,
            num_warmup_steps=_FLAGS.num_warmup_steps,
            start_warmup_step=_FLAGS.start_warmup_step,
            poly_power=_FLAGS.poly_power,
            bias_correction=_FLAGS.bias_correction,
        ),
        pretraining.Data(
            functools.partial(_train_batches, strategy, train_set), evaluation
        ),
        pretraining.Schedule(
            num_train_steps=_FLAGS.num_train_steps,
            iterations_per_loop=_FLAGS.iterations_per_loop,
            save_checkpoints_steps=_FLAGS.save_checkpoints_steps,
            eval_steps=_FLAGS.eval_steps,
            keep_checkpoint_max=_FLAGS.keep_checkpoint_max,
        ),
        output_dir=output_dir,
        batch_size=_FLAGS.train_batch_size,
        seed=_FLAGS.random_seed,
        init_checkpoint=_FLAGS.init_checkpoint,
        allow_partial_init=_FLAGS.allow_partial_init,
        grow_from=_FLAGS.grow_from,
        jit_compile=_FLAGS.jit_compile,
    )


def _load(strategy, config):
    with strategy.scope():
        model = albert_tf.load(
            _FLAGS.init_checkpoint or _FLAGS.output_dir,
            allow_partial_init=_FLAGS.allow_partial_init,
        )
    if not isinstance(model, albert_tf.AlbertPretrainer):
        raise ValueError(
            "Evaluation is of a pretrained model. Received: a checkpoint of "
            f"an {type(model).__name__}."
        )
    if model.config != config:
        raise ValueError(
            "--albert_config_file must describe the checkpoint. Received: "
            f"{config}, and a checkpoint of {model.config}."
        )
    return model


def _evaluate(strategy, model, eval_set):
    """The held-out metrics, and what a model that reads nothing would get."""
    scores = pretraining.Evaluator(
        strategy, model, functools.partial(_eval_batches, strategy, eval_set)
    )()
    batches, _ = _whole_eval_batches(eval_set, input_lib.Split())
    floor = baselines.score(
        batches.as_numpy_iterator(), eval_set.tokenizer.vocab_size
    )
    return {
        "parameters": model.count_params(),
        **scores,
        **floor,
    }


def _train_batches(strategy, record_set, first_step):
    def batches(context):
        return input_lib.training_batches(
            record_set,
            _mask_spec(record_set),
            batch_size=_FLAGS.train_batch_size,
            seed=_FLAGS.random_seed,
            first_step=first_step,
            split=_split(context),
        )

    return strategy.distribute_datasets_from_function(batches)


def _eval_batches(strategy, record_set):
    count = 0

    def batches(context):
        nonlocal count
        dataset, count = _whole_eval_batches(record_set, _split(context))
        return dataset

    return strategy.distribute_datasets_from_function(batches), count


def _whole_eval_batches(record_set, split):
    return input_lib.evaluation_batches(
        record_set,
        _mask_spec(record_set),
        batch_size=_FLAGS.eval_batch_size,
        seed=_FLAGS.eval_seed,
        max_batches=_FLAGS.max_eval_steps,
        split=split,
    )


def _split(context: tf.distribute.InputContext) -> input_lib.Split:
    return input_lib.Split(
        host=context.input_pipeline_id,
        hosts=context.num_input_pipelines,
        replicas=context.num_replicas_in_sync,
    )


def _mask_spec(record_set):
    return input_lib.mask_spec(
        record_set.tokenizer,
        max_predictions=_FLAGS.max_predictions_per_seq,
        masked_lm_prob=_FLAGS.masked_lm_prob,
        ngram=_FLAGS.ngram,
        favor_shorter_ngram=_FLAGS.favor_shorter_ngram,
    )


def _config() -> config_lib.AlbertConfig:
    if _FLAGS.albert_config_file:
        config = config_lib.AlbertConfig.from_json(_FLAGS.albert_config_file)
    else:
        config = config_lib.AlbertConfig.named(_FLAGS.model)
    if _FLAGS.max_seq_length > config.max_position_embeddings:
        raise ValueError(
            "--max_seq_length cannot exceed the config's "
            f"max_position_embeddings. Received: {_FLAGS.max_seq_length} and "
            f"{config.max_position_embeddings}."
        )
    return config


def _open_records(patterns: str, config) -> input_lib.RecordSet:
    record_set = input_lib.open_records(patterns, _FLAGS.max_seq_length)
    pieces = record_set.manifest.vocab_size
    if pieces != config.vocab_size:
        raise ValueError(
            "The config's vocab_size must be the number of pieces that the "
            f"records were made with. Received: {config.vocab_size}, and "
            f"{pieces} in {patterns}. Change the config, or make the records "
            "with its vocabulary."
        )
    return record_set


def _check_same_tokenizer(train_set, eval_set) -> None:
    if train_set.manifest.tokenizer != eval_set.manifest.tokenizer:
        raise ValueError(
            "Training and evaluation records must be made with one tokenizer. "
            f"Received: {_FLAGS.input_file} with "
            f"{train_set.manifest.tokenizer} and {_FLAGS.eval_input_file} with "
            f"{eval_set.manifest.tokenizer}."
        )


def _check_flags() -> None:
    if bool(_FLAGS.albert_config_file) == bool(_FLAGS.model):
        raise ValueError(
            "The size comes from --albert_config_file or from --model, one of "
            f"the two. Received: {_FLAGS.albert_config_file!r} and "
            f"{_FLAGS.model!r}."
        )
    for name in ("init_checkpoint", "grow_from"):
        # An unset variable of a shell script must not mean random weights.
        if _FLAGS[name].value == "":
            raise ValueError(
                f"--{name} names weights, or is left out. Received: ''."
            )
    if _FLAGS.init_checkpoint and _FLAGS.grow_from:
        raise ValueError(
            "Weights come from --init_checkpoint or from --grow_from, one of "
            f"the two. Received: {_FLAGS.init_checkpoint!r} and "
            f"{_FLAGS.grow_from!r}."
        )
    if _FLAGS.allow_partial_init and not _FLAGS.init_checkpoint:
        raise ValueError(
            "--allow_partial_init is about --init_checkpoint. Received: none."
        )
    if _FLAGS.grow_from and not _FLAGS.do_train:
        raise ValueError(
            "--grow_from starts a training. Received: --nodo_train as well."
        )
    if not (_FLAGS.do_train or _FLAGS.do_eval):
        raise ValueError(
            "There must be something to do. Received: --nodo_train and no "
            "--do_eval."
        )


def _dtype_policy(strategy) -> str:
    precision = _FLAGS.precision
    if precision == "auto":
        is_tpu = isinstance(strategy, tf.distribute.TPUStrategy)
        precision = "bfloat16" if is_tpu else "float32"
    return "mixed_bfloat16" if precision == "bfloat16" else "float32"


def _run_settings(config, train_set, eval_set) -> dict:
    """All that decides the numbers of a run; resuming compares it."""
    flags_that_decide = (
        "train_batch_size",
        "eval_batch_size",
        "max_eval_steps",
        "max_predictions_per_seq",
        "masked_lm_prob",
        "ngram",
        "favor_shorter_ngram",
        "optimizer",
        "bias_correction",
        "learning_rate",
        "num_train_steps",
        "num_warmup_steps",
        "start_warmup_step",
        "poly_power",
        "random_seed",
        "eval_seed",
        "precision",
        "init_checkpoint",
        "allow_partial_init",
        "grow_from",
    )
    return {
        **{name: _FLAGS[name].value for name in flags_that_decide},
        "config": config.to_dict(),
        "tokenizer": train_set.manifest.tokenizer,
        "records": [shard["sha256"] for shard in train_set.manifest.shards],
        "eval_records": [shard["sha256"] for shard in eval_set.manifest.shards],
        "albert_tf": albert_tf.__version__,
    }


if __name__ == "__main__":
    pretraining_flags.define()
    flags.adopt_module_key_flags(pretraining_flags)  # for --help
    command_line.run(main)
