"""The city that the recount and its mutations compare; read once, and never changed."""

import pytest

from tests.recount.cities import Both, of_city


@pytest.fixture(scope="package")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    return of_city(tmp_path_factory)
