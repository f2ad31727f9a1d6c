"""What wfgen ships as plugins: the tokenizer `bytes`, the windowers `documents` and `position`.

They come in through the entry-point group `wfgen` (`wfgen.builtin.plugin`), as anyone's do.
"""
