"""Files, local or in a cloud, written completely or not at all; JSON, folder
locks, signals, worker processes and progress.
"""
