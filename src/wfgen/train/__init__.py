"""What training reads and writes. Needs the extra `train` where tensors are involved."""
