"""What a load would change where rows have no key, as one query (pure)."""

from __future__ import annotations

from workflows.plan.change_columns import month, place_columns, row_values
from workflows.plan.identifiers import compose
from workflows.plan.load_spec import LoadSpec
from workflows.plan.multiset_sql import numbered

_NO_STAGED, _NO_TARGET = "staged.wdh_staged IS NULL", "target.wdh_staged IS NULL"

_FIRST_VALUE = 3
"""The place of the first value, behind kind and month."""


def changed_equals(spec: LoadSpec) -> str:
    """Rows without a key: those that vanish and those that come, equal ones as one with their number. One of each is a
    change where its name stands for one row only, in the table's scope as in the batch."""
    columns = dict.fromkeys((*spec.business_columns, *place_columns(spec)))
    values = row_values(spec, _NO_STAGED)
    return compose(
        """
        SELECT found.* FROM (
          WITH differing AS (
            SELECT *, wdh_own - wdh_other AS wdh_rows FROM (
            {numbered}
            ) AS numbered
            WHERE wdh_nth = wdh_other + 1
          )
          SELECT
            CASE WHEN {no_staged} THEN 'removed' WHEN {no_target} THEN 'added' ELSE 'changed' END,
            {month},
            {values},
            coalesce(staged.wdh_rows, target.wdh_rows)
          FROM (SELECT * FROM differing WHERE NOT wdh_staged) AS target
          FULL JOIN (SELECT * FROM differing WHERE wdh_staged) AS staged
            ON target.wdh_single_at = staged.wdh_single_at AND target.wdh_single_part = staged.wdh_single_part
        ) AS found
        ORDER BY {order}
        """,
        numbered=numbered(
            spec,
            tuple(columns),
            "NULL",
            spec.named_by if spec.described_by else (),
            ["count(*) OVER side AS wdh_own", *_single(spec)],
        ),
        no_staged=_NO_STAGED,
        no_target=_NO_TARGET,
        month=month(spec),
        values=",\n  ".join(values),
        order=", ".join(str(place) for place in (*range(_FIRST_VALUE, _FIRST_VALUE + len(values)), 1)),
    )


def _single(spec: LoadSpec) -> list[str]:
    """For a row whose name stands once on either side: where that of the table stands; else NULL."""
    if not spec.described_by:
        return ["NULL::oid AS wdh_single_part", "NULL::tid AS wdh_single_at"]
    once = " AND ".join(f"count(*) FILTER (WHERE {side}) OVER named = 1" for side in ("wdh_staged", "NOT wdh_staged"))
    return [
        f"CASE WHEN {once} THEN min({place}) OVER named END AS {alias}"
        for place, alias in (("wdh_part", "wdh_single_part"), ("wdh_at", "wdh_single_at"))
    ]
