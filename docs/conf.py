"""Sphinx configuration: Markdown pages, and the contract's reference from its docstrings."""

from __future__ import annotations

import importlib.metadata

project = "wfgen"
author = "The wfgen authors"
copyright = "The wfgen authors, Apache-2.0"  # noqa: A001  Sphinx' name
release = importlib.metadata.version("wfgen")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "example-plugin"]
myst_heading_anchors = 3
autodoc_typehints = "description"
autodoc_member_order = "bysource"
html_theme = "furo"
html_title = "wfgen"
html_show_sourcelink = False
