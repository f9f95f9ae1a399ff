"""What every file of an export says of the release it is of: its mark, the rule of disclosure control, the licence."""

from handleplan_pipeline.exports.release import Release

SYNTHETIC = {
    "da": "SYNTETISKE TAL: udgivelsen er en demonstration. Tal med slaget »synthetic« (data_kind) er opdigtede og "
    "siger intet om den virkelige by.",
    "en": "SYNTHETIC FIGURES: the release is a demonstration. Figures of the kind `synthetic` (data_kind) are made up "
    "and say nothing about the real city.",
}
MARK = {"da": "SYNTETISKE TAL", "en": "SYNTHETIC FIGURES"}
UNPROTECTED = {
    "da": "Diskretionering er slået fra. Må ikke deles.",
    "en": "Disclosure control is switched off. Not to be shared.",
}
MISSING = {
    "da": "Et tomt tal har sin grund i missing_reason: skjult, ikke leveret, ikke indsamlet og findes ikke er fire "
    "forskellige ting, og nul er et tal.",
    "en": "An empty figure has its reason in missing_reason: not shown, not delivered, not collected and not "
    "applicable are four different things, and zero is a figure.",
}
_RELEASE = {"da": "Udgivelse", "en": "Release"}
_LICENCE = {"da": "Licens", "en": "Licence"}


def marked(title: str, synthetic: bool, language: str) -> str:
    """A title, with the mark behind it where it stands over synthetic figures."""
    return f"{title} – {MARK[language]}" if synthetic else title


def publisher(release: Release, language: str) -> str:
    """Who publishes; nobody publishes made-up figures in the municipality's name."""
    demonstration = release.about["kind"] == "demonstration"
    return "handleplan (demonstration)" if demonstration else release.place("publisher", language)


def marks(release: Release, language: str) -> list[str]:
    """What must be read before any figure: empty for a release of real figures under disclosure control."""
    found = [SYNTHETIC[language]] if release.synthetic else []
    return found + ([UNPROTECTED[language]] if release.about["disclosure_control"] != "on" else [])


def notice(release: Release, language: str) -> list[str]:
    """Marks, release, rule of disclosure control, reasons for empty figures, licence and source: a sentence each."""
    about = release.about
    return [
        *marks(release, language),
        f"{_RELEASE[language]} {release.release_id}.",
        str(about[f"disclosure_rule_{language}"]),
        MISSING[language],
        f"{_LICENCE[language]}: {about['licence']}. {about['attribution']}.",
    ]
