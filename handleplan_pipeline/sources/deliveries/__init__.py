"""Deliveries: from a supplier's file in the landing folder to typed, pseudonymised rows with a verdict on each."""
