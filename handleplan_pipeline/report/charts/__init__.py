"""Charts of our own: SVG from points and lines, each mark with the row it shows. They know nothing of a release."""
