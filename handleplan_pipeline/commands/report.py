"""`handleplan report`: opens the report of the latest release, or serves it to this machine alone."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from handleplan_pipeline.commands.releases import release_folder
from handleplan_pipeline.commands.terminal import say
from handleplan_pipeline.errors import ReleaseError

LOOPBACK = "127.0.0.1"
REPORT = "report"


def report(
    goal: Annotated[int | None, typer.Option(min=1, help="The page of this goal instead of the overview.")] = None,
    language: Annotated[Literal["da", "en"], typer.Option(help="Of the page that is opened.")] = "da",
    serve: Annotated[bool, typer.Option(help="Serve the release on loopback until Ctrl-C.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="With --serve; 0 takes a free one.")] = 8000,
) -> None:
    """Show the report of the latest release: its address, and a browser where somebody sits at the terminal."""
    folder = release_folder()
    page = page_of(folder, goal, language)
    if serve:
        _serve(folder, page.relative_to(folder).as_posix(), port)
        return
    say(str(page))
    if sys.stdout.isatty():
        import webbrowser

        webbrowser.open(page.as_uri())


def page_of(folder: Path, goal: int | None, language: str) -> Path:
    """The page of a goal, or the overview. Raises ReleaseError when the release has no report or no such goal."""
    pages = folder / REPORT / language
    if not (pages / "index.html").is_file():
        raise ReleaseError(f"{folder.name} has no report. HANDLEPLAN_RELEASE_PARTS names what a release carries.")
    if goal is None:
        return pages / "index.html"
    found = [p for p in sorted(pages.glob(f"goal_{goal:02d}_*.html")) if not p.stem.endswith(("_more", "_context"))]
    if not found:
        raise ReleaseError(f"{folder.name}: the report has no page of goal {goal}.")
    return found[0]


def _serve(folder: Path, path: str, port: int) -> None:
    """Serve a release on loopback until it is stopped: nobody else can ask, and nothing can be written."""
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    try:
        server = ThreadingHTTPServer((LOOPBACK, port), handler)
    except OSError as e:
        raise typer.BadParameter(f"port {port} cannot be used ({type(e).__name__}); name another with --port") from None
    with server:
        say(f"http://{LOOPBACK}:{server.server_address[1]}/{path}")
        sys.stdout.flush()
        server.serve_forever()
