"""Hooks of mkdocs.yml: what the site has beside the pages of docs/."""
