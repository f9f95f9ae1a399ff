"""From counted persons to cells: what is counted, in which groups, by which route. Confidential."""
