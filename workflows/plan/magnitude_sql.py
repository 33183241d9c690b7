"""Which columns of a month moved by a power of ten against the newest earlier month, as SQL (pure)."""

from __future__ import annotations

from workflows.plan.conditions import equal_keys, staged_exists
from workflows.plan.identifiers import column_list, compose, literal, quote_identifier
from workflows.plan.load_spec import LoadSpec
from workflows.plan.magnitude import FACTORS, MOVED_PARTS, NEAR, SHARED_AT_LEAST, factor_text, refusal, sentence_formats
from workflows.plan.refusals import GUARD_TRIPPED, refuse_if

FOUND = "SELECT month, before, name, factor, moved, shared, example, keys FROM pg_temp.wdh_moved"

_SEPARATOR = "chr(31)"
"""Between a key and its values; no code holds it."""


def remember_moved(spec: LoadSpec) -> str:
    """What moved, in a table of the load's own."""
    return compose("CREATE TEMPORARY TABLE wdh_moved ON COMMIT DROP AS\n{moved}", moved=moved(spec))


def moved(spec: LoadSpec) -> str:
    """One row per month and column that moved: by which factor, how many keys of how many, an example, and how many
    keys moved in all.

    The earlier month is the newest of the batch and the table; its rows are the batch's, and the table's where the
    batch has none of their key. Zero and NULL prove nothing.
    """
    parts, whole = MOVED_PARTS
    return compose(
        """
        SELECT to_char(month, 'YYYY-MM') AS month, to_char(before, 'YYYY-MM') AS before, name, factor, moved, shared,
               string_to_array(example, {separator}) AS example, keys
        FROM (
          WITH {earlier}, {suspect}, {shared}, counted AS (
            SELECT month, before, name, factor, count(*) AS moved,
                   (sum(count(*)) OVER (PARTITION BY month, name))::bigint AS shared,
                   array_agg({key}) FILTER (WHERE factor IS NOT NULL) AS moved_keys,
                   min(concat_ws({separator}, {key}, old, new) COLLATE "C") FILTER (WHERE factor IS NOT NULL)
                     AS example
            FROM shared GROUP BY month, before, name, factor
          ), judged AS MATERIALIZED (
            SELECT * FROM counted
            WHERE factor IS NOT NULL AND shared >= {at_least} AND moved * {whole} >= shared * {parts}
          )
          SELECT *, (SELECT count(*) FROM (
                       SELECT DISTINCT month, key FROM judged, unnest(moved_keys) AS key
                     ) AS each) AS keys
          FROM judged
        ) AS found
        """,
        separator=_SEPARATOR,
        earlier=_earlier(spec),
        suspect=_suspect(spec),
        shared=_shared(spec),
        # Only where it moved: an ordinary month makes no text at all.
        key=f"concat_ws(' | ', {column_list(spec.key_within_month, 'shared')})",
        at_least=literal(SHARED_AT_LEAST),
        whole=literal(whole),
        parts=literal(parts),
    )


def _earlier(spec: LoadSpec) -> str:
    """``earlier``: for each month of the batch the rows of the month before it, with what is needed of them."""
    needed = (*spec.key_within_month, *(column.name for column in spec.figures))
    return compose(
        """
        found (month, before) AS MATERIALIZED (
          SELECT months.month, greatest(
                   (SELECT max(each.{period}) FROM {staging} AS each WHERE each.{period} < months.month),
                   (SELECT max(target.{period}) FROM {table} AS target WHERE target.{period} < months.month))
          FROM (SELECT DISTINCT {period} FROM {staging}) AS months (month)
        ), pairs AS MATERIALIZED (
          SELECT month, before, before IN (SELECT month FROM found) AS in_batch FROM found
        ), earlier AS (
          SELECT pairs.month AS wdh_month, pairs.before AS wdh_before, {each_needed}
          FROM pairs JOIN {staging} AS each ON each.{period} = pairs.before
          UNION ALL
          SELECT pairs.month, pairs.before, {target_needed}
          FROM pairs JOIN {table} AS target ON target.{period} = pairs.before
          WHERE NOT (pairs.in_batch AND {staged})
        )
        """,
        period=_period(spec),
        staging=spec.staging,
        table=spec.target.quoted,
        each_needed=column_list(needed, "each"),
        target_needed=column_list(needed, "target"),
        staged=staged_exists(spec, [equal_keys(spec)]),
    )


def _suspect(spec: LoadSpec) -> str:
    """``suspect``: whether enough figures of any column are far from the earlier ones for it to have moved at all."""
    parts, whole = MOVED_PARTS
    return compose(
        """
        suspect (found) AS MATERIALIZED (
          SELECT bool_or({suspicious}) FROM (
            SELECT {far}
            FROM {pairs}
            GROUP BY earlier.wdh_month
          ) AS counted
        )
        """,
        suspicious=" OR ".join(
            f"far_{place} * {literal(whole)} >= shared_{place} * {literal(parts)} AND far_{place} > 0"
            for place in range(len(spec.figures))
        ),
        far=",\n".join(_far(column.name, place) for place, column in enumerate(spec.figures)),
        pairs=_staged_with_earlier(spec),
    )


def _shared(spec: LoadSpec) -> str:
    """``shared``: a row for each key and column that both months have a figure of, if anything is suspect."""
    return compose(
        """
        shared AS (
          SELECT earlier.wdh_month AS month, earlier.wdh_before AS before, {staged_key},
                 given.name, given.old, given.new, {factor} AS factor
          FROM {pairs}
          CROSS JOIN LATERAL (VALUES {figures}) AS given (name, old, new)
          WHERE (SELECT found FROM suspect) AND given.old <> 0 AND given.new <> 0
        )
        """,
        staged_key=column_list(spec.key_within_month, "staged"),
        factor=_factor(),
        pairs=_staged_with_earlier(spec),
        figures=", ".join(
            compose(
                "({label}, earlier.{name}::numeric, staged.{name}::numeric)",
                label=literal(column.label),
                name=quote_identifier(column.name),
            )
            for column in spec.figures
        ),
    )


def _staged_with_earlier(spec: LoadSpec) -> str:
    """Each staged row with the ``earlier`` one of its key."""
    return compose(
        "{staging} AS staged JOIN earlier ON earlier.wdh_month = staged.{period} AND {equal}",
        staging=spec.staging,
        period=_period(spec),
        equal=" AND ".join(
            compose("earlier.{name} = staged.{name}", name=quote_identifier(name)) for name in spec.key_within_month
        ),
    )


def _period(spec: LoadSpec) -> str:
    return quote_identifier(spec.period_column or "")


def _factor() -> str:
    """The factor by which ``old`` became about ``new``, by exact products; NULL if there is none."""
    cases = [
        compose(
            "WHEN abs({more}) * {near} >= abs({less}) * {factor} AND abs({more}) <= abs({less}) * {limit} THEN {found}",
            more=more,
            less=less,
            near=literal(NEAR),
            factor=literal(factor),
            limit=literal(factor * NEAR),
            found=literal(sign * factor),
        )
        for sign, more, less in ((1, "given.new", "given.old"), (-1, "given.old", "given.new"))
        for factor in FACTORS
    ]
    # Most figures lie near the earlier one: two products tell that, where all cases would take a dozen.
    near = _is_near("given.old", "given.new")
    return f"CASE WHEN {near} OR sign(given.old) <> sign(given.new) THEN NULL {' '.join(cases)} END"


def _is_near(old: str, new: str) -> str:
    return compose(
        "abs({new}) < abs({old}) * {least} AND abs({old}) < abs({new}) * {least}",
        old=old,
        new=new,
        least=literal(min(FACTORS) // NEAR),
    )


def _far(column: str, place: int) -> str:
    """How many figures of a column are not near the earlier ones: where that is few, nothing moved as a whole, and an
    ordinary month is done after one look at its rows."""
    old, new = (f"{alias}.{quote_identifier(column)}::numeric" for alias in ("earlier", "staged"))
    return compose(
        """
        count(*) FILTER (WHERE {old} <> 0 AND {new} <> 0) AS shared_{place},
        count(*) FILTER (WHERE {old} <> 0 AND {new} <> 0 AND NOT ({near})) AS far_{place}
        """,
        old=old,
        new=new,
        near=_is_near(old, new),
        place=str(place),
    )


def refuse_moved(spec: LoadSpec) -> str:
    """Refuse a month that moved by a power of ten, or another number of keys than was accepted."""
    accepted = spec.accepted.get("magnitude_moved")
    chinese, english = map(literal, sentence_formats())
    factors = " ".join(f"WHEN {each} THEN {literal(factor_text(each))}" for f in FACTORS for each in (f, -f))
    return refuse_if(
        GUARD_TRIPPED,
        compose(
            """
            SELECT format({message}, coalesce(max(keys), 0), string_agg(chinese, '；' ORDER BY month, name),
                          string_agg(english, '; ' ORDER BY month, name))
            FROM (
              SELECT month, name, keys,
                format({chinese}, month, before, name, times, moved, shared, example[1], example[2], example[3])
                  AS chinese,
                format({english}, month, before, name, times, moved, shared, example[1], example[2], example[3])
                  AS english
              FROM (SELECT *, CASE factor {factors} END AS times FROM pg_temp.wdh_moved) AS each
            ) AS said
            HAVING coalesce(max(keys), 0) <> {accepted}
            """,
            message=literal(refusal(accepted)),
            chinese=chinese,
            english=english,
            factors=factors,
            accepted=literal(accepted or 0),
        ),
    )
