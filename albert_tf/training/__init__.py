"""The training loop: steps, devices, signals, progress and the watchdog."""
