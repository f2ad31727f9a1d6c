"""Models, and the presets that people name."""
