"""How answers look on the page: bars, colors, narrow windows."""

import pytest

MOODS = {
    "labels": [
        *("joy", "fear", "rage", "calm"),
        "a mood whose name is so long that it has to go on to another line",
        "Donaudampfschifffahrtsgesellschaftskapitaensmuetze",
    ],
    "probabilities": [0.97, 0.012, 0.55, 0.0004, 0.81, 0.06],
    "chosen": [True, False, True, False, True, False],
}


@pytest.fixture
def seen_as(browser):
    """Sets the window's width and the colors."""

    def see(width: int, *, dark: bool = False):
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {
                **{"width": width, "height": 800, "deviceScaleFactor": 1},
                "mobile": width < 500,
            },
        )
        scheme = {
            "name": "prefers-color-scheme",
            "value": "dark" if dark else "light",
        }
        browser.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [scheme]}
        )

    yield see
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def _brightness(color: str) -> float:
    """Relative luminance of "rgb(r, g, b)", as WCAG defines it."""
    parts = [int(x) / 255 for x in color.split("(")[1][:-1].split(",")[:3]]
    linear = [
        x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4
        for x in parts
    ]
    return sum(
        x * weight
        for x, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True)
    )


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_small_shares_are_seen(drawn, browser, seen_as, dark):
    drawn("multilabel", {"texts": "x"}, MOODS)
    seen_as(1400, dark=dark)

    def color(selector):
        found = browser.find_elements("css selector", selector)[-1]
        return found.value_of_css_property("background-color")

    bars = browser.find_elements("css selector", ".bar")
    widths = [bar.rect["width"] for bar in bars]
    assert widths == sorted(widths, reverse=True) and widths[-1] >= 3
    low, high = sorted(
        _brightness(color(s).replace("rgba", "rgb")) for s in (".bar", ".track")
    )
    assert (high + 0.05) / (low + 0.05) >= 3


def test_ticks_and_long_names_on_a_phone(drawn, browser, seen_as):
    drawn("multilabel", {"texts": "x"}, MOODS)
    seen_as(390)
    width = browser.execute_script("return document.body.scrollWidth")
    assert width <= 390
    for row in browser.find_elements("css selector", ".bars li"):
        tick, name, number, track = (
            row.find_element("css selector", f".{part}").rect
            for part in ("tick", "name", "number", "track")
        )
        assert tick["height"] < 30 and number["height"] < 30  # one line
        assert tick["x"] + tick["width"] <= name["x"]
        assert name["x"] + name["width"] <= number["x"]
        assert number["x"] + number["width"] <= 390
        assert track["y"] + 1 >= name["y"] + name["height"]  # below the name
