"""Persons one by one, for what cells cannot tell: background, bootstraps, standardisation. Confidential."""
