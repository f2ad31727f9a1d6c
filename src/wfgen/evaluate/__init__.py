"""What is measured: tokenizers, windows, samples."""
