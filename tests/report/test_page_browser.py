"""The page in a real browser: it is looked at, clicked through, and listened to."""

from __future__ import annotations

from itertools import pairwise

import pytest

from wfgen.report.inspector import exhibit, pieces_of
from wfgen.report.page import render_page

selenium = pytest.importorskip("selenium", reason="selenium is not installed")
pytest.importorskip("matplotlib", reason="the extra `report` is not installed")

from browser import asked_for, open_browser  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.select import Select  # noqa: E402


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    opened = open_browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.quit()


@pytest.fixture(scope="module")
def file(tmp_path_factory, rows, contenders, documents):
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(render_page(rows, exhibit(contenders, documents)), encoding="utf-8")
    return path


@pytest.fixture
def page(browser, file):
    browser.get_log("performance")
    browser.get(file.as_uri())
    return browser


def find(page, selector):
    return page.find_elements(By.CSS_SELECTOR, selector)


def one(page, selector):
    (found,) = find(page, selector)
    return found


def panel(page, arm):
    return one(page, f'.panel[data-arm="{arm}"]')


def choose(page, name):
    select = Select(one(page, "#workflow"))
    option = next(o for o in select.options if o.text.startswith(f"{name} ("))
    select.select_by_value(option.get_attribute("value"))


def test_it_loads_without_an_error_and_asks_for_nothing_else(page, file):
    assert one(page, "#inspector").get_attribute("data-ready") == "yes"
    assert page.get_log("browser") == []
    assert asked_for(page) == {file.as_uri()}


def test_tables_and_figures_are_seen(page):
    for selector in ("#quick-summary table", ".plot.wide svg", ".panel", "h1", "pre.json"):
        element = find(page, selector)[0]
        assert element.is_displayed(), selector
        assert element.size["width"] > 100, selector
        assert element.size["height"] > 30, selector
    assert len(find(page, ".plot.wide svg")) == 3
    assert not any(e.is_displayed() for e in find(page, ".plot.narrow"))
    texts = {e.text for e in find(page, ".plot.wide text")}
    assert {"bytes", "o200k_base", "kinds"} <= texts


def test_a_chosen_workflow_is_cut_as_its_tokenizers_cut_it(page, contenders, documents):
    for document in (documents[2], documents[7]):
        choose(page, document.name)
        for contender in contenders[:3]:
            count = len(contender.tokenizer.encode(document.canonical))
            shown = panel(page, contender.arm)
            assert shown.find_element(By.CLASS_NAME, "count").text == f"{count} tokens"
            pieces = pieces_of(contender.tokenizer, document.canonical)
            assert len(shown.find_elements(By.CSS_SELECTOR, ".tokens .t")) == len(pieces)
        assert one(page, "pre.json").get_attribute("textContent") == document.canonical.decode()


def test_a_failed_contender_has_a_panel_with_its_error(page):
    assert panel(page, "<broken>").find_element(By.CLASS_NAME, "count").text == "failed"
    assert "it is | not <there>" in panel(page, "<broken>").text


def test_a_tokenizer_is_put_away_and_comes_back(page):
    box = one(page, '.chips input[value="bytes"]')
    for shown in (False, True):
        box.click()
        assert panel(page, "bytes").is_displayed() is shown
        assert panel(page, "kinds").is_displayed()


def test_pointing_at_a_token_says_what_it_is_and_marks_the_same_bytes(page, documents):
    choose(page, documents[1].name)
    panel(page, "bytes").find_elements(By.CSS_SELECTOR, ".t")[2].click()
    about = panel(page, "bytes").find_element(By.CLASS_NAME, "about")
    assert about.text.splitlines() == ["o", "token 111, number 3 · 1 byte"]
    (same,) = panel(page, "kinds").find_elements(By.CSS_SELECTOR, ".same")
    assert same.text == "o"
    (pair,) = panel(page, "o200k_base").find_elements(By.CSS_SELECTOR, ".same")
    assert pair.get_attribute("textContent") == "on"


def test_the_keys_go_from_token_to_token(page, documents):
    choose(page, documents[1].name)
    tokens = panel(page, "bytes").find_element(By.CLASS_NAME, "tokens")
    about = panel(page, "bytes").find_element(By.CLASS_NAME, "about")
    for key, number in (
        (Keys.HOME, 1),
        (Keys.ARROW_RIGHT, 2),
        (Keys.ARROW_RIGHT, 3),
        (Keys.ARROW_LEFT, 2),
        (Keys.ARROW_LEFT, 1),
        (Keys.ARROW_LEFT, 1),
        (Keys.END, len(documents[1].canonical)),
    ):
        tokens.send_keys(key)
        assert f"number {number} ·" in about.text
    active = tokens.get_attribute("aria-activedescendant")
    assert "at" in one(page, f"#{active}").get_attribute("class").split()


def test_a_split_character_is_shown_as_bytes(page, documents):
    choose(page, documents[2].name)
    raw = panel(page, "bytes").find_elements(By.CSS_SELECTOR, ".t.raw")
    assert [e.text for e in raw] == ["C3", "A9", "C3", "A9"]
    raw[0].click()
    assert "part of a character" in panel(page, "bytes").find_element(By.CLASS_NAME, "about").text


def test_kinds_are_named_and_a_forced_symbol_is_dim_and_no_token(page, contenders, documents):
    choose(page, documents[1].name)
    (forced,) = panel(page, "kinds").find_elements(By.CSS_SELECTOR, ".tokens .forced")
    assert forced.text == "forced-open"
    assert forced.value_of_css_property("background-color") == "rgba(0, 0, 0, 0)"
    muted = panel(page, "kinds").find_element(By.CLASS_NAME, "per").value_of_css_property("color")
    assert forced.value_of_css_property("color") == muted
    legend = panel(page, "kinds").find_elements(By.CSS_SELECTOR, ".kinds span")
    pieces = [p for p in pieces_of(contenders[2].tokenizer, documents[1].canonical) if p.text]
    num_keys = sum(p.kind == "key" for p in pieces)
    expected = [f"text {len(pieces) - num_keys}", f"key {num_keys}", "elided 1"]
    assert [e.text for e in legend] == expected
    assert "1 elided" in panel(page, "kinds").find_element(By.CLASS_NAME, "per").text
    one(page, "#by-kind").click()
    assert not panel(page, "kinds").find_element(By.CLASS_NAME, "kinds").is_displayed()


def test_kinds_have_colours_of_their_own_and_neighbours_of_one_kind_differ(page, documents):
    choose(page, documents[1].name)
    spans = panel(page, "kinds").find_elements(By.CSS_SELECTOR, ".tokens .t:not(.forced)")
    looks = [(e.get_attribute("data-c"), "odd" in e.get_attribute("class").split()) for e in spans]
    assert {colour for colour, _ in looks} == {"0", "4"}  # key and text
    assert all(a[1] != b[1] for a, b in pairwise(looks))
    shades = [e.value_of_css_property("background-image") for e in spans[:2]]
    assert shades[0] == "none"
    assert shades[1].startswith("linear-gradient")
    legend = panel(page, "kinds").find_elements(By.CSS_SELECTOR, ".kinds span")
    assert [e.get_attribute("data-c") for e in legend[:2]] == ["4", "0"]


def test_a_tokenizer_of_one_kind_goes_on_in_colours_that_tell_neighbours_apart(page, documents):
    choose(page, documents[1].name)
    spans = panel(page, "bytes").find_elements(By.CSS_SELECTOR, ".tokens .t")
    assert [e.get_attribute("data-c") for e in spans[:6]] == ["0", "1", "2", "3", "4", "0"]
    assert not panel(page, "bytes").find_element(By.CLASS_NAME, "kinds").is_displayed()


def test_search_finds_by_name_and_by_text(page, documents):
    find_box = one(page, "#find")
    find_box.send_keys("BUILD-5")
    options = Select(one(page, "#workflow")).options
    assert [o.text.split(" (")[0] for o in options] == [documents[5].name]
    assert one(page, "pre.json").get_attribute("textContent") == documents[5].canonical.decode()
    find_box.send_keys(" nowhere")
    assert not one(page, "#workflow").is_enabled()
    assert one(page, ".matches").text == f"0 of {len(documents)} match"


def test_hostile_text_is_text(page, documents):
    hostile = documents[-1]
    choose(page, hostile.name)
    assert one(page, "pre.json").get_attribute("textContent") == hostile.canonical.decode()
    cut = panel(page, "bytes").find_element(By.CLASS_NAME, "tokens")
    assert cut.get_attribute("textContent") == hostile.canonical.decode()
    assert find(page, "#inspector img, #inspector script, #inspector b") == []
    assert page.get_log("browser") == []


def test_on_a_phone_nothing_is_wider_than_the_screen(page):
    metrics = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        assert page.execute_script("return document.documentElement.scrollWidth") <= 390
        assert all(e.is_displayed() for e in find(page, ".plot.narrow"))
        assert not any(e.is_displayed() for e in find(page, ".plot.wide"))
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_both_schemes(page, scheme):
    feature = {"name": "prefers-color-scheme", "value": scheme}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    pairs = page.execute_script(
        """
        const root = getComputedStyle(document.documentElement);
        const colour = (name) => root.getPropertyValue(name).trim();
        const cuts = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => [colour("--ink"), colour(`--cut-${n}`)]);
        const arms = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => [colour(`--arm-${n}`), colour("--paper")]);
        const text = [["--ink", "--paper"], ["--muted", "--paper"], ["--muted", "--panel"],
            ["--warn-ink", "--warn-paper"], ["--bad", "--paper"], ["--accent", "--paper"]]
            .map((pair) => pair.map(colour));
        return { text: [...text, ...cuts], arms };
        """
    )
    # WCAG 2.2: 4.5 to 1 for text, 3 to 1 for what a picture needs.
    assert min(contrast(*pair) for pair in pairs["text"]) >= 4.5
    assert min(contrast(*pair) for pair in pairs["arms"]) >= 3


def contrast(one_colour, other):
    light, dark = sorted((luminance(one_colour), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
