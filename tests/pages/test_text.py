"""Text made fit to be read on a page."""

from __future__ import annotations

import pytest

from workflows.pages.text import number, shown, shown_lines


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("计划 A", "计划 A"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("a\nb", "a⟨U+000A⟩b"),
        ("\u200b", "⟨U+200B⟩"),
        ("全\u3000角", "全\u3000角"),
        (7, "7"),
    ],
)
def test_text_is_shown_with_what_cannot_be_seen(value: object, text: str) -> None:
    assert shown(value) == text


def test_long_text_is_cut_and_the_rest_counted() -> None:
    assert shown("abcdef", 4) == "abcd… (+2)"


def test_text_at_the_limit_stays_whole() -> None:
    assert shown("abcd", 4) == "abcd"


def test_an_unknown_number_is_no_zero() -> None:
    assert (number(None), number(0), number(1234567)) == ("?", "0", "1,234,567")


def test_lines_stay_lines() -> None:
    assert shown_lines("SELECT 1\nFROM \u202ea") == "SELECT 1\nFROM ⟨U+202E⟩a"
    assert shown_lines("SELECT 1\nFROM a") == "SELECT 1\nFROM a"


def test_many_lines_are_cut_as_one_text() -> None:
    assert shown_lines("ab\ncd\nef", 4) == "ab\nc… (+4)"
