"""The graph's SQL, which is DuckDB's, in Spark's words; what SQLGlot does not know or gets wrong is put right here.

Spark plans a common table expression anew wherever it is named, so a query becomes a script: every expression is a view
of its own, in order, and one that is named more than once is to be made once and kept.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

INPUT, PART = "input_{}", "part_{}_{}"
"""Names of views: of an input, and of a common table expression by its place."""
KEPT = "_kept"
"""The column that says which rows a QUALIFY keeps."""
INEXACT = re.compile(r"\bAPPROX\w*\(|\w_APPROX\(|\w*SKETCH\w*\(")
"""Every approximate function of Spark has it in its name."""


class NotPortableError(Exception):
    """A query that has no equal in Spark, or that sees more than its inputs. The text is about the query alone."""


@dataclass(frozen=True)
class Part:
    """A common table expression: its view, its SQL, and how often the parts after it name it."""

    view: str
    sql: str
    uses: int


@dataclass(frozen=True)
class Script:
    """Parts in order, the SQL of the answer, and the inputs that are read."""

    parts: tuple[Part, ...]
    answer: str
    inputs: frozenset[str]


@lru_cache(maxsize=512)
def script(sql: str, inputs: frozenset[str], lists: frozenset[str] = frozenset()) -> Script:
    """The script of a query over `inputs`, which are the only tables it may name; parameters stay names (`:name`).

    `lists`: the parameters that are lists, whose length has a name of its own in Spark. Raises NotPortableError.
    """
    try:
        tree = sqlglot.parse_one(sql, read="duckdb").transform(_length, lists)
        if not isinstance(tree, exp.Query):
            raise NotPortableError("is no query")
        return _Hoisting(inputs).script(tree)
    except SqlglotError as e:
        raise NotPortableError(f"is not understood: {str(e).splitlines()[0]}") from None


class _Hoisting:
    """Takes common table expressions out of a query, the inner ones first."""

    def __init__(self, inputs: Collection[str]) -> None:
        self._views = {i.lower(): INPUT.format(i.lower()) for i in inputs}
        self._parts: list[tuple[str, exp.Query]] = []

    def script(self, tree: exp.Query) -> Script:
        answer = self._hoisted(tree, self._views)
        trees = [*(t for _, t in self._parts), answer]
        named = [t.name for tree in trees for t in tree.find_all(exp.Table)]
        parts = tuple(Part(view, _written(t), named.count(view)) for view, t in self._parts)
        read = frozenset(i for i, view in self._views.items() if view in named)
        return Script(parts, _written(answer), read)

    def _hoisted(self, query: exp.Query, known: Mapping[str, str]) -> exp.Query:
        """`query` without its WITH; every table it names is a view. What lies in brackets has its own names."""
        known = dict(known)
        if with_ := query.args.get("with_"):
            for cte in with_.expressions:
                # inner ones come before it, so its own place is known only afterwards
                body = self._body(cte, bool(with_.recursive), known)
                view = PART.format(len(self._parts), cte.alias.lower())
                self._parts.append((view, body))
                known[cte.alias.lower()] = view
            query.set("with_", None)
        self._named(query, known)
        return query

    def _body(self, cte: exp.CTE, recursive: bool, known: Mapping[str, str]) -> exp.Query:
        """What a common table expression is as a query of its own."""
        itself = cte.alias.lower()
        columns = cte.args["alias"].args.get("columns") or []
        if recursive and any(t.name.lower() == itself for t in cte.this.find_all(exp.Table)):
            return self._recursive(cte, {**known, itself: itself})
        body = self._hoisted(cte.this, known)
        if not columns:
            return body
        alias = exp.TableAlias(this=exp.to_identifier("named"), columns=[c.copy() for c in columns])
        return exp.select("*").from_(exp.Subquery(this=body, alias=alias))

    def _recursive(self, cte: exp.CTE, known: Mapping[str, str]) -> exp.Query:
        """Spark's recursion knows UNION ALL alone. With what is equal taken once afterwards it is the same rows.

        One that goes round for ever ends with Spark's own limit, loudly.
        """
        body = self._hoisted(cte.this, known)
        if not isinstance(body, exp.Union):
            raise NotPortableError(f"recursion in {cte.alias} is no union")
        found = exp.select("*").from_(cte.alias)
        if body.args.get("distinct"):
            body.set("distinct", False)
            found = found.distinct()
        found.set("with_", exp.With(expressions=[cte.copy()], recursive=True))
        return found

    def _named(self, node: exp.Expr, known: Mapping[str, str]) -> None:
        """Gives every table below `node` the name of its view; queries with a WITH of their own are taken apart."""
        for child in list(node.iter_expressions()):
            if isinstance(child, exp.Query) and child.args.get("with_"):
                child.replace(self._hoisted(child, known))
            elif isinstance(child, exp.Table):
                self._named(child, known)
                self._one(child, known)
            else:
                self._named(child, known)

    def _one(self, table: exp.Table, known: Mapping[str, str]) -> None:
        name = table.name.lower()
        if not isinstance(table.this, exp.Identifier) or table.db or table.catalog:
            raise NotPortableError(f"reads {table.sql(dialect='duckdb')[:60]}, which is no input")
        if name not in known:
            raise NotPortableError(f"names a table {table.name}, which is no input")
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
        table.set("this", exp.to_identifier(known[name]))


def _written(tree: exp.Expr) -> str:
    """Spark's text of a query. Raises NotPortableError where a function would be an approximation."""
    for rewrite in REWRITES:
        tree = tree.transform(rewrite)
    text = tree.sql(dialect="spark", comments=False, unsupported_level=sqlglot.ErrorLevel.RAISE)
    if INEXACT.search(text.upper()):
        raise NotPortableError("would be answered by an approximation")
    return text


def _qualify(node: exp.Expr) -> exp.Expr:
    """`select ... qualify c` as the rows of `select ..., c as _kept` where that is true, without it."""
    if not isinstance(node, exp.Select) or not node.args.get("qualify"):
        return node
    if node.args.get("group") or node.args.get("order") or node.args.get("limit"):
        raise NotPortableError("has QUALIFY with groups, order or limit")
    inner = node.copy()
    condition = inner.args["qualify"].this
    distinct = inner.args.get("distinct")
    inner.set("qualify", None)
    inner.set("distinct", None)
    inner.select(exp.alias_(condition.copy(), KEPT), copy=False)
    every = exp.Star(except_=[exp.to_identifier(KEPT)])
    outer = exp.select(every).from_(inner.subquery("qualified")).where(exp.column(KEPT))
    return outer.distinct() if distinct else outer


def _interval(node: exp.Expr) -> exp.Expr:
    """`to_months(n)` and `to_years(n)`; both engines end a month too short on its last day."""
    if isinstance(node, exp.Anonymous) and (name := node.name.lower()) in ("to_months", "to_years"):
        (number,) = node.expressions
        pair = [exp.Literal.number(0), number] if name == "to_months" else [number, exp.Literal.number(0)]
        return exp.func("make_ym_interval", *(p.copy() for p in pair))
    return node


def _quantile(node: exp.Expr) -> exp.Expr:
    """Spark's exact quantile between two rows. SQLGlot would take the approximate one without a word."""
    if isinstance(node, exp.WithinGroup) and isinstance(node.this, exp.PercentileCont):
        (ordered,) = node.expression.expressions
        if ordered.args.get("desc"):
            raise NotPortableError("has a quantile of a descending order")
        return exp.Anonymous(this="percentile", expressions=[ordered.this.copy(), node.this.this.copy()])
    if isinstance(node, exp.PercentileCont) and node.expression:
        return exp.Anonymous(this="percentile", expressions=[node.this.copy(), node.expression.copy()])
    return node


def _ordered(node: exp.Expr) -> exp.Expr:
    """`min_by(x, y)`: DuckDB passes over rows whose `x` is null, Spark takes them; a null in a `struct_pack` is the
    greatest of all in DuckDB, the least in Spark.
    """
    if not isinstance(node, (exp.ArgMin, exp.ArgMax)):
        return node
    found = node.copy()
    if isinstance(found.expression, exp.Struct):
        values = [f.expression if isinstance(f, exp.PropertyEQ) else f for f in found.expression.expressions]
        parts = [p for v in values for p in (exp.Is(this=exp.paren(v.copy()), expression=exp.Null()), v.copy())]
        found.expression.set("expressions", parts)
    unknown = exp.Is(this=exp.paren(found.this.copy()), expression=exp.Null())
    found.set("expression", exp.case().when(unknown, exp.Null()).else_(found.expression.copy()))
    return found


def _numbered(node: exp.Expr) -> exp.Expr:
    """A window without an order, which numbers rows as they come; Spark wants to be told so."""
    if isinstance(node, exp.Window) and isinstance(node.this, exp.RowNumber) and not node.args.get("order"):
        as_they_come = exp.Order(expressions=[exp.Ordered(this=exp.Null(), nulls_first=True)])
        found = node.copy()
        found.set("order", as_they_come)
        return found
    return node


def _replaced(node: exp.Expr) -> exp.Expr:
    """`* replace (e as c)` as all but c, and then it. The order of columns is another one: tables are read by name."""
    if not isinstance(node, exp.Select):
        return node
    found = []
    for item in node.expressions:
        if isinstance(item, exp.Star) and (new := item.args.get("replace")):
            left_out = [*(item.args.get("except_") or []), *(exp.to_identifier(e.alias) for e in new)]
            found += [exp.Star(except_=left_out), *(e.copy() for e in new)]
        else:
            found.append(item)
    node.set("expressions", found)
    return node


def _length(node: exp.Expr, lists: Collection[str]) -> exp.Expr:
    """`len` of a list; SQLGlot takes it for that of a text."""
    if isinstance(node, exp.Length) and isinstance(node.this, exp.Placeholder) and node.this.name in lists:
        return exp.Anonymous(this="size", expressions=[node.this.copy()])
    return node


def _series(node: exp.Expr) -> exp.Expr:
    """Without a step Spark counts downwards where the end lies before the start; DuckDB gives nothing."""
    if isinstance(node, exp.GenerateSeries) and not node.args.get("step"):
        raise NotPortableError("has a series without a step")
    return node


def _error(node: exp.Expr) -> exp.Expr:
    """`error(text)`, which ends the query."""
    if isinstance(node, exp.Anonymous) and node.name.lower() == "error":
        return exp.func("raise_error", *(e.copy() for e in node.expressions))
    return node


Rewrite = Callable[[exp.Expr], exp.Expr]
REWRITES: tuple[Rewrite, ...] = (_replaced, _qualify, _interval, _quantile, _ordered, _numbered, _series, _error)
