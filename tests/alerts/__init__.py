"""Alerts: what is late, told once, sent, heard."""
