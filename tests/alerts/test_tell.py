"""People are told once, by real mail and web hook; what cannot be sent is said, tried again, and stops nobody."""

import errno
import json
import os
import stat
from datetime import UTC, datetime, timedelta

import pytest

from handleplan_pipeline.alerts import memory
from handleplan_pipeline.alerts.events import WITHHELD, Event
from handleplan_pipeline.alerts.memory import Memory
from handleplan_pipeline.alerts.tell import NO_ADDRESS, beat, tell
from handleplan_pipeline.alerts.words import MOST_LINES, message, words
from handleplan_pipeline.settings import get_settings
from tests.alerts.made import Set
from tests.lib.deliveries import NUMBERS
from tests.lib.posts import Hook, MailServer

NOON = datetime(2013, 6, 1, 12, 0, tzinfo=UTC)
FULL = Event("disk", "disk/full", {"free_mb": 7, "needed_mb": 5120})
NOWHERE = "json://127.0.0.1:9/"
"""The discard port of loopback, where nobody listens."""


def late(source: str = "dst_bef", period: int = 2011) -> Event:
    facts = {"source": source, "title_da": "Befolkningen (BEF)", "title_en": "Population (BEF)", "period": period}
    return Event("late", f"late/{source}/{period}/late", facts)


def test_a_mail_arrives_in_both_languages_and_says_what_happened_what_holds_and_what_to_do(
    use: Set, mail: MailServer
) -> None:
    settings = use(alerts=mail.address)
    told = tell(settings, [FULL])
    assert (told.sent, told.wrong) == ({"disk": 1}, False)
    (got,) = mail.mails
    assert got.to == ["team@example.org"]
    assert got.subject == "handleplan: Disken er ved at være fuld / The disk is nearly full"
    for said in (
        "7 MB er fri, 5120 MB er nødvendige",
        "Det gælder stadig: Den seneste udgivelse gælder.",
        "Gør nu: Gør plads på disken.",
        "7 MB are free, 5120 MB are needed",
        "What still holds: The last release stays.",
        "Do now: Make room on the disk.",
    ):
        assert said in got.body


def test_a_web_hook_gets_the_same(use: Set, hook: Hook) -> None:
    tell(use(alerts=hook.address), [FULL])
    (post,) = hook.posts
    assert post["title"] == "handleplan: Disken er ved at være fuld / The disk is nearly full"
    assert "7 MB are free" in post["message"]


def test_what_stands_is_told_once_and_again_when_it_comes_back(use: Set, hook: Hook) -> None:
    settings = use(alerts=hook.address)
    for _ in range(3):
        tell(settings, [FULL], ["disk/"])
    assert len(hook.posts) == 1
    tell(settings, [], ["disk/"])
    tell(settings, [FULL], ["disk/"])
    assert len(hook.posts) == 2


def test_one_condition_that_ends_does_not_forget_another(use: Set, hook: Hook) -> None:
    settings = use(alerts=hook.address)
    tell(settings, [FULL], ["disk/"])
    tell(settings, [late()], ["late/"])
    tell(settings, [], ["disk/"])
    tell(settings, [late()], ["late/"])
    assert hook.titles() == [
        "handleplan: Disken er ved at være fuld / The disk is nearly full",
        "handleplan: Forsinket: data fra 1 kilder / Late: data from 1 sources",
    ]


def test_a_check_that_was_passed_in_between_is_told_of_again(use: Set, hook: Hook) -> None:
    settings = use(alerts=hook.address)
    failed = Event("check_failed", "check/a/b", {"table": "a", "check": "b", "severity": "warn"})
    for passed in ([], [], ["check/a/b"]):
        tell(settings, [] if passed else [failed], passed=passed)
    tell(settings, [failed])
    assert len(hook.posts) == 2


def test_events_of_a_kind_come_in_one_message_grouped_by_source(use: Set, hook: Hook) -> None:
    tell(use(alerts=hook.address), [late(period=2012), late(), late("dst_bua", 2011)])
    (post,) = hook.posts
    assert "data fra 2 kilder" in post["title"]
    assert "- Befolkningen (BEF) (dst_bef): 2011, 2012\n" in post["message"]
    # and none of them again, whichever comes first
    tell(get_settings(), [late(), late(period=2012)])
    assert len(hook.posts) == 1


def test_a_long_message_ends_with_how_many_more_there_are() -> None:
    said = message("late", [late(f"source_{n:03d}") for n in range(MOST_LINES + 12)]).body
    assert "og 12 mere" in said
    assert "and 12 more" in said


def test_what_nobody_takes_is_said_and_tried_again_after_a_pause_that_grows(use: Set) -> None:
    settings = use(alerts=NOWHERE)
    first = tell(settings, [FULL], now=lambda: NOON)
    assert first.wrong
    assert first.sentence() == "NOT told of disk: address 1 (json) took nothing; address 1 (json) took nothing"
    unsent = Memory(settings.lake).read().unsent["disk"]
    assert (unsent.since, unsent.tries, unsent.next_try) == (NOON, 1, NOON + timedelta(minutes=1))
    # not tried before the pause is over, and then twice as long
    assert "tried again after" in tell(settings, [FULL], now=lambda: NOON + timedelta(seconds=59)).unsent["disk"]
    assert Memory(settings.lake).read().unsent["disk"].tries == 1
    tell(settings, [FULL], now=lambda: NOON + timedelta(minutes=1))
    unsent = Memory(settings.lake).read().unsent["disk"]
    assert (unsent.tries, unsent.next_try) == (2, NOON + timedelta(minutes=3))


def test_it_is_told_when_the_address_is_mended(use: Set, hook: Hook) -> None:
    settings = use(alerts=hook.address)
    hook.status = 500
    tell(settings, [FULL], now=lambda: NOON)
    hook.status = 200
    tell(settings, [FULL], now=lambda: NOON + timedelta(hours=1))
    assert len(hook.posts) == 1
    state = Memory(settings.lake).read()
    assert (state.unsent, state.addresses) == ({}, {})


def test_one_address_that_fails_is_said_and_the_other_is_not_told_twice(use: Set, hook: Hook, mail: MailServer) -> None:
    mail.refusing = True
    settings = use(alerts=f"{mail.address}  {hook.address}")
    told = tell(settings, [FULL], now=lambda: NOON)
    assert (told.sent, told.failed) == ({"disk": 1}, ["address 1 (mailto)"])
    tell(settings, [FULL], now=lambda: NOON + timedelta(days=1))
    assert len(hook.posts) == 1
    assert Memory(settings.lake).read().addresses == {"address 1 (mailto)": NOON}


@pytest.mark.parametrize("address", ["nosuchservice://secret-token@host/", "secret-token", "mailto://", "://"])
def test_an_address_that_is_none_is_named_by_its_number_alone(use: Set, address: str) -> None:
    settings = use(alerts=address)
    told = tell(settings, [FULL])
    assert told.wrong
    assert "secret-token" not in told.sentence() + Memory(settings.lake).file.read_text()
    assert told.sentence().startswith("NOT told of disk: address 1 (")


def test_without_an_address_nothing_counts_as_told(use: Set, hook: Hook) -> None:
    settings = use()
    assert tell(settings, [FULL]).unsent == {"disk": NO_ADDRESS}
    assert Memory(settings.lake).read().told == {}
    tell(use(alerts=hook.address), [FULL])
    assert len(hook.posts) == 1


def test_a_memory_that_is_broken_tells_once_more_and_is_its_owners_alone(use: Set, hook: Hook) -> None:
    settings = use(alerts=hook.address)
    tell(settings, [FULL])
    kept = Memory(settings.lake)
    assert stat.S_IMODE(kept.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.folder.stat().st_mode) == 0o700
    kept.file.write_text("{")
    tell(settings, [FULL])
    assert len(hook.posts) == 2
    assert json.loads(kept.file.read_text())["told"].keys() == {"disk/full"}


def test_on_a_disk_that_is_full_people_are_told_once_all_the_same(
    use: Set, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = use(alerts=hook.address)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(memory, "write_atomically", full)
        for _ in range(3):
            assert tell(settings, [FULL], ["disk/"]).unsent == {}
    assert len(hook.posts) == 1
    assert not Memory(settings.lake).file.exists()
    # there is room again: it is written down, and the disk is told of when it is full once more
    tell(settings, [], ["disk/"])
    assert Memory(settings.lake).file.is_file()
    tell(settings, [FULL], ["disk/"])
    assert len(hook.posts) == 2


def test_no_text_of_another_leaves_the_house() -> None:
    for value in (NUMBERS[0], f"run {NUMBERS[1]}", "two\nlines", "<b>", "x" * 201, ""):
        assert Event("disk", "k", {"free_mb": value}).said() == {"free_mb": WITHHELD}
    assert Event("ending", "k", {"name": "2011-41-1234"}).said() == {"name": "2011-41-1234"}


def test_every_kind_has_both_languages_and_says_the_same_facts_in_both() -> None:
    for kind, said in words().items():
        for text in (said.title, said.what, said.holds, said.do):
            assert text.da.strip() and text.en.strip() and text.da != text.en, kind  # noqa: PT018
        if said.line is not None:
            fields = [{x.split("}")[0] for x in t.split("{")[1:]} for t in (said.line.da, said.line.en)]
            assert {f.replace("_da", "_en") for f in fields[0]} == fields[1], kind


def test_the_heartbeat_is_called_and_remembered(use: Set, hook: Hook) -> None:
    settings = use(heartbeat=hook.heartbeat)
    assert beat(settings, NOON) is None
    assert hook.calls == ["/beat"]
    hook.status = 503
    assert beat(settings, NOON + timedelta(days=1)) == "status 503"
    beat(settings, NOON + timedelta(days=2))
    heart = Memory(settings.lake).read().heart
    assert (heart.last, heart.failing_since, heart.why) == (NOON, NOON + timedelta(days=1), "status 503")


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/token", "no address/token", "ftp://x/token"])
def test_a_heartbeat_that_cannot_be_called_is_said_without_its_address(use: Set, address: str) -> None:
    why = beat(use(heartbeat=address), NOON)
    assert why is not None
    assert "token" not in why
