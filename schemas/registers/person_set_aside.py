"""Contract of the register: persons whose row of a population file was set aside."""

from schemas import columns as c
from schemas.registers.shape import PERSON, register

PERSON_SET_ASIDE = register(
    "person_set_aside",
    "Personer i befolkningsrækker, der er sat til side",
    "Persons of population rows that were set aside",
    (PERSON, c.YEAR, c.GEOGRAPHY.null()),
    ("person", "year"),
)
