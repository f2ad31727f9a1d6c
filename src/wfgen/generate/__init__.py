"""From a trained model to documents: prompts, sampling, and the loop. Needs the extra `train`."""
