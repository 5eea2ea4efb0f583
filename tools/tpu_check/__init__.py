"""A train step traced as for TPUs and compiled by their compiler, without any.

environment         what must be set before TensorFlow is imported
fake_tpus           a TPUStrategy whose devices are parts of the CPU
train_steps         the project's steps, traced under it
replica_program     what one replica runs, over tensors in place of variables
functional          operations on variables as operations on their values
static_shapes       shapes that a compiler would not know
tpu_compiler        that program compiled for a topology, and what it takes
"""
