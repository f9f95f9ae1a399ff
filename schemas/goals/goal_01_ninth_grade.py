"""Contracts of goal 1: completed 9th grade among children with a child measure."""

from schemas.goals.shape import goal_contracts

CELL, GOAL = goal_contracts("goal_01_ninth_grade")
