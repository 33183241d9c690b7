"""Whether the table can take the records, asked by the load's own statements (pure).

The loader looks beforehand and names what would mend it; the same refusal stands in the statements so that a script
run by psql cannot load what the loader would refuse.
"""

from __future__ import annotations

from workflows.plan.identifiers import compose, literal, quote_identifier, quote_table
from workflows.plan.load_spec import LoadSpec
from workflows.plan.refusals import TABLE_MISFIT, do_block, refuse


def check_columns(spec: LoadSpec) -> str:
    """Refuse a table whose columns are missing or of another type than ``spec.table_columns``.

    Also one whose collation takes different texts for equal: a row that differs would count as unchanged. Unless the
    load owns the rows, also one that others reference or that has a column which only somebody else fills: deleting
    and inserting a row would take away what depends on it.
    """
    declared = ", ".join(f"{quote_identifier(column.name)} {column.sql_type}" for column in spec.table_columns)
    return do_block(
        compose(
            """
            DECLARE
              misfit text;
            BEGIN
              CREATE TEMPORARY TABLE wdh_expected ({declared}) ON COMMIT DROP;
              SELECT string_agg(problem.text, '; ') INTO misfit FROM (
                {wanted}
                {loose}
                {others}
              ) AS problem (text);
              DROP TABLE pg_temp.wdh_expected;
              IF misfit IS NOT NULL THEN
                {refusal}
              END IF;
            END
            """,
            declared=declared,
            wanted=_what_is_wanted(spec),
            loose=_loose_collations(spec),
            others="" if spec.owns_rows else _what_others_have(spec),
            refusal=refuse(TABLE_MISFIT, "misfit"),
        )
    )


def _what_is_wanted(spec: LoadSpec) -> str:
    return compose(
        """
        SELECT format('column %I %s is missing', wanted.attname, format_type(wanted.atttypid, wanted.atttypmod))
        FROM pg_catalog.pg_attribute AS wanted
        WHERE wanted.attrelid = 'pg_temp.wdh_expected'::regclass AND wanted.attnum > 0
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS found
                          WHERE found.attrelid = {table}::regclass AND found.attname = wanted.attname
                            AND found.attnum > 0 AND NOT found.attisdropped)
        UNION ALL
        SELECT format('column %I is %s, wanted %s', wanted.attname,
                      format_type(found.atttypid, found.atttypmod), format_type(wanted.atttypid, wanted.atttypmod))
        FROM pg_catalog.pg_attribute AS wanted
        JOIN pg_catalog.pg_attribute AS found ON found.attrelid = {table}::regclass
         AND found.attname = wanted.attname AND found.attnum > 0 AND NOT found.attisdropped
        WHERE wanted.attrelid = 'pg_temp.wdh_expected'::regclass AND wanted.attnum > 0
          AND (found.atttypid, found.atttypmod) <> (wanted.atttypid, wanted.atttypmod)
        """,
        table=literal(quote_table(spec.table)),
    )


def _loose_collations(spec: LoadSpec) -> str:
    return compose(
        """
        UNION ALL
        SELECT format('column %I has the collation %I, which takes different texts for equal', loose.attname, collname)
        FROM pg_catalog.pg_attribute AS loose
        JOIN pg_catalog.pg_collation AS rule ON rule.oid = loose.attcollation
        WHERE loose.attrelid = {table}::regclass AND NOT rule.collisdeterministic
          AND loose.attname IN ({compared})
        """,
        table=literal(quote_table(spec.table)),
        compared=", ".join(map(literal, spec.business_columns)),
    )


def _what_others_have(spec: LoadSpec) -> str:
    return compose(
        """
        UNION ALL
        SELECT format('column %I has no default and is not filled by the load', surplus.attname)
        FROM pg_catalog.pg_attribute AS surplus
        WHERE surplus.attrelid = {table}::regclass AND surplus.attnum > 0 AND NOT surplus.attisdropped
          AND NOT (surplus.atthasdef OR surplus.attidentity <> '' OR surplus.attgenerated <> '')
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS wanted
                          WHERE wanted.attrelid = 'pg_temp.wdh_expected'::regclass AND wanted.attname = surplus.attname)
        UNION ALL
        SELECT format('%s refers to it by %I', reference.conrelid::regclass, reference.conname)
        FROM pg_catalog.pg_constraint AS reference
        WHERE reference.confrelid = {table}::regclass AND reference.contype = 'f'
        """,
        table=literal(quote_table(spec.table)),
    )
