"""Contracts of goal 6: the open drug scene."""

from schemas.goals.shape import goal_contracts

CELL, GOAL = goal_contracts("goal_06_open_drug_scene")
