"""What a supplier's delivery must look like, and the source table it becomes. No I/O and no Dagster in here.

A `Delivery` declares a file as its supplier sends it: the register's own variable names, their types and codes, where
the content shows its period and municipality, and the rules a row must meet. The source table, the specification that
is sent to the supplier and the checks on arrival are derived from it.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

import polars as pl

from schemas import columns as c
from schemas.contract import Column, Rule, TableContract

Cut = Literal["named", "resident", "known", "linked", "whole"]
CUTS: dict[Cut, str] = {
    "named": "the row names the municipality, in any column of municipalities",
    "resident": "its person lives there on 1 January of the period",
    "known": "its person stands in a row of another source (`known_from`) that names the municipality, whenever",
    "linked": "its person stands in any other table of the municipality for the period or the year before",
    "whole": "every row: a small table that all need",
}
"""What a supplier would have cut out for one municipality, in the words of `population_en`."""
Kind = Literal["person", "text", "integer", "number", "date", "flag", "municipality"]
Level = Literal["person", "area", "counts"]
Until = Literal["period", "year_after", "open"]
"""How late a date may lie: in the period, in the year after it too, or, as the end of a stay, at any time to come."""

ID_TYPES = (
    "cpr",
    "cpr_check_digit_fails",
    "substitute",
    "administrative",
    "fictitious",
    "unidentified",
    "deidentified",
    "missing",
    "invalid",
)
"""`cpr_check_digit_fails` is accepted as a person number: such numbers are issued since 1 October 2007. `unidentified` is
what the crime registers write for somebody nobody could identify: it is no person's number. `deidentified` is a key that
stands for a number where nobody may see numbers (Statistics Denmark)."""

POLARS_TYPE: dict[Kind, pl.DataType | type[pl.DataType]] = {
    "person": pl.String,
    "text": pl.String,
    "integer": pl.Int64,
    "number": pl.Float64,
    "date": pl.Date,
    "flag": pl.Boolean,
    "municipality": pl.String,
}

DATA_KIND_VARIABLE = "DATA_KIND"
"""Extra variable of generated files: `synthetic` in every row. A real delivery does not have it."""


@dataclass(frozen=True)
class Variable:
    """One variable as the register names it, and the column of the source table it fills.

    A row without a value of a variable that is not `optional` is set aside. A code that is not listed refuses the file:
    a new code is a change of the register, not a fault of a row. `flag` is J or N in the file. A text is listed, has
    codes or a pattern: free text is never stored.
    """

    name: str
    column: str
    kind: Kind
    da: str
    en: str
    example: str
    optional: bool = False
    codes: tuple[str, ...] | None = None
    """Words of this project; what a supplier's code means stands in the catalogue's lists (`listed`)."""
    listed: bool = False
    """Closed by the lists of the catalogue that name it (`delivered_codes.yaml`). With a pattern, a value of another
    form breaks its row only."""
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    amount: bool = False
    """A sum of money in kroner: one that nobody has in a year is a placeholder (`amount_largest`)."""
    width: int | None = None
    """Digits of a code that statistics packages and Excel strip of its leading zeros; they are put back."""
    until: Until = "period"
    """For a date. `open`: a date after the period says that the end has not come, so there is none."""
    clock: bool = False
    """A date variable that is a point of time in the register: its day is read. Elsewhere a time of day is a fault."""
    opaque: bool = False
    """An id that only has to be the same again; one that could be a person number is stored as a keyed mark."""
    birth: bool = False
    """The date of birth of the row's person, held against the number."""
    also: tuple[str, ...] = ()
    """Other names the register has or had for it; a file uses one of them, in any case of letters."""
    sexes: tuple[tuple[str, str], ...] = ()
    """For the sex of the row's person: each code and the sex that the number shows for it."""

    def __post_init__(self) -> None:
        if self.kind == "text" and self.codes is None and self.pattern is None and not self.listed:
            raise ValueError(f"{self.name}: a text is listed or needs codes or a pattern")
        if self.kind != "text" and (self.codes is not None or self.pattern is not None or self.listed):
            raise ValueError(f"{self.name}: only a text has codes or a pattern, and nothing would ask for them here")

    @property
    def dtype(self) -> pl.DataType | type[pl.DataType]:
        return POLARS_TYPE[self.kind]

    def as_column(self) -> Column:
        """The column of the source table; always nullable, because rows that are set aside stay in it."""
        pattern = r"^[0-9]{3}$" if self.kind == "municipality" else self.pattern
        return Column(
            self.column,
            self.dtype,
            self.da,
            self.en,
            f"{self.da} ({self.name})",
            f"{self.en} ({self.name})",
            nullable=True,
            codes=self.codes,
            pattern=pattern,
        )


@dataclass(frozen=True)
class Dialect:
    """How a text file is written: declared, never guessed."""

    encoding: str = "utf-8"
    separator: str = ";"
    decimal: Literal[",", "."] = ","
    thousands: Literal[".", ",", " "] | None = "."
    date_format: str = "%Y-%m-%d"

    def __post_init__(self) -> None:
        if self.thousands == self.decimal:
            raise ValueError("one mark cannot be both decimal and thousands mark")


@dataclass(frozen=True)
class Period:
    """How the content shows its reference period t.

    `date_equals`: every date is 1 January t, or 31 December before it, which is the same population. `year_in`: every
    date lies in t. `overlaps`: start in or before t and an end, where there is one, in or after t. `text_starts`: the
    text starts with t. `none`: the content cannot show it.
    """

    rule: Literal["date_equals", "year_in", "overlaps", "text_starts", "none"]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Span:
    """How a record that runs over several deliveries is recognised again, corrected, and known to last.

    `identity` are the columns that name it in every delivery; an id of the supplier's own is never one of them, because
    it may be given anew every year. `units` are each what a record and the one that corrects it have in common (a person
    and facility; a person and id; an id and first day, where the person was corrected). `includes_end`: the end date is
    still a day of the record.
    """

    identity: tuple[str, ...]
    units: tuple[tuple[str, ...], ...]
    includes_end: bool


@dataclass(frozen=True)
class Events:
    """Another layout of a delivery of spells: what happened on which day. `variables` beside that of the person.

    `kind` is the variable of what happened, by which such a file is known; `event`, `day` and `where` are columns. The
    spell made of them fills `start_of`, `end_of`, `where_of` and, with `code`, `code_of`; `empty` stay empty.
    """

    variables: tuple[Variable, ...]
    kind: str
    event: str
    day: str
    where: str
    start_of: str
    end_of: str
    where_of: str
    code_of: str
    code: str
    empty: tuple[str, ...] = ()

    @property
    def required(self) -> tuple[Variable, ...]:
        return tuple(v for v in self.variables if not v.optional)


@dataclass(frozen=True)
class Whole:
    """How cells of a table of counts that differ in one column alone are parts of another of them.

    `parts` share the whole out: all of them are the whole, and of the `rest` no row stands for nobody. Each of `within`
    is a part too, but they overlap or leave somebody out.
    """

    column: str
    whole: str
    parts: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    within: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """A delivery of one source; its title is the catalogue's (`catalogue.titles`). `key` are columns of the source table that identify a row within a delivery."""

    source: str
    supplier: str
    level: Level
    variables: tuple[Variable, ...]
    key: tuple[str, ...]
    period: Period
    population_da: str
    population_en: str
    formats: tuple[str, ...] = ("csv", "parquet", "xlsx", "sas7bdat", "sav", "dta")
    dialect: Dialect = field(default=Dialect())
    municipality: str | None = None
    """Column that must hold the municipality in at least one row; a file without it belongs to another city."""
    cut: tuple[Cut, ...] = ()
    """Which rows of the whole country's file are a municipality's (`CUTS`); one rule is enough. None: it cannot be told
    from the rows, and every municipality has the source delivered by itself."""
    known_from: tuple[str, ...] = ()
    """The sources of which the rule `known` speaks."""
    municipal_casework: bool = False
    """Municipal case-work may not hold ethnicity (the plan); a column that looks like it refuses the file."""
    weekly: bool = False
    """The file has a column per week, Y_yyww, beside its variables (DREAM)."""
    may_be_empty: bool = False
    """A year without a row is possible; of other sources an empty file is a fault until somebody confirms it."""
    partitioned: bool = False
    """A part per period: only where one year is large. Every part costs a run events."""
    technical_cut: str | None = None
    """Date column in which many 1 Januaries show that stays were cut there for the register's own bookkeeping."""
    without_person: float | None = None
    """Largest share of rows that may lack a person number: guests can be anonymous, foreigners have none. They are no
    broken rows and no persons. None: a row without a number is broken."""
    links_persons: bool = False
    """Its rows say that two person numbers are one person's: `old_person` became `person`."""
    span: Span | None = None
    """Of records that may be open: exactly those whose period is `overlaps`."""
    wholes: tuple[Whole, ...] = ()
    """Of a table of counts: which of its cells are parts of which."""
    age_groups: str | None = None
    """Its column of ages and ranges of ages, where one range can lie within another."""
    events: Events | None = None
    """How the same content comes as events; a file has one layout or the other."""
    rules: tuple[Rule, ...] = ()
    max_set_aside: float = 0.05
    """Largest share of rows that may be set aside before the file as a whole is refused. Ours, version 1."""

    def __post_init__(self) -> None:
        if self.without_person is not None and (self.person_variable is None or self.person_variable.optional):
            raise ValueError(f"{self.source}: only a required person number has a share of rows that lack it")
        dates = {v.column for v in self.variables if v.kind == "date"}
        if self.technical_cut is not None and self.technical_cut not in dates:
            raise ValueError(f"{self.source}: technical_cut names no date column: {self.technical_cut}")
        if (self.span is not None) != (self.period.rule == "overlaps"):
            raise ValueError(f"{self.source}: records that overlap periods need a span, and only they have one")

    @property
    def person_variable(self) -> Variable | None:
        """The number of the row's person: the first one where there are more."""
        return next((v for v in self.variables if v.kind == "person"), None)

    @property
    def other_persons(self) -> tuple[Variable, ...]:
        """Further person numbers of a row."""
        return tuple(v for v in self.variables if v.kind == "person" and v is not self.person_variable)

    @property
    def table(self) -> TableContract:
        return TABLES[self.source]


SET_ASIDE = c.text(
    "set_aside",
    "Sat til side",
    "Set aside",
    "Den regel, rækken bryder; tom for en god række.",
    "The rule the row breaks; empty for a good row.",
    nullable=True,
    pattern=c.SLUG,
)
ROW_NUMBER = c.integer(
    "row_number", "Række", "Row", "Rækkens nummer i filen, fra 1.", "The row's number in the file, from 1.", minimum=1
)
PERIOD = Column(
    "period",
    pl.Int32,
    "Periode",
    "Period",
    "Leveringens referenceår.",
    "Reference year of the delivery.",
    unit="year",
    minimum=1990,
    maximum=2100,
)
PERSON_KEY = c.text(
    "person",
    "Person",
    "Person",
    "Pseudonym (HMAC-SHA-256 med nøgle uden for data); aldrig et CPR-nummer.",
    "Pseudonym (HMAC-SHA-256 with a key held outside the data); never a CPR number.",
    pattern=r"^[0-9a-f]{32}$",
).null()
ID_TYPE = c.text("id_type", "Slags id", "Kind of id", codes=ID_TYPES)
KEY_ID = c.text(
    "key_id", "Nøgle-id", "Key id", "Hvilken nøgle pseudonymet er lavet med.", "Which key made the pseudonym."
).null()
WEEKLY_COLUMNS = (
    c.text(
        "reference_week",
        "Referenceuge",
        "Reference week",
        "Sidste hele uge i november, YYWW.",
        "The last full week of November, YYWW.",
        pattern=r"^[0-9]{4}$",
    ).null(),
    c.text(
        "reference_code",
        "Ydelseskode",
        "Benefit code",
        "Koden i referenceugen; tom uden ydelse.",
        "Code of the reference week; empty without a benefit.",
        pattern=r"^[0-9]{3}$",
    ).null(),
    c.integer("transfer_weeks", "Uger med overførsel", "Weeks on transfer income", unit="weeks", minimum=0).null(),
    c.integer("weeks", "Uger i året", "Weeks of the year", unit="weeks", minimum=0).null(),
    c.text(
        "weeks_by_code",
        "Uger pr. ydelse",
        "Weeks by benefit",
        "Hele filens brugte uger pr. kode, kun på dens første række: kode:uger;kode:uger.",
        "The used weeks of the whole file by code, on its first row only: code:weeks;code:weeks.",
        pattern=r"^([0-9]{3}:[0-9]+(;|$))+$",
    ).null(),
)

TABLES: dict[str, TableContract] = {}


def delivery_contract(d: Delivery) -> TableContract:
    """The source table of a delivery: its variables, the pseudonym instead of the number, and each row's verdict.

    Confidential. Nothing is dropped: a row that breaks a rule is there with the rule's name.
    """
    person: tuple[Column, ...] = (PERSON_KEY, ID_TYPE, KEY_ID) if d.person_variable else ()
    person += tuple(replace(PERSON_KEY, name=v.column) for v in d.other_persons)
    own = tuple(v.as_column() for v in d.variables if v.kind != "person")
    table = TableContract(
        "source",
        d.source,
        f"Levering ({d.source})",
        f"Delivery ({d.source})",
        f"FORTROLIG. {d.population_da} Som leveret og typet; personnummer er erstattet af pseudonym.",
        f"CONFIDENTIAL. {d.population_en} As delivered and typed; a pseudonym stands for the person number.",
        (
            *person,
            *own,
            *(WEEKLY_COLUMNS if d.weekly else ()),
            PERIOD,
            ROW_NUMBER,
            SET_ASIDE,
            c.DATA_KIND.only("delivered", "synthetic"),
            c.DELIVERY_ID,
        ),
        ("delivery_id", "row_number"),
        partition_column="period" if d.partitioned else None,
    )
    TABLES[d.source] = table
    return table


def not_before(later: str, earlier: str) -> Rule:
    """The later date is missing or not before the earlier one."""
    return Rule(f"{later}_before_{earlier}", pl.col(later).is_null() | (pl.col(later) >= pl.col(earlier)), later)
