"""Errors that a person can act on. None of them ever holds a value from a confidential row."""


class HandleplanError(Exception):
    """Base of every error the pipeline raises on purpose.

    The message names the file or table, the column, the rule, the count and what to do.
    `exit_code` is what the command line returns for it.
    """

    exit_code = 1


class ConfigurationError(HandleplanError):
    """A setting, a folder or the catalogue is not as it must be."""

    exit_code = 2


class SourceError(HandleplanError):
    """A source cannot be read or is not what it says it is."""

    exit_code = 3


class ContractError(HandleplanError):
    """A table breaks its contract. The message holds rules, columns and counts only."""

    exit_code = 4


class ReleaseError(HandleplanError):
    """A release cannot be built, verified or published. The last one stays."""

    exit_code = 5


class DiskFullError(ReleaseError):
    """There is no room for what is to be written. Nothing was changed."""


class LockedError(HandleplanError):
    """Another run holds the lake."""

    exit_code = 6
