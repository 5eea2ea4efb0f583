"""Flags of google-research/albert that do not exist here, with replacements.

They are grouped by command. Flags that exist in both have the same meaning.
"""

_TPU = {
    "use_tpu": "use --strategy=tpu, with --tpu_name if the TPU is another "
    "machine; omit it if there is no TPU",
    "tpu_zone": "use --tpu_name, with the TPU's address",
    "gcp_project": "use --tpu_name, with the TPU's address",
    "master": "use --tpu_name, with the TPU's address",
    "num_tpu_cores": "omit it; all cores of the TPU are used",
}
_VOCABULARY = (
    "use --spm_model_file, with a SentencePiece model, a vocab.txt, or a "
    "folder that contains one"
)
_HUB_MODULE = (
    "use --init_checkpoint, with the folder of the same model's TF1 archive"
)
_EINSUM = "omit it; it does not affect results"
_MODEL = {
    "bert_config_file": "use --albert_config_file",
    "albert_hub_module_handle": _HUB_MODULE,
    "hub_module": _HUB_MODULE,
    "use_einsum": _EINSUM,
    "use_pretrained_pooler": "omit it; the checkpoint's pooler is used if it "
    "has one",
}
_EXPORT = "use albert-tf export after training"
_CACHE = "use --cached_dir, a folder for encoded data"
_ANSWERS = "use --n_best_size, the number of candidate answers to a question"

# run_classifier.py, run_squad_v1.py, run_squad_v2.py and run_race.py.
CLASSIFIER = {
    **_TPU,
    **_MODEL,
    "vocab_file": _VOCABULARY,
    "layers_to_keep": "use --num_hidden_layers, the number of layers",
    "warmup_proportion": "use --warmup_step, the number of steps",
    "num_keep_checkpoint": "use --keep_checkpoint_max",
    "export_dir": _EXPORT,
    "threshold_to_export": _EXPORT,
    "train_feature_file": _CACHE,
    "predict_feature_file": _CACHE,
    "predict_feature_left_file": _CACHE,
    "start_n_top": _ANSWERS,
    "end_n_top": _ANSWERS,
    "high_only": "use --level=high",
    "middle_only": "use --level=middle",
}

# run_pretraining.py.
PRETRAINING = {
    **_TPU,
    **_MODEL,
    "vocab_file": "omit it; records come with their vocabulary. For Google's "
    f"records, {_VOCABULARY}",
    "do_lower_case": "omit it; the records' vocabulary determines it",
    "layers_to_keep": "set num_hidden_layers in --albert_config_file",
    "train_step": "use --num_train_steps",
    "warmup_step": "use --num_warmup_steps",
    "init_from_group0": "use --grow_from, which turns one group into several",
    "masked_lm_budget": "use --max_predictions_per_seq",
}

# create_pretraining_data.py.
RECORDS = {
    "output_file": "use --output_dir, a folder, with --num_shards; "
    "--format=google writes records in the original's format",
    "vocab_file": _VOCABULARY,
    "input_file_mode": "omit it; text is read as UTF-8",
    "do_whole_word_mask": "omit it; whole words are always masked",
    "do_permutation": "omit it; this task is not supported",
    "random_next_sentence": "use --sentence_task=nsp",
}

# export_to_tfhub.py and export_checkpoints.py.
EXPORT = {
    "albert_directory": "use --checkpoint, the folder or a checkpoint in it",
    "checkpoint_name": "use --checkpoint, the path of the checkpoint",
    "export_path": "use --output, with --formats=tfhub for TensorFlow Hub",
    "use_einsum": _EINSUM,
    "vocab_file": _VOCABULARY,
}
