"""Evaluators of workflows: plugins like any other, which know no tokenizer and no model."""
