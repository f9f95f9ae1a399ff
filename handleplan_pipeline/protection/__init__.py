"""One joint plan for a release: what may be printed of all linked tables, with a proof, and its audit.

`handleplan_pipeline.disclosure` knows matrices; this package knows the catalogue: which counts are printed, which of
them follow from one another, and which are sensitive. It names no goal.
"""
