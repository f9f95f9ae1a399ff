"""Contracts of goal 3: homeless persons who reach and keep a home of their own."""

from schemas.goals.shape import goal_contracts

CELL, GOAL = goal_contracts("goal_03_stable_housing")
