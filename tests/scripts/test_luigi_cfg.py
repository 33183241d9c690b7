"""luigi.cfg holds only what Luigi reads: a misspelt option would be silently ignored."""

from __future__ import annotations

import configparser
from pathlib import Path

import luigi
import luigi.interface
import luigi.retcodes
import luigi.scheduler
import luigi.worker
import pytest

_SECTIONS: dict[str, type[luigi.Config]] = {
    "core": luigi.interface.core,
    "retcode": luigi.retcodes.retcode,
    "worker": luigi.worker.worker,
    "scheduler": luigi.scheduler.scheduler,
}
# luigi.rpc reads these from [core] without declaring them.
_READ_BY_RPC = {"rpc_retry_attempts", "rpc_retry_wait", "rpc_log_retries"}


@pytest.fixture(scope="module")
def config() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(Path(__file__).parents[2] / "luigi.cfg", encoding="utf-8")
    return parser


def test_every_section_is_one_of_luigis(config: configparser.ConfigParser) -> None:
    assert set(config.sections()) == set(_SECTIONS)


@pytest.mark.parametrize("section", _SECTIONS)
def test_every_option_is_one_that_luigi_reads(config: configparser.ConfigParser, section: str) -> None:
    known = {name for name, value in vars(_SECTIONS[section]).items() if isinstance(value, luigi.Parameter)}
    if section == "core":
        known |= _READ_BY_RPC
    assert {option.replace("-", "_") for option in config[section]} <= known


def test_every_failure_has_its_own_exit_code(config: configparser.ConfigParser) -> None:
    codes = [int(code) for code in config["retcode"].values()]
    assert len(codes) == 6 and len(set(codes)) == 6 and 0 not in codes
