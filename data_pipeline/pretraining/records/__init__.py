"""The files that hold pretraining examples, ours and Google's."""
