"""A to Å: goals, indicators, tables, sources, words and pages in the order of the Danish alphabet."""

from collections import defaultdict
from collections.abc import Sequence

from markupsafe import Markup

from handleplan_pipeline.report.blocks import Block, Items, Page, Section, Text
from handleplan_pipeline.report.dictionary import page_of_codes, page_of_tables
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.headline import goals
from handleplan_pipeline.report.release import split

ALPHABET = "abcdefghijklmnopqrstuvwxyzæøå"
AS = str.maketrans({"é": "e", "è": "e", "ü": "y", "ä": "æ", "ö": "ø", "á": "a", "à": "a", "ó": "o"})
Entry = tuple[str, Markup]


def danish_order(word: str) -> tuple[object, ...]:
    """A key that sorts as Danish does: Æ, Ø, Å last, Aa as Å, digits and signs first, case only between equals."""
    text = "".join(c for c in word.casefold().translate(AS).replace("aa", "å") if c.isalnum() or c == " ").strip()
    return tuple((1, ALPHABET.index(c)) if c in ALPHABET else (0, ord(c)) for c in text), word


def letter_of(word: str) -> str:
    """The letter under which a word stands; # for what begins with a digit or sign."""
    text = "".join(c for c in word.casefold().translate(AS).replace("aa", "å") if c.isalnum())
    return text[0].upper() if text and text[0] in ALPHABET else "#"


def page(edition: Edition, named: Sequence[tuple[str, str]]) -> Page:
    """Every entry under its letter; `named` are the report's pages: file and key of their title."""
    by_letter: dict[str, list[Entry]] = defaultdict(list)
    for word, link in _entries(edition, named):
        by_letter[letter_of(word)].append((word, link))
    letters = sorted(by_letter, key=danish_order)
    sections = []
    for letter in letters:
        found = sorted(by_letter[letter], key=lambda e: danish_order(e[0]))
        anchor = f"letter-{ALPHABET.index(letter.casefold()) + 1 if letter != '#' else 0}"
        blocks: list[Block] = [Items([link for _, link in found], "columns")]
        sections.append(Section(anchor, letter if letter != "#" else edition.say("digits"), blocks))
    links = Markup(" ").join(Markup('<a href="#{}">{}</a>').format(s.anchor, s.title) for s in sections)
    top = Section("letters", edition.say("letters"), [Text(links, "letters")])
    title = edition.say("title_az")
    return Page("a-z.html", title, [top, *sections], edition.say("describe_az"))


def _entries(edition: Edition, named: Sequence[tuple[str, str]]) -> list[Entry]:
    release = edition.release
    found: list[Entry] = [_entry(edition.say(words), name, "") for name, words in named]
    by_number = {}
    for g in goals(release):
        by_number[str(g.number)] = g.slug
        kind = edition.say("goal_short", goal=g.number).lower()
        found.append(_entry(str(g.row[f"title_{edition.language}"]), f"{g.slug}.html", kind))
    for i in release.indicators.values():
        goal = next((n for n in split(i["goals"]) if n in by_number), None)
        if goal:
            anchor = f"#indicator-{i['indicator_id']}" if i["kind"] == "headline" else ""
            target = f"{by_number[goal]}.html{anchor}"
            found.append(_entry(edition.full_title(i["indicator_id"]), target, edition.say("indicator").lower()))
    for s in release.rows("meta.source"):
        title = str(s.get(f"title_{edition.language}") or s["title_da"])
        found.append(_entry(title, f"sources.html#source-{s['id']}", edition.say("source").lower()))
    for table, name in page_of_tables(edition).items():
        found.append(_entry(table, f"{name}#{table}", edition.say("table").lower()))
    for code_list, name in page_of_codes(edition).items():
        found.append(_entry(code_list, f"{name}#codes-{code_list}", edition.say("codes_word")))
    return list(dict.fromkeys(found))


def _entry(word: str, target: str, kind: str) -> Entry:
    said = Markup(' <span class="quiet">({})</span>').format(kind) if kind else Markup("")
    return word, Markup('<a href="{}">{}</a>{}').format(target, word, said)
