"""JupyterLab, or Notebook 7, in a headless Chromium, for the browser tests and for the screenshots of the docs.

Nothing of the user's is read or written: the server's settings, data and workspaces live in a folder that is given.
Nothing leaves the machine: the browser resolves no other host than this one.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: Those of `make lab`. The pop-up with Jupyter's news asks the network; ``LabApp.news_url=None`` does not keep it away.
SETTINGS = Path(__file__).resolve().parents[1] / "notebooks" / "lab-settings.json"
#: Package that is run: the name of its settings, the place of a notebook below the server's address.
PAGES = {"jupyterlab": ("LabApp", "lab/tree"), "notebook": ("JupyterNotebookApp", "notebooks")}
CHROMIUM = [
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-domain-reliability", "--disable-sync", "--no-first-run",
    "--disable-default-apps", "--disable-extensions", "--disable-client-side-phishing-detection",
    "--metrics-recording-only", "--disable-breakpad",
    "--disable-features=Translate,OptimizationHints,MediaRouter,AutofillServerCommunication",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]  # fmt: skip
#: Before the session context is ready the status reads "idle" already; running then asks for a kernel for ever.
READY = """async () => { const app = window.jupyterapp; await app.restored; const n = app.shell.currentWidget;
  await n.context.ready; await n.sessionContext.ready; await n.sessionContext.session.kernel.info; }"""
#: Not awaited: the promise of a command may never settle.
RUN_ALL = "() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
#: Cells of the notebook that have not run to their end.
OPEN = """() => { const cells = window.jupyterapp.shell.currentWidget.content.widgets.map(w => w.model);
  return cells.filter(m => m.type === 'code' && !m.executionCount).length; }"""
SECONDS = 60


@contextmanager
def server(root: Path, home: Path, env: dict[str, str] | None = None, run: str = "jupyterlab") -> Iterator[str]:
    """Run one of :data:`PAGES` on ``root`` and give its page's address, token inside, up to the notebook's name."""
    app, place_of = PAGES[run]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    config = home / "config"
    (config / "labconfig").mkdir(parents=True)
    (config / "labconfig" / "default_setting_overrides.json").write_bytes(SETTINGS.read_bytes())
    places = {"JUPYTER_CONFIG_DIR": config, "JUPYTER_DATA_DIR": home / "data", "JUPYTER_RUNTIME_DIR": home / "runtime",
              "IPYTHONDIR": home / "ipython", "JUPYTERLAB_SETTINGS_DIR": home / "settings",
              "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces"}  # fmt: skip
    command = [sys.executable, "-m", run, "--no-browser", "--ip=127.0.0.1", f"--port={port}",
               "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={root}",
               f"--{app}.expose_app_in_browser=True"]  # fmt: skip
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with (home / "server.log").open("w", encoding="utf-8") as log:
        around = {**os.environ, **{name: str(place) for name, place in places.items()}, **(env or {})}
        running = subprocess.Popen(command, env=around, stdout=log, stderr=log, start_new_session=True)
        try:
            _wait(running, f"http://127.0.0.1:{port}/api?token={token}", home / "server.log")
            yield f"http://127.0.0.1:{port}/{place_of}/{{notebook}}?token={token}"
        finally:
            os.killpg(running.pid, signal.SIGTERM)  # its own session: the server and its kernels, nothing else
            try:
                running.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)
                running.wait()


def _wait(running: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and running.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"The server did not start:\n{log.read_text(encoding='utf-8')[-2_000:]}")


@contextmanager
def browser(chromium: Path | str | None = None) -> Iterator[Any]:
    """Give a headless Chromium of this machine; none is ever downloaded."""
    from playwright.sync_api import sync_playwright

    path = chromium or shutil.which("chromium")
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=str(path), headless=True, args=CHROMIUM)
        try:
            yield running
        finally:
            running.close()


def write_notebook(path: Path, *cells: str) -> None:
    """Write a notebook of code cells, with the kernel named: a page would ask for it, and wait."""
    import nbformat

    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata={"kernelspec": kernel}), path)


def wear(home: Path, theme: str) -> None:
    """Let JupyterLab start with a theme, such as ``JupyterLab Dark``."""
    folder = home / "settings" / "@jupyterlab" / "apputils-extension"
    folder.mkdir(parents=True)
    (folder / "themes.jupyterlab-settings").write_text(json.dumps({"theme": theme}), encoding="utf-8")


def run_notebook(opened: Any, address: str, notebook: str, *, width: int = 1_240, height: int = 1_000,
                 scale: float = 1.0, errors: list[str] | None = None) -> Any:  # fmt: skip
    """Open a notebook, run all its cells and give the page when the last one is done; its errors go into a list."""
    page = opened.new_page(viewport={"width": width, "height": height}, device_scale_factor=scale)
    if errors is not None:
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_default_timeout(SECONDS * 1_000)
    page.goto(address.format(notebook=notebook))
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
    page.evaluate(READY)
    page.evaluate(RUN_ALL)
    page.wait_for_function(f"() => ({OPEN})() === 0")
    return page


def restart(page: Any) -> None:
    """Restart the kernel of the notebook that is open, forget what it showed, and run all cells again."""
    page.evaluate(
        "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart(); }"
    )
    page.evaluate("async () => { await window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs'); }")
    page.wait_for_function(f"() => ({OPEN})() > 0")
    page.evaluate(READY)
    page.evaluate(RUN_ALL)
    page.wait_for_function(f"() => ({OPEN})() === 0")


def python(page: Any, expression: str) -> str:
    """What Python prints of an expression, asked in a cell of its own below the one that is active."""
    mark = f"END{page.locator('.jp-OutputArea-output', has_text='END').count()}"
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:insert-cell-below'); }")
    page.wait_for_timeout(300)
    page.keyboard.press("Enter")
    page.keyboard.type(f'print({expression}, "{mark}")')
    page.keyboard.press("Shift+Enter")
    found = page.locator(".jp-OutputArea-output", has_text=mark)
    found.wait_for()
    return str(found.text_content()).strip().removesuffix(mark).strip()


def press(page: Any, slider: str, key: str, times: int = 1) -> None:
    """Press a key on a slider of the tuner, named by its setting, as somebody without a mouse would."""
    handle = page.locator(f'.bargein-tuner .row[data-name="{slider}"] input[type="range"]')
    handle.focus()
    for _ in range(times):
        handle.press(key)


def answered(page: Any, label: str) -> None:
    """Wait until the tuner's numbers are those of a setting."""
    page.locator(f'.bargein-tuner[data-answered="{label}"][data-fresh="true"]').wait_for()


def see(page: Any, text: str) -> None:
    """Wait until a text stands in one of the notebook's widgets."""
    page.locator(".widget-html-content", has_text=text).first.wait_for()
