"""One function per command, from a config to a result.

This is the only room, apart from the commands, that imports both packages.
"""
