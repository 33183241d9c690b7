"""The groups that a load replaces, with their rows before and after, and what one may lose of them, as SQL (pure)."""

from __future__ import annotations

from workflows.plan.conditions import in_scope
from workflows.plan.identifiers import column_list, compose, literal, quote_identifier
from workflows.plan.load_spec import LoadSpec
from workflows.plan.refusals import GUARD_TRIPPED, refuse_if, worded

_NAMED = 5
"""Groups that a refusal names before it only counts them."""


def group_rows(spec: LoadSpec) -> str:
    """One row per group that the batch names: its values as texts (a date is ``2024-11-01``), the table's rows and the
    batch's."""
    # JSON has one way to write a date, whatever the session's.
    texts = (f"to_jsonb({quote_identifier(name)}) #>> '{{}}'" for name in spec.merge_key)
    return compose(
        """
        SELECT {texts}, before, after FROM (
        {counted}
        ) AS counted
        ORDER BY {columns}
        """,
        texts=", ".join(texts),
        counted=_counted(spec),
        columns=column_list(spec.merge_key),
    )


def _counted(spec: LoadSpec) -> str:
    return compose(
        """
        SELECT {columns}, count(*) FILTER (WHERE NOT wdh_staged) AS before, count(*) FILTER (WHERE wdh_staged) AS after
        FROM (
          SELECT {target}, false AS wdh_staged FROM {table} AS target
          WHERE {scope}
          UNION ALL
          SELECT {staged}, true FROM {staging} AS staged
        ) AS each
        GROUP BY {columns}
        """,
        columns=column_list(spec.merge_key),
        target=column_list(spec.merge_key, "target"),
        table=spec.target.quoted,
        scope=in_scope(spec),
        staged=column_list(spec.merge_key, "staged"),
        staging=spec.staging,
    )


def refuse_shrunk(spec: LoadSpec) -> str:
    """Refuse groups that lose a larger share of their rows than is allowed, or another number of them than accepted."""
    ratio, accepted = spec.gates.max_group_shrink, spec.accepted.get("shrunk_groups")
    return refuse_if(
        GUARD_TRIPPED,
        compose(
            """
            SELECT format({message}, count(*), {ratio}, {accepted},
                          array_to_string((array_agg(concat_ws(' | ', {names}) || ': ' || before || ' -> ' || after
                                                     ORDER BY before - after DESC))[1:{named}], '; '))
            FROM (
            {counted}
            ) AS counted
            WHERE before - after > {share} * before
            HAVING count(*) <> {allowed}
            """,
            message=worded(
                "%1$s 个分组减少的行数超过上限 %2$s（已接受 %3$s 个）：%4$s，请核对文件是否完整",
                "%1$s group(s) would lose more than %2$s of their rows; accepted %3$s: %4$s;"
                " look whether the workbooks are whole",
            ),
            ratio=literal("—" if ratio is None else f"{ratio:f}"),
            accepted=literal(str(accepted or 0)),
            names=column_list(spec.merge_key),
            named=literal(_NAMED),
            counted=_counted(spec),
            share=literal(1 if ratio is None else ratio),
            allowed=literal(accepted or 0),
        ),
    )
