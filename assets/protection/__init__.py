"""Disclosure control over everything a release prints: one joint plan. Confidential."""
