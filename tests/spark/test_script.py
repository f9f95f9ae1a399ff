"""A query of the graph as Spark's script: what is named, what is made once, what must not become another number."""

import pytest

from handleplan_pipeline.lake.spark_sql import NotPortableError, script


def one(sql: str, *inputs: str) -> str:
    """Spark's text of a query without common table expressions."""
    found = script(sql, frozenset(inputs))
    assert found.parts == ()
    return found.answer


def test_a_common_table_expression_is_a_view_and_counts_who_names_it() -> None:
    found = script(
        "with a as (select x from t), b as (select x from a) select * from b join a using (x)", frozenset("t")
    )
    assert [(p.view, p.uses) for p in found.parts] == [("part_0_a", 2), ("part_1_b", 1)]
    assert found.parts[1].sql == "SELECT x FROM part_0_a AS a"
    assert found.answer == "SELECT * FROM part_1_b AS b JOIN part_0_a AS a USING (x)"
    assert found.inputs == {"t"}


def test_names_inside_brackets_are_their_own() -> None:
    """`a` in the inner query is another table than `a` outside, and the input `t` is hidden by an expression `t`."""
    found = script(
        "with a as (with a as (select x from t) select x + 1 as x from a), t as (select x from a) select x from t",
        frozenset("t"),
    )
    assert [(p.view, p.sql) for p in found.parts] == [
        ("part_0_a", "SELECT x FROM input_t AS t"),
        ("part_1_a", "SELECT x + 1 AS x FROM part_0_a AS a"),
        ("part_2_t", "SELECT x FROM part_1_a AS a"),
    ]
    assert found.answer == "SELECT x FROM part_2_t AS t"


def test_a_table_named_in_a_condition_is_found_too() -> None:
    found = script("with a as (select x from t) select * from t where exists (from a where a.x = t.x)", frozenset("t"))
    assert found.answer == "SELECT * FROM input_t AS t WHERE EXISTS(SELECT * FROM part_0_a AS a WHERE a.x = t.x)"


def test_names_of_columns_in_brackets_are_kept() -> None:
    found = script("with a(x, y) as (values (1, 2)) select y from a", frozenset())
    assert found.parts[0].sql == "SELECT * FROM (SELECT * FROM VALUES (1, 2) AS _values) AS named(x, y)"


def test_recursion_keeps_its_name_and_equal_rows_once() -> None:
    found = script(
        "with recursive a(n) as (select x from t union select n + 1 from a join t on n < x) select * from a",
        frozenset("t"),
    )
    assert found.parts[0].sql == (
        "WITH RECURSIVE a(n) AS (SELECT x FROM input_t AS t UNION ALL "
        "SELECT n + 1 FROM a AS a JOIN input_t AS t ON n < x) SELECT DISTINCT * FROM a"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "select * from other",
        "select * from read_parquet('/etc/passwd')",
        "select * from parquet.t",
        "select * from 'file.parquet'",
        "with a as (select * from other) select * from t",
        "select * from t where x in (select x from other)",
        "drop table t",
        "insert into t values (1)",
        "select * from t; select * from t",
        "select from where",
    ],
)
def test_nothing_but_inputs_can_be_read(sql: str) -> None:
    with pytest.raises(NotPortableError):
        script(sql, frozenset("t"))


@pytest.mark.parametrize(
    "sql",
    [
        "select quantile_cont(x, 0.9) as q from t",
        "select percentile_cont(0.9) within group (order by x) as q from t",
    ],
)
def test_a_quantile_is_exact(sql: str) -> None:
    """SQLGlot's own answer to the second is PERCENTILE_APPROX, without a word."""
    assert one(sql, "t") == "SELECT PERCENTILE(x, 0.9) AS q FROM input_t AS t"


@pytest.mark.parametrize(
    "sql",
    [
        "select percentile_cont(0.9) within group (order by x desc) from t",
        "select approx_quantile(x, 0.5) from t",
        "select approx_count_distinct(x) from t",
        "select percentile_disc(0.5) within group (order by x) from t",
        # no approximation, and another answer: downwards where there should be none
        "select unnest(generate_series(1, x)) from t",
    ],
)
def test_what_would_be_another_number_is_refused(sql: str) -> None:
    with pytest.raises(NotPortableError):
        script(sql, frozenset("t"))


def test_a_column_may_be_called_approximate() -> None:
    assert "approximate" in one("select approximate from t where approximate", "t")


def test_qualify_leaves_no_column_behind_and_doubles_none() -> None:
    assert one(
        "select *, count(*) over (partition by x) as n from t qualify row_number() over (order by x) = 1", "t"
    ) == (
        "SELECT * EXCEPT (_kept) FROM (SELECT *, COUNT(*) OVER (PARTITION BY x) AS n, "
        "ROW_NUMBER() OVER (ORDER BY x NULLS LAST) = 1 AS _kept FROM input_t AS t) AS qualified WHERE _kept"
    )


def test_what_is_distinct_is_so_after_qualify() -> None:
    text = one("select distinct y from t qualify row_number() over (partition by x order by y) = 1", "t")
    assert text.startswith("SELECT DISTINCT * EXCEPT (_kept) FROM (SELECT y, ROW_NUMBER()")


@pytest.mark.parametrize("rest", ["group by y", "order by y", "limit 1"])
def test_qualify_with_more_is_refused(rest: str) -> None:
    head, tail = ("select max(x) as y from t group by y", "") if rest == "group by y" else ("select y from t", rest)
    with pytest.raises(NotPortableError, match="QUALIFY"):
        script(f"{head} qualify row_number() over (order by y) = 1 {tail}", frozenset("t"))


@pytest.mark.parametrize(
    ("duckdb", "spark"),
    [
        ("d + to_months($n)", "d + MAKE_YM_INTERVAL(0, :n)"),
        ("d - to_years(15)", "d - MAKE_YM_INTERVAL(15, 0)"),
        ("error('no')", "RAISE_ERROR('no')"),
        ("len(x)", "LENGTH(x)"),
        ("row_number() over ()", "ROW_NUMBER() OVER (ORDER BY NULL)"),
        ("any_value(x)", "ANY_VALUE(x) IGNORE NULLS"),
        (
            "min_by(x, struct_pack(a := -y, b := z))",
            "MIN_BY(x, CASE WHEN (x) IS NULL THEN NULL ELSE STRUCT((-y) IS NULL, -y, (z) IS NULL, z) END)",
        ),
        ("max_by(x, y)", "MAX_BY(x, CASE WHEN (x) IS NULL THEN NULL ELSE y END)"),
        ("5 // 2", "5 DIV 2"),
    ],
)
def test_words_of_duckdb(duckdb: str, spark: str) -> None:
    assert one(f"select {duckdb} as v from t", "t") == f"SELECT {spark} AS v FROM input_t AS t"


def test_the_length_of_a_list_is_not_that_of_a_text() -> None:
    found = script("select len($many) = count(*) as v, len($text) as w from t", frozenset("t"), frozenset({"many"}))
    assert found.answer.lower() == "select size(:many) = count(*) as v, length(:text) as w from input_t as t"


def test_a_star_with_a_replaced_column_has_it_once() -> None:
    assert one("select * replace (x + 1 as x), y as z from t", "t") == (
        "SELECT * EXCEPT (x), x + 1 AS x, y AS z FROM input_t AS t"
    )
