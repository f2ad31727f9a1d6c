"""The page of trained models in a real browser: pictures, samples, and nothing run or fetched."""

from __future__ import annotations

import pytest
from trained_rows import CEILING, TCT, trained_rows

from wfgen.report.page import render_page
from wfgen.report.samples import SampleShown

pytest.importorskip("selenium", reason="selenium is not installed")
pytest.importorskip("matplotlib", reason="the extra `report` is not installed")

from browser import asked_for, open_browser
from selenium.webdriver.common.by import By

HOSTILE = (
    "name: </pre><script>document.title = 1</script><img src=x onerror='document.title = 2'>\n"
)
VERDICTS = {"parses": (True, ""), "lint-clean": (False, "<b>a rule</b>")}


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    opened = open_browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.quit()


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "page.html"
    samples = {
        arm: [SampleShown(text=HOSTILE, arm=arm, seed=0, verdicts=VERDICTS) for _ in range(2)]
        for arm in (TCT, CEILING)
    }
    path.write_text(render_page(trained_rows(), samples=samples), encoding="utf-8")
    browser.get_log("performance")  # of the empty page that it opens with
    browser.get(path.as_uri())
    assert asked_for(browser) == {path.as_uri()}
    assert browser.get_log("browser") == []
    return browser


def find(page, selector):
    return page.find_elements(By.CSS_SELECTOR, selector)


def test_findings_lead_and_every_picture_is_seen(page):
    sections = [section.get_attribute("id") for section in find(page, "main > section")]
    names = ("found", "summary", "by-documents", "by-flops", "by-seconds", "rungs")
    assert sections == [
        *(f"cpu-{name}" for name in names),
        "samples",
        "definitions",
        "cpu-provenance",
    ]
    pictures = find(page, ".plot.wide svg")
    assert len(pictures) == 4
    assert all(picture.is_displayed() for picture in pictures)
    assert all(picture.size["height"] > 100 for picture in pictures)


def test_samples_are_closed_open_by_a_click_and_are_text(page):
    closed = find(page, "#samples details")
    assert [each.find_element(By.TAG_NAME, "summary").text for each in closed] == [TCT, CEILING]
    texts = find(page, "#samples pre")
    assert not any(text.is_displayed() for text in texts)
    closed[0].find_element(By.TAG_NAME, "summary").click()
    assert [text.is_displayed() for text in texts] == [True, True, False, False]
    assert {text.get_attribute("textContent") for text in texts} == {HOSTILE}
    verdicts = closed[0].find_elements(By.CSS_SELECTOR, ".verdicts li")
    assert [each.text for each in verdicts[:2]] == ["✓ parses", "✗ lint-clean: <b>a rule</b>"]
    assert find(page, "#samples script, #samples img, #samples b") == []
    assert page.title == "Tokenizers compared"


def test_on_a_phone_nothing_is_wider_than_the_screen(page):
    metrics = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        page.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
        assert page.execute_script("return document.documentElement.scrollWidth") <= 390
        assert all(picture.is_displayed() for picture in find(page, ".plot.narrow"))
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
