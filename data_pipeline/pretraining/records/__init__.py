"""Files of pretraining examples, in our format and in Google's."""
