"""Contracts of the baselines the goals are judged against."""
