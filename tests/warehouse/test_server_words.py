"""What the server says stands below what we say of it: no sentence of its own is what an analyst has to read."""

from __future__ import annotations

import re

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.warehouse.failures import translated

_KEPT = "CREATE TEMPORARY TABLE kept (a int PRIMARY KEY, b int CHECK (b > 0), c varchar(2) NOT NULL); "


@pytest.mark.parametrize(
    ("statement", "said", "server"),
    [
        ("TABLE nowhere", "数据库中缺少所需的表或模式; 请运行 make schema / what is needed is not there", "nowhere"),
        ("SELECT d FROM kept", "表中没有所需的列; make schema ALTER=1 可补上 / the table lacks a column", '"d"'),
        ("INSERT INTO kept VALUES (1, 1, 'a'), (1, 1, 'b')", "唯一约束不允许重复的键 / a unique", "Key (a)=(1)"),
        ("INSERT INTO kept VALUES (1, 0, 'a')", "表的检查约束不允许这样的行 / a check constraint", "kept_b_check"),
        ("INSERT INTO kept VALUES (1, 1, NULL)", "列 c 不能为空 / column c must not be empty", '"c"'),
        ("DO $$BEGIN RAISE 'not today'; END$$", "触发器或函数拒绝了此操作 / a trigger or function", "not today"),
        ("SELEC", "SQL 语句写法有误 / the SQL is not written rightly", "SELEC"),
        ("SET wdh = 1", "数据库拒绝了此操作 (SQLSTATE 42704) / the database refused this", "wdh"),
    ],
)
def test_the_server_is_quoted_on_a_line_of_its_own(
    connection: Connection, statement: str, said: str, server: str
) -> None:
    with connection.cursor() as cursor, pytest.raises(psycopg2.Error) as caught:
        cursor.execute(_KEPT + statement)
    ours, its = str(translated(caught.value, "load", "kept")).split("\n")
    assert said in ours and re.search(r"exist|violat|syntax|unrecognized", ours) is None
    assert its.startswith("PostgreSQL: ") and server in its


def test_a_value_that_its_column_cannot_take_is_never_quoted(connection: Connection) -> None:
    with connection.cursor() as cursor, pytest.raises(psycopg2.Error) as caught:
        cursor.execute(_KEPT + "INSERT INTO kept VALUES (1, 1, 'secret')")
    assert str(translated(caught.value, "load")) == "load: 文本超过列的长度 / a text is too long for its column"
