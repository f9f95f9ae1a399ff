"""Delivery: person forms of the SFI homelessness count, week 6."""

from schemas.sources.delivery_shape import Delivery, Period, Variable, delivery_contract

DELIVERY = Delivery(
    source="sfi_person_forms",
    supplier="SFI",
    level="person",
    variables=(
        Variable("SKEMA_ID", "form_id", "text", "Skema", "Form", "F0001", pattern="^[A-Z0-9]{2,12}$"),
        Variable("TAELLEDATO", "count_date", "date", "Tælledato i uge 6", "Date in week 6", "2009-02-04"),
        Variable("KOMMUNE", "municipality", "municipality", "Kommune", "Municipality", "101"),
        Variable(
            "KOEN",
            "sex",
            "text",
            "1 mand, 2 kvinde, 9 uoplyst",
            "1 man, 2 woman, 9 unknown",
            "1",
            listed=True,
        ),
        Variable("ALDER", "age", "integer", "Alder", "Age", "34", optional=True, minimum=0, maximum=110),
        Variable(
            "ETNISK_BAGGRUND",
            "judged_origin",
            "text",
            "dansk, indvandrer, efterkommer, groenlandsk, uoplyst; vurderet af personalet",
            "Danish, immigrant, descendant, Greenlandic, unknown; judged by staff",
            "dansk",
            listed=True,
        ),
        Variable(
            "SITUATION",
            "situation",
            "text",
            "Hjemløshedssituation 1-9",
            "Situation 1-9",
            "3",
            pattern="^[1-9]$",
            listed=True,
        ),
        Variable(
            "FORSOERGELSE",
            "income",
            "text",
            "Forsørgelse",
            "Source of income",
            "kontanthjaelp",
            listed=True,
        ),
        Variable(
            "SKREVET_OP_BOLIG",
            "housing_list_answer",
            "text",
            "Skrevet op til bolig: J, N eller U uoplyst",
            "On the housing list: J, N or U unknown",
            "N",
            listed=True,
        ),
    ),
    key=("form_id",),
    period=Period("year_in", ("count_date",)),
    population_da="Hjemløse mødt eller kendt i uge 6, et skema pr. person.",
    population_en="Homeless persons met or known in week 6, one form per person.",
    cut=("named",),
    municipality="municipality",
    formats=("xlsx", "csv", "sav"),
)

TABLE = delivery_contract(DELIVERY)
