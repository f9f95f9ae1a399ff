"""Contracts of goal 9: contact with discharged psychiatric patients."""

from schemas.goals.shape import goal_contracts

CELL, GOAL = goal_contracts("goal_09_psychiatric_follow_up")
