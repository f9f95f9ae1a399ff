"""From counted cells to a verdict: figures, readings by target type, background, repeated persons, trend."""
