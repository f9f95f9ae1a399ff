"""`handleplan`: run the pipeline, see the status, ask for a goal, look into the data, check the installation.

Exit codes: 0 done; 1 an unexpected error, a question that failed, or `doctor` found something; 2 an argument or a
setting; 3 a source; 4 a contract; 5 a release, or no room on the disk; 6 another run holds the lake; 7 the run ended
with a failed step; 130 stopped by Ctrl-C.
"""

import gc
import os
import sys

import typer
from typer.exceptions import TyperException

from handleplan_pipeline.commands.alert import alert
from handleplan_pipeline.commands.check import doctor, verify
from handleplan_pipeline.commands.deliveries import sources, synthesize
from handleplan_pipeline.commands.failures import INTERRUPTED, READER_LEFT, STOPPED, sentence_of
from handleplan_pipeline.commands.installation import init, migrate
from handleplan_pipeline.commands.keeping import backup, purge, restore
from handleplan_pipeline.commands.read import goal, status
from handleplan_pipeline.commands.region import region
from handleplan_pipeline.commands.release_states import release
from handleplan_pipeline.commands.report import report
from handleplan_pipeline.commands.run import run
from handleplan_pipeline.commands.sql import sql
from handleplan_pipeline.commands.statbank import statbank
from handleplan_pipeline.commands.terminal import print_in_any_encoding, warn
from handleplan_pipeline.commands.trace import trace
from handleplan_pipeline.sources.deliveries.command import deliver

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
for command in (run, status, goal, report, trace, sources, deliver, synthesize, sql, verify, doctor):
    app.command()(command)
for keeping in (init, backup, restore, purge, migrate):
    app.command()(keeping)
app.add_typer(statbank, name="statbank")
app.add_typer(release, name="release")
app.add_typer(region, name="region")
app.add_typer(alert, name="alert")

GARBAGE_AFTER = 100_000
"""New objects between two looks for cyclic garbage. Ours, version 1: libraries make half a million that live to the
end, and with Python's own 700 a twelfth of a small run is spent on looking at them again and again."""


def main() -> None:
    """Entry point: an error is one sentence and an exit code, never a stack trace."""
    gc.set_threshold(GARBAGE_AFTER)
    print_in_any_encoding()
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
        if code == INTERRUPTED:
            warn(STOPPED)
        sys.exit(code)
    except TyperException as e:
        _tell_usage(e)
        sys.exit(e.exit_code)
    except (Exception, KeyboardInterrupt) as e:
        _drop_what_cannot_be_written()
        if isinstance(e, BrokenPipeError):
            # whoever read the output (`head`, a pager) has had enough
            sys.exit(READER_LEFT)
        sentence, code = sentence_of(e)
        warn(sentence)
        sys.exit(code)


def _tell_usage(error: TyperException) -> None:
    """A wrong argument, in one line. Help that was shown for want of a command needs no word more."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ != "NoArgsIsHelpError":
        path = context.command_path if context else "handleplan"
        warn(f"{error.format_message().rstrip('.')}. See `{path} --help`.")


def _drop_what_cannot_be_written() -> None:
    """The interpreter writes what is left of the output when it ends; where that fails too, let it fail silently."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
