"""From a trained model to documents."""
