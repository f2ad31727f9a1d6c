"""Run directories and checkpoints: what training writes and generation reads."""
