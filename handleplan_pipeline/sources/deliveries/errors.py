"""Why a delivery is not taken in. Messages name file, column, rule and count, never a value."""

from handleplan_pipeline.errors import SourceError


class DeliveryRefused(SourceError):
    """The file is put in quarantine; the last good delivery stays. `rule` names what is broken."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(f"{rule}: {message}")
        self.rule = rule


class DeliveryWaits(SourceError):
    """The file is not complete yet; nothing is done with it in this run."""


class ArchiveBroken(SourceError):
    """An accepted file is missing or changed; its period has no rows until it is restored or delivered again."""
