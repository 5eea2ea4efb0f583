"""Config: one source for a workflow's fields, checks and flags."""

import dataclasses
import pathlib

import commands
import pytest
from absl import flags

from data_pipeline import config
from data_pipeline.commands import config_flags
from data_pipeline.config import changed
from data_pipeline.config import setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class Paint(config.Config):
    color: str = setting("red", "Color.", choices=("red", "blue"))
    coats: int = setting(2, "Coats.", minimum=1, maximum=9, aliases=("layers",))
    walls: tuple[str, ...] | None = setting(None, "Walls.", decides="house")
    share: float | None = setting(None, "Share.", section="How")
    dry: bool = setting(False, "Whether to wait.", decides=False)
    path: str | None = setting(None, "Folder.", is_execution=True)


@dataclasses.dataclass(frozen=True, kw_only=True)
class PaintTwice(Paint):
    coats: int = changed(Paint, "coats", default=4, help="Both coats.")
    house: str | None = setting(None, "House.", is_argument=True)
    names: tuple[str, ...] = setting((), "Names.", is_repeated=True)
    rooms: tuple[str, ...] = setting((), "Rooms.", is_argument=True)


@pytest.fixture(autouse=True)
def no_flags():
    commands.forget_flags()
    yield
    commands.forget_flags()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"color": "pink"}, "--color must be one of red, blue.*'pink'"),
        ({"coats": 0}, "--coats must be at least 1.*0"),
        ({"coats": 10}, "--coats must be at most 9.*10"),
        ({"coats": True}, "--coats must be of type int.*True"),
        ({"walls": '"north'}, "separated by commas"),
        ({"walls": 4}, "--walls must be of type tuple.*4"),
        ({"dry": 1}, "--dry must be of type bool.*1"),
    ],
)
def test_values_are_checked(wrong, message):
    with pytest.raises(ValueError, match=message):
        Paint(**wrong)


def test_values_become_what_fields_are():
    paint = Paint(walls=["north"], share=1, path=pathlib.Path("a/b"))
    assert paint.walls == ("north",)
    assert isinstance(paint.share, float)
    assert paint.path == "a/b"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("north", ("north",)),
        ("north,south", ("north", "south")),
        ("north, south", ("north", "south")),
        ('"north,south",east', ("north,south", "east")),
        (pathlib.Path("a/b"), ("a/b",)),
        ("", ()),
    ],
)
def test_text_is_split_as_a_flag_is(given, expected):
    assert Paint(walls=given).walls == expected


@pytest.mark.parametrize("name", ["names", "rooms"])
def test_text_is_one_value_of_what_is_never_split(name):
    paint = PaintTwice(**{name: "red, blue"})
    assert getattr(paint, name) == ("red, blue",)


def test_what_decides():
    assert config.deciding(Paint(coats=3)) == {
        "color": "red",
        "coats": 3,
        "share": None,
    }


def test_flags_are_the_fields():
    config_flags.define(PaintTwice)
    words = flags.FLAGS(["paint", "--layers=5", "--walls=n,s", "--share=0.5"])
    found = config_flags.read(PaintTwice, [*words, "villa"])
    assert found == PaintTwice(
        coats=5, walls=("n", "s"), share=0.5, house="villa"
    )
    assert found.given == {"coats", "walls", "share"}


def test_a_default_can_be_given():
    config_flags.define(PaintTwice)
    flags.FLAGS(["paint", "--color=red"])
    found = config_flags.read(PaintTwice)
    assert found.is_given("color")
    assert not found.is_given("coats")
    assert dataclasses.replace(found, dry=True).is_given("color")
    assert not PaintTwice(coats=4).is_given("coats")
