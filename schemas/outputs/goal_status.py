"""Contract of the status of each goal and year: four axes, three readings, one badge."""

import polars as pl

from schemas import columns as c
from schemas.contract import Rule, TableContract

MEASURABILITY = c.text(
    "measurability",
    "Målbarhed",
    "Measurability",
    "Om målet kan måles: indikator, kilde, lovgrundlag og levering.",
    "Whether the goal can be measured: indicator, source, legal basis and delivery.",
    codes=c.MEASURABILITY,
)
PRECONDITION = c.text(
    "precondition",
    "Forudsætning",
    "Precondition",
    "Planens forbehold: penge, tilladelse, aftale.",
    "The plan's reservation: money, permission, agreement.",
    codes=c.PRECONDITION,
)
RESULT = c.text(
    "result",
    "Resultat",
    "Result",
    "Dommen efter den erklærede regel.",
    "The verdict by the declared rule.",
    codes=c.RESULTS,
)
RESULT_ADJUSTED = c.text(
    "result_adjusted",
    "Resultat, justeret",
    "Result, adjusted",
    "Samme regel på tallet justeret for social baggrund.",
    "The same rule on the figure adjusted for social background.",
    codes=c.RESULTS,
)
LITERAL_MET = c.flag(
    "literal_met",
    "Bogstavelig læsning",
    "Literal reading",
    "Punktestimatet alene; tom hvor intet tal kan gives.",
    "The point estimate alone; empty where no figure can be given.",
)
TREND = c.text("trend", "Udvikling", "Trend", "Ændring siden baseline.", "Change since the baseline.", codes=c.TRENDS)
BADGE = c.text(
    "badge", "Mærke", "Badge", "Mærket, afledt af akserne.", "The badge, derived from the axes.", codes=c.BADGES
)
SLUG = c.text(
    "slug",
    "Navn",
    "Slug",
    "Resultatmålets navn i tabeller og filer.",
    "The goal's name in tables and files.",
    pattern=r"^goal_\d\d_[a-z_]+$",
)

GOAL_STATUS = TableContract(
    "output",
    "goal_status",
    "Status for resultatmålene",
    "Status of the result goals",
    "En række pr. resultatmål og år: fire akser, tre læsninger, ét mærke, grunden og reglen.",
    "One row per result goal and year: four axes, three readings, one badge, the reason and the rule.",
    (
        c.GOAL,
        SLUG,
        c.YEAR,
        MEASURABILITY,
        PRECONDITION,
        RESULT,
        RESULT_ADJUSTED,
        LITERAL_MET.null(),
        TREND,
        BADGE,
        c.text("reason_da", "Begrundelse", "Reason (Danish)", "Hvorfor mærket er, som det er.", "Why the badge is so."),
        c.text(
            "reason_en",
            "Begrundelse (engelsk)",
            "Reason (English)",
            "Hvorfor mærket er, som det er, på engelsk.",
            "Why the badge is so, in English.",
        ),
        c.MISSING_REASON,
        c.text("rule_id", "Regel", "Rule", "Reglens id, se meta.goal.", "Id of the rule, see meta.goal."),
        c.text("rule_version", "Regelversion", "Rule version"),
        c.DATA_KIND.null(),
        c.CAVEATS.null(),
    ),
    ("goal", "year"),
    (
        Rule(
            "unmeasured_has_no_verdict",
            (pl.col("measurability") != "not_measurable")
            | (pl.col("result").is_in(["not_assessed", "not_due"]) & (pl.col("badge") == "not_measurable")),
            "badge",
            "A goal that cannot be measured is neither met nor missed.",
        ),
        Rule(
            "a_verdict_needs_a_number",
            ~pl.col("result").is_in(["met", "not_met", "clearly_not_met"]) | pl.col("literal_met").is_not_null(),
            "result",
        ),
        Rule(
            "a_reason_is_given",
            (pl.col("reason_da").str.len_chars() > 10) & (pl.col("reason_en").str.len_chars() > 10),
            "reason_da",
        ),
    ),
    min_rows=11,
    public=True,
)
