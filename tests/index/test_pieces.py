"""The likeliest pieces of a text, as SentencePiece would choose them."""

from __future__ import annotations

from index.pieces import Pieces

SPECIAL = {"<s>": 0, "</s>": 1, "<unk>": 2}
VOCABULARY = [
    ("<s>", 0.0),
    ("</s>", 0.0),
    ("<unk>", 0.0),
    ("▁", -3.0),
    ("产", -4.0),
    ("教", -4.0),
    ("产教", -5.0),
    ("教融", -4.5),
    ("融", -6.0),
    ("▁产", -8.0),
]


def tokens(text: str, limit: int = 20) -> list[str]:
    made = Pieces(VOCABULARY, SPECIAL).tokens(text, limit)
    return [VOCABULARY[token][0] for token in made]


def test_the_likeliest_way_is_taken_not_the_longest_piece_first() -> None:
    # ▁ 产 教融 is -11.5, ▁ 产教 融 -14, ▁产 教融 -12.5.
    assert tokens("产教融") == ["<s>", "▁", "产", "教融", "</s>"]


def test_unknown_characters_stand_for_themselves() -> None:
    assert tokens("甲产") == ["<s>", "▁", "<unk>", "产", "</s>"]


def test_spaces_and_width_are_made_even() -> None:
    assert tokens(" 产  教") == ["<s>", "▁", "产", "▁", "教", "</s>"]
    assert tokens("") == ["<s>", "▁", "</s>"]


def test_marks_in_a_text_are_no_marks() -> None:
    assert tokens("<s>")[1:-1] == ["▁", "<unk>", "<unk>", "<unk>"]


def test_a_long_text_is_cut_before_the_end_mark() -> None:
    assert tokens("产" * 9, limit=4) == ["<s>", "▁", "产", "</s>"]
