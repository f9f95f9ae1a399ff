"""What readers get across goals, and the release."""
