"""luigid's own page in a real browser, while and after runs."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import emulate, picture
from selenium.webdriver.support.ui import WebDriverWait

from tests.fixtures.runs import Office

pytestmark = pytest.mark.browser
_HOSTILE = "<img src=x onerror=\"document.title='taken'\">"


def opened(chrome: Any, scheduler: tuple[str, ...], tasks: int, tab: str = "") -> Any:
    """The task list, once ``tasks`` of them are shown (the page of a moment ago may still be there: ask anew)."""
    emulate(chrome)
    chrome.get("about:blank")
    chrome.get(f"http://127.0.0.1:{scheduler[-1]}/static/visualiser/index.html{tab}")
    WebDriverWait(chrome, 30).until(
        lambda page: len(page.find_elements("css selector", "#taskTable tbody tr")) >= tasks
    )
    return chrome


def rows(page: Any) -> list[str]:
    return [row.text for row in page.find_elements("css selector", "#taskTable tbody tr")]


def test_a_load_is_seen_done_with_file_names_and_messages(
    chrome: Any, office_with_database: Office, scheduler: tuple[str, ...], pictures: Path
) -> None:
    office = office_with_database
    office.workbook("2024年11月受托业绩报告.xlsx", 11, [("P1", 100.0), (None, 5.0), ("P3", 7.0)])
    office.workbook("2024年10月受托业绩报告.xlsx", 10)
    done = office.run("--execute", "--max-files", "2", "--accept-rejects", "1", scheduler=scheduler)
    assert done.outcome == "loaded", done.err
    page = opened(chrome, scheduler, 5)
    picture(page, pictures / "scheduler.png")
    shown = rows(page)
    assert len([row for row in shown if "DONE" in row]) == 5
    assert [row for row in shown if "file=2024年11月受托业绩报告.xlsx, chosen=2024-11 V1" in row]
    messages: dict[str, list[str]] = {}
    for row in page.find_elements("css selector", "#taskTable tbody tr"):
        name = row.find_elements("css selector", "td")[1].text
        # The page's own buttons may lie under its moving side bar.
        page.execute_script("arguments[0].click()", row.find_element("css selector", "button.statusMessage"))
        text = WebDriverWait(page, 30).until(
            lambda page: page.find_element("css selector", "#statusMessageModal pre").text
        )
        messages.setdefault(name, []).append(text)
        page.execute_script("$('#statusMessageModal').modal('hide'); $('.modal-backdrop').remove()")
        WebDriverWait(page, 30).until(
            lambda page: not page.find_element("css selector", "#statusMessageModal").is_displayed()
        )
    assert sorted(text.splitlines()[0] for text in messages["ProcessFile"]) == [
        "2024-10 V1: 2 rows, 2 records, 0 rejected",
        "2024-11 V1: 3 rows, 2 records, 1 rejected",
    ]
    (load,) = messages["LoadWarehouse"]
    assert load.startswith("loaded: 4 records, 1 rejected rows\nreport: receipts/")
    assert (office.output / load.partition("report: ")[2]).is_file()


@pytest.fixture
def our_scheduler(office: Office) -> Iterator[tuple[str, ...]]:
    """The flags that reach the luigid of ``make scheduler``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    daemon = office.begin("python", "-m", "workflows.telling", "scheduler", "--port", port)
    for _ in range(300):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", int(port))) == 0:
                break
        time.sleep(0.1)
    yield "--scheduler-host", "127.0.0.1", "--scheduler-port", port
    daemon.terminate()
    daemon.communicate()


def test_the_graph_tells_the_tasks_of_a_run_apart(
    chrome: Any, office: Office, our_scheduler: tuple[str, ...], pictures: Path
) -> None:
    scheduler = our_scheduler
    office.workbook("2024年10月受托业绩报告.xlsx", 10)
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    office.run("--max-files", "2", scheduler=scheduler)
    page = opened(chrome, scheduler, 5)
    root = page.execute_script(
        "return $('#taskTable').DataTable().rows().data().toArray().find(t => t.taskName == 'LoadDomain').taskId"
    )
    opened(chrome, scheduler, 0, f"#tab=graph&taskId={root}")
    nodes = WebDriverWait(page, 30).until(
        lambda page: page.find_elements("css selector", "#graphContainer svg g.node, #graphContainer svg circle")
    )
    picture(page, pictures / "scheduler-graph.png")
    assert len(nodes) >= 5
    names = [name.text for name in page.find_elements("css selector", "#graphContainer svg a text")]
    assert sorted(names)[3:] == [f"ProcessFile 2024-{month} V1 2024年{month}月受托业绩报告.xlsx" for month in (10, 11)]
    assert sorted(names)[2] == "LoadWarehouse 2024-10..2024-11 trustee_perf…"


def test_a_failed_run_says_why_and_runs_no_script(
    chrome: Any, office: Office, scheduler: tuple[str, ...], pictures: Path
) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    assert office.run("--sheet", _HOSTILE, scheduler=scheduler).code == 30
    page = opened(chrome, scheduler, 4)
    page.execute_script("arguments[0].click()", page.find_element("css selector", "#taskTable button.showError"))
    text = WebDriverWait(page, 30).until(lambda page: page.find_element("css selector", "#errorModal pre").text)
    picture(page, pictures / "scheduler-error.png")
    assert "2024年11月受托业绩报告.xlsx: 没有工作表" in text and "no sheet" in text
    assert "Traceback" not in text
    assert page.title != "taken"


def test_no_password_reaches_the_page(chrome: Any, office: Office, scheduler: tuple[str, ...]) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    secret = "postgresql://loader:very-secret@127.0.0.1:1/nowhere"
    assert office.run("--execute", scheduler=scheduler, WDH_DATABASE__URI=secret).code == 30
    page = opened(chrome, scheduler, 1)
    answer = page.execute_async_script(
        "const done = arguments[0]; const data = encodeURIComponent(JSON.stringify({status: '', upstream_status: '',"
        " search: ''})); fetch('/api/task_list?data=' + data).then(r => r.text()).then(done)"
    )
    assert "LoadWarehouse" in answer
    assert "very-secret" not in answer
