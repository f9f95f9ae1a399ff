"""Contracts of disclosure control: the plan and its proofs (confidential), and what it costs (published)."""
