"""English words are read as the corpus' own."""

from __future__ import annotations

import pytest

from index.glossary import Glossary, definitions

GLOSSES = {
    "学徒": ["apprentice"],
    "补贴": ["to subsidize", "subsidy", "allowance (for sth)"],
    "职业教育": ["vocational education"],
    "教育": ["to educate", "education"],
    "职业": ["occupation; profession; vocation", "vocational"],
}


@pytest.fixture
def glossary() -> Glossary:
    return Glossary(GLOSSES, lambda word: GLOSSES.get(word, []))


def test_inflected_words_are_found(glossary: Glossary) -> None:
    assert glossary.translate("subsidies for apprentices") == {
        "subsidies": {"补贴": 1.0},
        "apprentices": {"学徒": 1.0},
    }


def test_a_phrase_comes_before_its_words(glossary: Glossary) -> None:
    assert glossary.translate("vocational education") == {"vocational education": {"职业教育": 1.0}}


def test_an_unknown_word_has_no_counterpart(glossary: Glossary) -> None:
    assert glossary.translate("how many mu?") == {"mu": {}}


def test_the_dictionary_knows_common_words() -> None:
    gloss = definitions()
    assert any("apprentice" in sense for sense in gloss("学徒"))
    assert not gloss("不是词的词")
