"""Contracts of goal 4: stays over 120 days in section 110 shelters."""

from schemas.goals.shape import goal_contracts

CELL, GOAL = goal_contracts("goal_04_shelter_stays")
