"""Train the translation model of questions: `assistant/weights/translation.npz`.

    python -m eval.train_translation [--dry-run]

IBM Model 1 by expectation maximisation (Brown et al. 1993): pairs of a question and a sentence
that states one of its facts, with the sentence's heading. Training starts from even rows, which
favours rare words of the clauses, and stops early: after convergence it generalised less.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from assistant import translation
from assistant.normalise import is_english, normalise
from assistant.translation import NULL, Model
from corpus.library import Library
from corpus.settings import load_settings
from eval import dataset
from eval.text import squeeze
from index.build import open_index
from index.passages import body_sentences
from index.tokenizer import Tokenizer
from index.words import ClauseWords

DATASETS = ("training",)
ROUNDS = 8
# Added to the count of each word of the clauses, so that one pair proves little.
SHRINKAGE = 1.0
# A probability below this is dropped.
LEAST = 1e-3
# Words never seen in a question share what half an occurrence each would have.
UNSEEN_WORDS = 10_000
Pair = tuple[Sequence[str], frozenset[str]]
Table = dict[str, dict[str, float]]


def pairs(
    rows: Sequence[dataset.Question], library: Library, tokenizer: Tokenizer, cut: ClauseWords
) -> Iterator[Pair]:
    """(words of a Chinese question, words of a sentence that states a fact of it)."""
    indexed = frozenset(cut.ids)
    for row in rows:
        text = normalise(row.question)
        if is_english(text):
            continue
        asked = tokenizer.words(text)
        facts = [squeeze(words) for fact in row.facts for words in fact]
        for name in dict.fromkeys(name for group in row.relevant for name in group):
            # A heading is no text to learn from.
            if (clause := library.clauses.get(name)) is None or name not in indexed:
                continue
            for (_, span), at in zip(body_sentences(clause), cut.sentences(name), strict=True):
                stated = squeeze(span.of(clause.text))
                if any(fact in stated for fact in facts):
                    yield asked, cut.of(at)


def _start(examples: Sequence[Pair]) -> Table:
    """Even rows: every word of a question that a word was seen with is as likely."""
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for asked, words in examples:
        for word in (*words, NULL):
            seen[word].update(asked)
    return {word: dict.fromkeys(others, 1 / len(others)) for word, others in seen.items()}


def _round(table: Table, examples: Sequence[Pair]) -> Table:
    """One round of expectation and maximisation."""
    counts: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for asked, words in examples:
        sources = (*words, NULL)
        for word in asked:
            shares = [table[source].get(word, 0.0) for source in sources]
            if total := sum(shares):
                for source, share in zip(sources, shares, strict=True):
                    counts[source][word] += share / total
    return {
        source: {word: n / (sum(row.values()) + SHRINKAGE) for word, n in row.items()}
        for source, row in counts.items()
    }


def fit(examples: Sequence[Pair], rounds: int = ROUNDS) -> Model:
    """A model of the pairs, by the asker's words."""
    table = _start(examples)
    for _ in range(rounds):
        table = _round(table, examples)
    sources: Table = {}
    for source, row in table.items():
        for word, probability in row.items():
            if source != NULL and probability >= LEAST:
                sources.setdefault(word, {})[source] = probability
    counts = Counter(word for asked, _ in examples for word in asked)
    total = counts.total() + UNSEEN_WORDS
    background = {word: (n + 0.5) / total for word, n in counts.items()}
    return Model(sources, background, 0.5 / total)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry-run", action="store_true")
    arguments = parser.parse_args()
    index = open_index(load_settings())
    here = Path(__file__).with_name("datasets")
    rows = [row for name in DATASETS for row in dataset.load(here / f"{name}.jsonl")]
    examples = list(pairs(rows, index.library, index.tokenizer, index.words))
    model = fit(examples)
    entries = sum(map(len, model.sources.values()))
    print(f"{len(examples)} pairs, {len(model.sources)} asked words, {entries} probabilities")
    if not arguments.dry_run:
        translation.save(model)


if __name__ == "__main__":
    main()
