"""Flags of google-research/albert that have no place here: what to write.

By command. Flags that mean the same have their names, and are not listed.
"""

_TPU = {
    "use_tpu": "--strategy=tpu, with --tpu_name if the TPU is another machine; "
    "without a TPU leave it out",
    "tpu_zone": "the whole name or address of the TPU as --tpu_name",
    "gcp_project": "the whole name or address of the TPU as --tpu_name",
    "master": "the address of the TPU as --tpu_name",
    "num_tpu_cores": "nothing: all cores of the TPU are used",
}
_LOWER_CASE = (
    "nothing for the published vocabularies, which are lower-case. It is a "
    "setting of the vocabulary here: save a cased one with "
    "data_pipeline.text.tokenizer.load(path, lower_case=False).save(folder), "
    "and name that folder"
)
_VOCABULARY = (
    "--spm_model_file, which takes a SentencePiece model, a vocab.txt, or a "
    "folder with one"
)
_HUB_MODULE = (
    "--init_checkpoint with the folder of a checkpoint: fetch the TF1 archive "
    "of the same model"
)
_MODEL = {
    "bert_config_file": "--albert_config_file",
    "albert_hub_module_handle": _HUB_MODULE,
    "hub_module": _HUB_MODULE,
    "use_einsum": "nothing: it decides no number",
    "use_pretrained_pooler": "nothing: a checkpoint's pooler is used if it has "
    "one",
}
_EXPORT = "python -m albert_tf.export --checkpoint=RUN after the training"
_CACHE = "--cached_dir, where encoded data is kept"

# run_classifier.py, run_squad_v1.py, run_squad_v2.py and run_race.py.
CLASSIFIER = {
    **_TPU,
    **_MODEL,
    "vocab_file": _VOCABULARY,
    "do_lower_case": f"{_LOWER_CASE} with --spm_model_file",
    "layers_to_keep": "--num_hidden_layers, for a model of fewer layers",
    "warmup_proportion": "--warmup_step, in steps",
    "num_keep_checkpoint": "--keep_checkpoint_max",
    "export_dir": _EXPORT,
    "threshold_to_export": _EXPORT,
    "train_feature_file": _CACHE,
    "predict_feature_file": _CACHE,
    "predict_feature_left_file": _CACHE,
    "start_n_top": "--n_best_size, the answers of a question that are kept",
    "end_n_top": "--n_best_size, the answers of a question that are kept",
    "high_only": "--level=high",
    "middle_only": "--level=middle",
}

# run_pretraining.py.
PRETRAINING = {
    **_TPU,
    **_MODEL,
    "vocab_file": "nothing: records have their vocabulary beside them. For "
    f"Google's records, {_VOCABULARY}",
    "do_lower_case": "nothing: the records' vocabulary says it",
    "layers_to_keep": "num_hidden_layers in --albert_config_file",
    "train_step": "--num_train_steps",
    "warmup_step": "--num_warmup_steps",
    "init_from_group0": "--grow_from, which makes several groups of one",
    "masked_lm_budget": "--max_predictions_per_seq",
}

# create_pretraining_data.py.
RECORDS = {
    "output_file": "--output_dir, a folder, with --num_shards; "
    "--format=google writes the original's records",
    "vocab_file": _VOCABULARY,
    "input_file_mode": "nothing: text is read as UTF-8",
    "do_whole_word_mask": "nothing: words are masked whole",
    "do_permutation": "nothing: there is no such task here",
    "random_next_sentence": "--sentence_task=nsp",
}

# export_to_tfhub.py and export_checkpoints.py.
EXPORT = {
    **_MODEL,
    "albert_directory": "--checkpoint, the folder or one checkpoint of it",
    "checkpoint_name": "--checkpoint, the path of the checkpoint",
    "export_path": "--output, with --formats=tfhub for TensorFlow Hub",
    "vocab_file": _VOCABULARY,
    "do_lower_case": f"{_LOWER_CASE} with --spm_model_file",
}
