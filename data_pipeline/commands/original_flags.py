"""Flags of google-research/albert that have no place here: what to do instead.

By command. Flags that mean the same have the same names, and are not listed.
"""

_TPU = {
    "use_tpu": "write --strategy=tpu, with --tpu_name if the TPU is another "
    "machine; without a TPU, leave it out",
    "tpu_zone": "write the TPU's address as --tpu_name",
    "gcp_project": "write the TPU's address as --tpu_name",
    "master": "write the TPU's address as --tpu_name",
    "num_tpu_cores": "leave it out: all cores of the TPU are used",
}
_VOCABULARY = (
    "write --spm_model_file, with a SentencePiece model, a vocab.txt, or a "
    "folder that holds one"
)
_HUB_MODULE = (
    "write --init_checkpoint, with the folder of the same model's TF1 archive"
)
_EINSUM = "leave it out: it decides no number"
_MODEL = {
    "bert_config_file": "write --albert_config_file",
    "albert_hub_module_handle": _HUB_MODULE,
    "hub_module": _HUB_MODULE,
    "use_einsum": _EINSUM,
    "use_pretrained_pooler": "leave it out: a checkpoint's pooler is used "
    "where it has one",
}
_EXPORT = "export after the training, with albert-tf export"
_CACHE = "write --cached_dir, where encoded data is kept"
_ANSWERS = "write --n_best_size, the answers of a question that are kept"

# run_classifier.py, run_squad_v1.py, run_squad_v2.py and run_race.py.
CLASSIFIER = {
    **_TPU,
    **_MODEL,
    "vocab_file": _VOCABULARY,
    "layers_to_keep": "write --num_hidden_layers, for a model of fewer layers",
    "warmup_proportion": "write --warmup_step, in steps",
    "num_keep_checkpoint": "write --keep_checkpoint_max",
    "export_dir": _EXPORT,
    "threshold_to_export": _EXPORT,
    "train_feature_file": _CACHE,
    "predict_feature_file": _CACHE,
    "predict_feature_left_file": _CACHE,
    "start_n_top": _ANSWERS,
    "end_n_top": _ANSWERS,
    "high_only": "write --level=high",
    "middle_only": "write --level=middle",
}

# run_pretraining.py.
PRETRAINING = {
    **_TPU,
    **_MODEL,
    "vocab_file": "leave it out: records have their vocabulary beside them. "
    f"Of Google's records, {_VOCABULARY}",
    "do_lower_case": "leave it out: the records' vocabulary says it",
    "layers_to_keep": "write num_hidden_layers into --albert_config_file",
    "train_step": "write --num_train_steps",
    "warmup_step": "write --num_warmup_steps",
    "init_from_group0": "write --grow_from, which makes several groups of one",
    "masked_lm_budget": "write --max_predictions_per_seq",
}

# create_pretraining_data.py.
RECORDS = {
    "output_file": "write --output_dir, a folder, with --num_shards; "
    "--format=google writes records as the original does",
    "vocab_file": _VOCABULARY,
    "input_file_mode": "leave it out: text is read as UTF-8",
    "do_whole_word_mask": "leave it out: words are masked whole",
    "do_permutation": "leave it out: there is no such task here",
    "random_next_sentence": "write --sentence_task=nsp",
}

# export_to_tfhub.py and export_checkpoints.py.
EXPORT = {
    "albert_directory": "write --checkpoint, the folder or a checkpoint in it",
    "checkpoint_name": "write --checkpoint, the path of the checkpoint",
    "export_path": "write --output, with --formats=tfhub for TensorFlow Hub",
    "use_einsum": _EINSUM,
    "vocab_file": _VOCABULARY,
}
