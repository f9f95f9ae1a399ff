"""The two baselines."""
