"""What a load would change where rows have no key, as one query (pure)."""

from __future__ import annotations

from workflows.plan.change_columns import month, place_columns, row_values
from workflows.plan.identifiers import column_list, compose
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
        numbered=numbered(spec, tuple(columns), "NULL", _single(spec)),
        no_staged=_NO_STAGED,
        no_target=_NO_TARGET,
        month=month(spec),
        values=",\n  ".join(values),
        order=", ".join(str(place) for place in (*range(_FIRST_VALUE, _FIRST_VALUE + len(values)), 1)),
    )


def _single(spec: LoadSpec) -> str:
    """For a row whose name stands once on either side: where that of the table stands; else NULL."""
    own = f",\n  count(*) OVER (PARTITION BY wdh_mark, {column_list(spec.business_columns)}, wdh_staged) AS wdh_own"
    if not spec.described_by:
        return f"{own},\n  NULL::oid AS wdh_single_part, NULL::tid AS wdh_single_at"
    name = column_list(spec.named_by)
    once = compose(
        "count(*) FILTER (WHERE wdh_staged) OVER ({by}) = 1 AND count(*) FILTER (WHERE NOT wdh_staged) OVER ({by}) = 1",
        by=f"PARTITION BY {name}",
    )
    return "".join(
        [
            own,
            *(
                f",\n  CASE WHEN {once} THEN min({place}) OVER (PARTITION BY {name}) END AS {alias}"
                for place, alias in (("wdh_part", "wdh_single_part"), ("wdh_at", "wdh_single_at"))
            ),
        ]
    )
