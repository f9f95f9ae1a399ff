"""Contracts of goal 7: women who make use of municipal services."""

from schemas.goals.shape import goal_contracts

CELL, GOAL = goal_contracts(
    "goal_07_women_reach_services",
    "Kvinder, der gør brug af de kommunale tilbud",
    "Women who make use of municipal services",
)
