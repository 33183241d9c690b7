"""Refusals that the server itself raises, so that psql and the loader enforce the same (pure)."""

from __future__ import annotations

from workflows.errors import Words
from workflows.plan.identifiers import compose, dollar_quoted, literal

GUARD_TRIPPED = "WDH01"
ALREADY_LOADED = "WDH02"
BATCH_REFUSED = "WDH03"
PLAN_BLOCKED = "WDH04"
ALREADY_APPLIED = "WDH05"
TABLE_MISFIT = "WDH06"
LOAD_HIDDEN = "WDH07"
KEYS_REPEATED = "WDH08"
UNDO_REFUSED = "WDH09"
"""SQLSTATEs of our own, in a class (WD) that PostgreSQL does not use."""


def refuse(sqlstate: str, message: str) -> str:
    """The PL/pgSQL statement that ends the transaction; ``message`` is an SQL expression."""
    return compose(
        "RAISE EXCEPTION USING ERRCODE = {state}, MESSAGE = {message};", state=literal(sqlstate), message=message
    )


def worded(chinese: str, english: str) -> str:
    """What the server is to say, as an SQL literal: a whole text, or one for ``format`` with its ``%1$s``."""
    return literal(str(Words(chinese, english)))


def refuse_if(sqlstate: str, query: str) -> str:
    """Ends the transaction with the text that ``query`` yields, unless that is none or NULL.

    The query stands outside of the block so that psql fills in its variables, which it does not between dollar quotes.
    """
    raising = compose(
        """
        DECLARE
          reason text;
        BEGIN
          SELECT message INTO reason FROM pg_temp.wdh_refusal WHERE message IS NOT NULL LIMIT 1;
          IF FOUND THEN
            {refusal}
          END IF;
        END
        """,
        refusal=refuse(sqlstate, "reason"),
    )
    return compose("INSERT INTO pg_temp.wdh_refusal\n{query};\n{block}", query=query, block=do_block(raising))


def do_block(body: str) -> str:
    """``body`` (PL/pgSQL) as one statement."""
    return compose("DO {body}", body=dollar_quoted(body))


def refuse_at_once(sqlstate: str, message: str) -> str:
    """A statement that does nothing but refuse with the text ``message``."""
    return do_block(compose("BEGIN\n{refusal}\nEND", refusal=refuse(sqlstate, literal(message))))
