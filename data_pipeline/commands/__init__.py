"""Commands of this package: flags to functions. The only readers of flags."""
