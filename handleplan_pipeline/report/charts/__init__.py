"""Charts of our own: SVG text from points and lines, each mark with the row it shows. They know nothing of a release."""
