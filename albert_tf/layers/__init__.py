"""The parts of ALBERT as Keras layers."""
