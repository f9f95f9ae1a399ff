"""The two languages that published tables speak, and how each writes a number."""

LANGUAGES = ("da", "en")
"""The order in which a text stands in both."""
MINUS = "\u2212"
NO_BREAK = "\u00a0"


def shown(value: float, decimals: int, language: str) -> str:
    """A number as it is printed: 1.234,5 in Danish, 1,234.5 in English, a true minus, never minus zero."""
    rounded = round(float(value), decimals) + 0.0
    text = f"{abs(rounded):,.{decimals}f}"
    if language == "da":
        text = text.translate(str.maketrans(",.", ".,"))
    return MINUS + text if rounded < 0 else text
