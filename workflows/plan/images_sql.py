"""What a load leaves behind so that it can be taken back: rows that name their load, and before-images (pure).

``load_sequence`` of a row is the ledger's number of the load that wrote it; NULL is not ours. What a load deletes goes
into a table of images beside the target: the load's number, then the target's columns in their order. A table that has
neither still loads; the load then cannot be taken back.
"""

from __future__ import annotations

from workflows.plan.identifiers import compose, literal, quote_identifier
from workflows.plan.load_spec import LoadSpec
from workflows.plan.schemas import KEEPS_VARIABLE, NUMBER_COLUMN_VARIABLE, NUMBER_VARIABLE, NUMBERED_VARIABLE

LOAD_SEQUENCE, DELETED_BY = "load_sequence", "wdh_deleted_by"

SEQUENCE_SETTING = "wdh.load_sequence"
"""Where a transaction keeps the number of its load."""

NUMBER = f"(SELECT current_setting({literal(SEQUENCE_SETTING)})::bigint)"
"""The number of the load under way, asked once per statement."""


def draw_number(spec: LoadSpec) -> str:
    """Draw the load's number from the ledger's sequence, under the table's lock; the ledger's row takes the same."""
    return compose(
        """
        SELECT set_config({setting}, nextval(pg_get_serial_sequence({loads}, 'sequence')::regclass)::text, true)
          AS wdh_drawn
        """,
        setting=literal(SEQUENCE_SETTING),
        loads=spec.loads.identity,
    )


def find_past(spec: LoadSpec) -> str:
    """The query for what the table keeps of its past: whether its rows name their load, and whether images fit."""
    return compose(
        """
        SELECT past.numbered AS {numbered}, past.keeps AS {keeps},
               CASE WHEN past.numbered THEN {column} ELSE '' END AS {number_column},
               CASE WHEN past.numbered THEN {value} ELSE '' END AS {number}
        FROM (
          SELECT EXISTS (SELECT FROM pg_attribute AS column_
                  WHERE column_.attrelid = (SELECT class.oid {target}) AND column_.attname = {sequence}
                    AND column_.atttypid = 'bigint'::regtype AND NOT column_.attisdropped) AS numbered,
                 coalesce(({image_columns}) = ({target_columns}), false)
                   AND EXISTS (SELECT {images} AND class.relpersistence = 'p' AND NOT row_security_active(class.oid)
                                 AND has_table_privilege(class.oid, 'INSERT'))
                   AND NOT EXISTS (SELECT FROM pg_rewrite WHERE ev_type = '4' AND ev_enabled <> 'D'
                                      AND ev_class = (SELECT class.oid {target}))
                   AS keeps
        ) AS past
        """,
        numbered=NUMBERED_VARIABLE,
        keeps=KEEPS_VARIABLE,
        column=literal(f', "{LOAD_SEQUENCE}"'),
        value=literal(f", {NUMBER}"),
        number_column=NUMBER_COLUMN_VARIABLE,
        number=NUMBER_VARIABLE,
        target=_relation(spec.target.is_this),
        images=_relation(spec.images.is_this),
        sequence=literal(LOAD_SEQUENCE),
        image_columns=_columns(spec.images.is_this, beyond=1),
        target_columns=_columns(spec.target.is_this),
    )


def _relation(is_this: str) -> str:
    return compose(
        "FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace"
        " WHERE class.relkind IN ('r', 'p') AND {is_this}",
        is_this=is_this,
    )


def _columns(is_this: str, beyond: int = 0) -> str:
    """A query for names and types of a table's columns in their order, ``beyond`` its first ones; NULL without any."""
    return compose(
        """
        SELECT array_agg(format('%s %s', named.attname, named.type) ORDER BY named.attnum) FROM (
          SELECT attname, attnum, format_type(atttypid, atttypmod) AS type, row_number() OVER (ORDER BY attnum) AS place
          FROM pg_attribute
          WHERE attrelid = (SELECT class.oid {relation}) AND attnum > 0 AND NOT attisdropped
        ) AS named WHERE named.place > {beyond}
        """,
        relation=_relation(is_this),
        beyond=literal(beyond),
    )


def numbered(spec: LoadSpec) -> tuple[str, str]:
    """What an insert adds to its columns and to its values so that the rows name their load."""
    if spec.schemas.numbered is None:
        return f" :{NUMBER_COLUMN_VARIABLE}", f" :{NUMBER_VARIABLE}"
    return (f", {quote_identifier(LOAD_SEQUENCE)}", f", {NUMBER}") if spec.schemas.numbered else ("", "")


def shape(spec: LoadSpec) -> str:
    """An expression for a fingerprint of the table's columns: rows can only come back into a table of the same."""
    return compose("md5(({columns})::text)", columns=_columns(spec.target.is_this))


def keeping(spec: LoadSpec, delete: str) -> str:
    """``delete`` (of ``target``) with what it takes kept as images; its rows are counted all the same."""
    return compose(
        """
        WITH gone AS (
        {delete}
        RETURNING target.*
        )
        INSERT INTO {images} SELECT {number}, gone.* FROM gone
        """,
        delete=delete,
        images=spec.images.quoted,
        number=NUMBER,
    )
