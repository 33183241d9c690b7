"""The built wheel in a fresh environment, away from any checkout: the console script, and a user's own domains."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fixtures.runs import Office

pytestmark = pytest.mark.long

_ROOT = Path(__file__).resolve().parents[1]
_README = (_ROOT / "README.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Installed:
    """The fresh environment's ``workdatahub``, run in a folder of the user's own."""

    program: Path
    office: Office

    def __call__(self, *arguments: str, before: tuple[str, ...] = (), **environment: str) -> tuple[int, str, str]:
        """The exit code, stdout and stderr."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("WDH_", "PG", "LUIGI", "PYTHONPATH", "VIRTUAL_ENV"))
        }
        settings = {name: value for name, value in self.office.settings.items() if name != "LUIGI_CONFIG_PATH"}
        done = subprocess.run(
            [*before, str(self.program), *arguments],
            cwd=self.office.folder,
            env=inherited | settings | environment | {"PYTHONUTF8": "1"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``workdatahub`` of an environment into which the built wheel was installed; its libraries are this one's."""
    folder = tmp_path_factory.mktemp("installed")
    source = folder / "source"
    shutil.copytree(_ROOT / "workflows", source / "workflows", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "setup.py", "MANIFEST.in", "luigi.cfg", "README.md"):
        shutil.copy(_ROOT / name, source)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    _run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source))
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "fresh", symlinks=os.name != "nt")
    scheme = {"base": str(folder / "fresh"), "platbase": str(folder / "fresh")}
    scripts, packages = (Path(sysconfig.get_path(name, "venv", scheme)) for name in ("scripts", "purelib"))
    # The libraries that a registry would give. Files that lead to this checkout are not followed from there.
    (packages / "libraries.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    python = str(scripts / "python")
    _run(*pip, "--python", python, "install", "--no-deps", "--no-index", "--ignore-installed", str(wheel))
    where = _run(python, "-c", "import workflows; print(workflows.__file__)")
    assert Path(where.strip()).is_relative_to(packages), where
    return scripts / "workdatahub"


def _run(*command: str) -> str:
    # A PYTHONPATH would find the checkout first.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def installed(program: Path, office: Office) -> Installed:
    return Installed(program, office)


def own_domain(office: Office) -> Path:
    """The README's domain and its entry in a folder of the user's own, and a workbook of it."""
    folder = office.folder / "ours"
    folder.mkdir()
    module, entry = (
        re.search(rf"<!-- domain:{name} -->\n```\w*\n(.*?)```", _README, re.DOTALL) for name in ("module", "catalogue")
    )
    assert module and entry
    (folder / "management_fee.py").write_text(module[1], encoding="utf-8")
    (folder / "data_sources.yml").write_text(f"domains:\n{entry[1]}", encoding="utf-8")
    office.settings["WDH_DOMAINS_DIR"] = str(folder)
    office.workbook("2024年11月管理费.xlsx", 11, [["2024-11", "P1", 12.5]], ["报告期", "计划代码", "管理费"])
    return folder


def test_the_version_is_the_changelogs(installed: Installed) -> None:
    newest = re.search(r"^## ([\d.]+)", (_ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    code, said, _ = installed("--version")
    assert (code, re.sub(r"\.dev0", "", said)) == (0, f"workdatahub {newest[1]}\n")


def test_the_shipped_domains_and_their_lists_are_in_the_wheel(installed: Installed) -> None:
    code, said, errors = installed("check")
    assert (code, errors) == (0, ""), said
    assert "annuity_performance: ok" in said


def test_a_plan_is_made_with_this_projects_luigi_settings(installed: Installed) -> None:
    installed.office.workbook("2024年11月受托业绩报告.xlsx", 11)
    code, said, errors = installed("plan", "--domain", "trustee_performance")
    assert (code, "Outcome: planned" in said) == (0, True), errors
    assert "DEBUG" not in errors and "INFO: read 2024年11月受托业绩报告.xlsx" in errors


def test_a_failure_exits_with_the_runs_own_code(installed: Installed) -> None:
    assert installed("load", "--domain", "trustee_performance")[0] == 30
    assert installed("plan", "--domain", "trustee_performance", "--scheduler", "127.0.0.1:1")[0] == 35


def test_systemd_and_cron_get_the_code_through_a_shell(installed: Installed) -> None:
    assert installed("load", "--domain", "trustee_performance", before=("sh", "-c", 'exec "$@"', "sh"))[0] == 30


def test_a_users_own_domain_is_checked_planned_loaded_and_listed(installed: Installed, database: str) -> None:
    office = installed.office
    own_domain(office)
    office.settings["WDH_DATABASE__URI"] = database
    assert installed("schema", "--domain", "management_fee")[0] == 0
    code, said, _ = installed("check")
    assert (code, "management_fee: ok" in said) == (0, True), said
    assert "2024年11月管理费.xlsx" in installed("discover", "--domain", "management_fee")[1]
    for command, outcome in (("plan", "planned"), ("compare", "planned"), ("load", "loaded"), ("load", "unchanged")):
        code, said, errors = installed(command, "--domain", "management_fee")
        assert (code, f"Outcome: {outcome}\n" in said) == (0, True), said + errors
    plan = office.newest("plans/*/*/plan.json")
    assert "Outcome: planned" in installed("show-plan", str(plan))[1]
    assert "2024年11月管理费.xlsx" in installed("history", "--domain", "management_fee")[1]
    assert installed("status", "--domain", "management_fee")[0] == 0


def test_a_saved_plan_is_verified_and_applied(installed: Installed, database: str) -> None:
    office = installed.office
    own_domain(office)
    office.settings["WDH_DATABASE__URI"] = database
    installed("schema", "--domain", "management_fee")
    installed("compare", "--domain", "management_fee")
    plan = shutil.copy(office.newest("plans/*/*/plan.json"), office.folder / "approved.json")
    for command, outcome in (("verify", "verified"), ("apply", "loaded")):
        code, said, errors = installed(command, "--plan-file", str(plan))
        assert (code, f"Outcome: {outcome}\n" in said) == (0, True), said + errors


def test_changing_an_own_domain_reads_its_workbooks_anew(installed: Installed) -> None:
    office = installed.office
    module = own_domain(office) / "management_fee.py"
    installed("plan", "--domain", "management_fee")
    installed("plan", "--domain", "management_fee")
    assert len(office.processed()) == 1
    module.write_text(module.read_text(encoding="utf-8") + "\n# another thought\n", encoding="utf-8")
    installed("plan", "--domain", "management_fee")
    assert len(office.processed()) == 2


def test_an_own_domain_that_cannot_be_imported_is_named_with_its_line(installed: Installed) -> None:
    module = own_domain(installed.office) / "management_fee.py"
    module.write_text("import nothing_of_that_name\n", encoding="utf-8")
    code, said, errors = installed("check")
    assert (code, "Traceback" in said + errors) == (1, False)
    assert "management_fee.py:1: 模块无法导入 / cannot be imported: ModuleNotFoundError" in said
    code, said, errors = installed("plan", "--domain", "management_fee")
    assert (code, "Traceback" in said + errors, "management_fee.py:1: " in said) == (30, False, True)


def test_a_folder_of_domains_that_is_not_there_is_a_wrong_setting(installed: Installed) -> None:
    code, _, errors = installed("check", WDH_DOMAINS_DIR="nowhere")
    assert (code, "WDH_DOMAINS_DIR: 没有这个文件夹" in errors, errors.count("\n")) == (1, True, 1)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (("plann",), "plan"),
        (("plan", "--maxfiles", "2"), "--max-files"),
        (("load", "--exceptt=1"), "--accept"),
        (("history", "--domian", "x"), "--domain"),
        (("discover", "--perod=2024-01", "--domain", "x"), "--period"),
    ],
)
def test_a_typing_error_is_one_line_with_the_nearest_right_one(
    installed: Installed, typed: tuple[str, ...], meant: str
) -> None:
    code, said, errors = installed(*typed)
    assert (code, said, errors.count("\n")) == (2, "", 1)
    assert f"did you mean {meant}?" in errors


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("workdatahub pl", ["plan "]),
        ("workdatahub plan --max-f", ["--max-files "]),
        ("workdatahub plan --domain man", ["management_fee "]),
        ("workdatahub load --mode ap", ["append "]),
        ("workdatahub history --li", ["--limit "]),
    ],
)
def test_a_shell_completes_commands_flags_and_domains(
    installed: Installed, tmp_path: Path, line: str, wanted: list[str]
) -> None:
    own_domain(installed.office)
    found = tmp_path / "completions"
    code, _, errors = installed(
        _ARGCOMPLETE="1",
        _ARGCOMPLETE_SHELL="bash",
        _ARGCOMPLETE_IFS="\n",
        _ARGCOMPLETE_STDOUT_FILENAME=str(found),
        COMP_LINE=line,
        COMP_POINT=str(len(line)),
        COMP_TYPE="9",
    )
    assert (code, found.read_text().splitlines()) == (0, wanted), errors


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_of_a_shell_is_printed(installed: Installed, shell: str) -> None:
    code, said, _ = installed("completion", shell)
    assert (code, "workdatahub" in said) == (0, True)
