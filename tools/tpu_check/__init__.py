"""A train step traced as for TPUs and compiled by their compiler, without any.

environment         what must be set before TensorFlow is imported
fake_tpus           a TPUStrategy whose devices are parts of the CPU
train_steps         the project's steps, traced under it
lowering            a traced step in the compiler's language, by way of
  static_shapes       shapes that a compiler would not know
  replica_program     what one replica runs, over tensors in place of variables
  functional          operations on variables as operations on their values
  matrix_flops        the work in its matrix products
  graphs              the functions that operations call
tpu_compiler        that compiled for a topology, and what it takes
"""
