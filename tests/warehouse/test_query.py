"""The operator's query for the index of companies: it reads, and can do nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812
from pydantic import SecretStr

from tests.fixtures.loads import content
from workflows.companies.index import FetchedRow
from workflows.errors import CompanyIndexError, DataWarehouseLoaderError
from workflows.runs.fetch_index import from_query
from workflows.settings import DatabaseSettings, Settings
from workflows.warehouse.query import queried_companies


@pytest.fixture
def settings(connection: Connection, database: str) -> Settings:
    """A database with a table of companies."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE companies (id integer, name text)")
        cursor.execute("INSERT INTO companies VALUES (1, '甲公司%'), (NULL, '乙{公司}')")
    connection.commit()
    return Settings(database=DatabaseSettings(uri=SecretStr(database)))


QUERY = "SELECT 'customer_name' AS kind, name AS key, id AS company_id FROM companies ORDER BY name DESC; -- 全部\n"


def test_what_the_query_finds_are_the_rows_of_an_index(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "companies.sql").write_text(QUERY.replace("; --", " --"), encoding="utf-8")
    fetched = from_query(tmp_path / "companies.sql", settings)
    assert fetched.rows == [
        FetchedRow(1, "customer_name", "甲公司%", "1"),
        FetchedRow(2, "customer_name", "乙{公司}", ""),
    ]
    assert fetched.source.startswith("companies.sql of postgresql://")


def test_a_semicolon_at_the_end_does_not_matter(settings: Settings) -> None:
    assert len(queried_companies(settings.database, QUERY.partition("--")[0])) == 2


@pytest.mark.parametrize(
    "query",
    [
        "WITH gone AS (DELETE FROM companies RETURNING *) SELECT 'a' AS kind, name AS key, id AS company_id FROM gone",
        "DELETE FROM companies",
        "SELECT 1; DELETE FROM companies",
        "SELECT 'plan_code' AS kind, name AS key, setval('s', 1) AS company_id FROM companies",
        "",
    ],
)
def test_a_query_that_is_no_select_is_refused_and_changes_nothing(
    settings: Settings, connection: Connection, query: str
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE s")
    connection.commit()
    with pytest.raises(DataWarehouseLoaderError, match="fetch-index: "):
        queried_companies(settings.database, query)
    assert content(connection, "SELECT count(*) FROM companies") == [("2",)]
    assert content(connection, "SELECT is_called FROM s") == [("False",)]


def test_a_function_that_writes_is_refused_as_such(settings: Settings, connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE s")
    connection.commit()
    query = "SELECT 'plan_code' AS kind, name AS key, setval('s', 1) AS company_id FROM companies"
    with pytest.raises(DataWarehouseLoaderError, match="the query would change something; a SELECT wanted"):
        queried_companies(settings.database, query)


def test_a_query_without_the_columns_is_refused_by_their_names(settings: Settings) -> None:
    with pytest.raises(DataWarehouseLoaderError, match="company_id"):
        queried_companies(settings.database, "SELECT 'a' AS kind, name AS key FROM companies")


def test_a_query_file_that_cannot_be_read_is_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(CompanyIndexError, match=r"missing\.sql: 无法读取 / cannot be read"):
        from_query(tmp_path / "missing.sql", settings)
