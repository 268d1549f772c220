"""The report as its reader meets it: opened from a disk in a headless Chromium, with neither kernel nor network."""

from __future__ import annotations

from pathlib import Path

import pytest

import bargein as bi
from pages import LATE, hostile


@pytest.mark.slow
def test_it_is_opened_looked_at_heard_and_printed(chromium, lab, tmp_path):
    """Zoom, step, hover and play by keyboard and pointer; no error, no request; printed it holds the still picture."""
    page_file = bi.report(LATE, tmp_path / "late.html")
    errors, requests = [], []
    with lab.browser(chromium) as opened:
        page = opened.new_page(viewport={"width": 1_240, "height": 1_000})
        page.on("console", lambda said: errors.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda r: requests.append(r.url))
        page.goto(page_file.as_uri())
        widget = page.locator("[data-drawn]")
        widget.wait_for()
        canvas = widget.locator(".stage > canvas")
        before = canvas.screenshot()
        canvas.focus()
        for key in ("+", "+", "n"):
            page.keyboard.press(key)
        widget.locator(".shown", has_text="events.jsonl:").wait_for()
        assert "input_audio_buffer.speech_started" in widget.locator(".shown").text_content()
        page.wait_for_timeout(300)
        assert before != canvas.screenshot()
        widget.locator("select").first.select_option("findings")
        canvas.focus()
        page.keyboard.press("n")
        widget.locator(".shown", has_text="remedy:").wait_for()
        page.keyboard.press("Home")
        start = widget.locator(".where").text_content()
        page.keyboard.press(" ")
        page.wait_for_function("s => document.querySelector('.where').textContent > s", arg=start)
        page.keyboard.press(" ")
        page.keyboard.press("a")  # a label needs a kernel, and that is said
        widget.locator(".says", has_text="this page has no kernel").wait_for()
        assert not page.locator("input[placeholder=annotator]").is_visible()
        assert 20 < page.evaluate("() => document.querySelector('audio').duration") < 30
        page.emulate_media(media="print")
        assert not canvas.is_visible()
        assert page.locator(".only-print img").first.is_visible()
        assert not page.locator("nav").is_visible()
        wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
    assert [] == errors
    assert [page_file.as_uri()] == [url for url in requests if not url.startswith("data:")]


@pytest.mark.slow
def test_nothing_in_it_is_executed(chromium, lab, tmp_path):
    """Names, types and transcripts that would be markup are told as text; a script that gets in is refused."""
    page_file = bi.report(bi.load(hostile(tmp_path)), tmp_path / "page.html")
    errors: list[str] = []
    with lab.browser(chromium) as opened:
        page = opened.new_page(viewport={"width": 1_240, "height": 1_000})
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.goto(page_file.as_uri())
        page.locator("[data-drawn]").wait_for()
        assert "</script><img" in page.locator("h1").text_content()
        canvas = page.locator("[data-drawn] .stage > canvas")
        canvas.focus()
        page.keyboard.press("n")
        page.locator(".shown", has_text="events.jsonl").wait_for()
        assert page.evaluate("() => window.pwned") is None
        assert [] == errors
        page.evaluate("() => { const s = document.createElement('script'); s.textContent = 'window.pwned = 2'; "
                      "document.body.append(s); }")  # fmt: skip
        assert page.evaluate("() => window.pwned") is None
        assert any("Content Security Policy" in said for said in errors)


def test_both_themes_can_be_read(chromium, lab, tmp_path):
    """After dark the page and the timeline in it turn dark together."""
    page_file = bi.report(Path(LATE), tmp_path / "late.html", policies=["keyed"])
    with lab.browser(chromium) as opened:
        page = opened.new_page(viewport={"width": 1_240, "height": 1_000}, color_scheme="dark")
        page.goto(page_file.as_uri())
        page.locator("[data-drawn]").wait_for()
        page.screenshot(path=tmp_path / "dark.png")
        paper, ink = (page.evaluate(f"() => getComputedStyle(document.querySelector('{where}')).{what}")
                      for where, what in (("body", "backgroundColor"), (".bargein-timeline", "color")))  # fmt: skip
    assert "rgb(13, 17, 23)" == paper
    assert "rgb(255, 255, 255)" == ink
