"""Released weights by name: from a name to files on this machine."""
