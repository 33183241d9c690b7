"""luigid for this machine, with its page."""

from __future__ import annotations

import functools
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from workflows import outputs
from workflows.errors import ParameterError, reason_of
from workflows.telling.console import say

_ADDRESS = "127.0.0.1"


def serve(port: int, folder: Path) -> None:
    """Be luigid on this machine's own address until it is stopped; its state and log lie in ``folder``.

    Raises ParameterError if the port cannot be had, OutputError if the folder cannot.
    """
    _check_port(port)
    outputs.make_folder(folder)
    # Its files tell what workbooks are called; it has no setting for who may read them.
    os.umask(0o077)
    say(f"调度器 / luigid on http://{_ADDRESS}:{port}; use it with: make plan SCHEDULER={_ADDRESS}:{port}")
    from luigi import server
    from luigi.cmdline import luigid

    cast(Any, server).app = functools.partial(_labelled, server.app)
    flags = {"--address": _ADDRESS, "--port": port, "--state-path": folder / "state.pickle", "--logdir": folder}
    cast(Any, luigid)([str(word) for flag in flags.items() for word in flag])


def _labelled(app: Callable[[Any], Any], scheduler: object) -> Any:
    """luigid's own pages, in whose graphs nodes say which file and month they are of."""
    from luigi import server
    from tornado.web import RequestHandler

    theirs = Path(server.__file__).parent / "static" / "visualiser" / "js" / "graph.js"
    script = theirs.read_bytes() + Path(__file__).with_name("scheduler_graph.js").read_bytes()

    class Graph(RequestHandler):
        def get(self) -> None:
            self.set_header("Content-Type", "text/javascript; charset=utf-8")
            self.finish(script)

    application = app(scheduler)
    application.add_handlers(".*", [(r"/static/visualiser/js/graph\.js", Graph)])
    return application


def _check_port(port: int) -> None:
    with socket.socket() as trial:
        if os.name == "posix":
            # As luigid does: a port whose last connections are still ending can be had.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((_ADDRESS, port))
        except (OSError, OverflowError) as error:
            reason = reason_of(error)
            raise ParameterError(
                f"端口 {port} 无法使用 / port {port} of this machine cannot be had: {reason}. If a luigid runs there "
                f"already (http://{_ADDRESS}:{port}), use it: make plan SCHEDULER={_ADDRESS}:{port}; else choose "
                f"another port: make scheduler SCHEDULER={_ADDRESS}:{port + 1}"
            ) from None
