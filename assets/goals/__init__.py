"""The 11 result goals: what each counts, and what becomes of the count."""
