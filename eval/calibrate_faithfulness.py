"""Fit the thresholds of the sentence check and report how it tells faithful from unfaithful.

    python -m eval.calibrate_faithfulness [--dataset FILE ...] [--sentences N] [--dry-run]

Sentences are those of the data sets' gold clauses and the claims that the assistant makes of
them by quoting. Faithful: as they stand, or said otherwise without change of meaning
(`eval.corruptions.PARAPHRASES`), cited to their own clause. Unfaithful: altered in figure,
bound, party, negation or modality, with invented content, or cited to another clause of the
same answer's first ten (`CORRUPTIONS`). The thresholds admit the most faithful sentences among
those that admit no more than `TOLERATED` of the unfaithful ones; what is printed is measured
out of fold, five folds by clause. Writes `assistant/weights/faithfulness.json`.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from sklearn.model_selection import GroupKFold

from assistant.faithfulness import (
    WEIGHTS,
    Coverage,
    SentenceCheck,
    Thresholds,
    locate,
)
from assistant.generation import plain
from assistant.pipeline import Assistant
from corpus.document import Clause
from corpus.settings import Settings
from eval import dataset, tasks
from eval.corruptions import CORRUPTIONS, PARAPHRASES
from eval.run import DEFAULT_DATASETS, dataset_path, spread
from eval.text import bigrams
from index.passages import body_sentences

SEED = 20241124
FOLDS = 5
SENTENCES = 400
TOLERATED = 0.002
FOREIGN = frozenset({"wrong_clause", "invented", "invented_part"})
SHORTEST, LONGEST = 12, 220
# A clause that holds this much of a sentence may prove it: no case of a wrong citation.
ALSO_THERE = 0.5


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence, whether it is faithful, and what the check measures of it."""

    clause_id: str
    kind: str
    text: str
    faithful: bool
    difference: str
    coverage: Coverage

    @property
    def foreign(self) -> bool:
        """Unfaithful by content that the clause does not have."""
        return not self.faithful and self.kind in FOREIGN

    def passes(self, limits: Thresholds) -> bool:
        """Whether the check would let it through."""
        return not self.difference and limits.admits(self.coverage)


def sentences(
    assistant: Assistant, rows: Sequence[dataset.Row], count: int
) -> list[tuple[str, Clause, Clause | None]]:
    """(sentence, its clause, another clause retrieved for the same question), evenly spaced."""
    found: dict[str, tuple[str, Clause, Clause | None]] = {}
    clauses = assistant.library.clauses
    for row in (row for row in rows if not row.refuses and not row.history):
        answer = assistant.ask(row.question, row.audience)
        hits = [clauses[hit.clause_id] for hit in answer.retrieved]
        own = [clauses[name] for group in row.relevant for name in group[:1] if name in clauses]
        texts = [(span.of(c.text), c) for c in own for _, span in body_sentences(c)]
        texts += [(c.quote, clauses[c.clause_id]) for c in answer.citations]
        for text, clause in texts:
            heading = text in clause.text[: clause.body]
            if SHORTEST <= len(text) <= LONGEST and text not in found and not heading:
                other = next((c for c in hits if _elsewhere(text, c)), None)
                found[text] = (text, clause, other)
    return spread(list(found.values()), count)


def _elsewhere(text: str, clause: Clause) -> bool:
    mine = bigrams(text)
    return len(mine & bigrams(clause.text)) / max(1, len(mine)) < ALSO_THERE


def cases(
    check: SentenceCheck, material: Sequence[tuple[str, Clause, Clause | None]]
) -> Iterator[Case]:
    """Every sentence in every form."""
    for text, clause, other in material:
        rng = random.Random(f"{SEED}|{text}")
        forms = [(name, change(text, rng), clause, True) for name, change in PARAPHRASES.items()]
        forms += [(name, change(text, rng), clause, False) for name, change in CORRUPTIONS.items()]
        if other is not None:
            forms.append(("wrong_clause", text, other, False))
        for name, form, cited, faithful in forms:
            if form and (faithful or form != text or name == "wrong_clause"):
                yield _case(check, name, form, cited, faithful)


def _case(check: SentenceCheck, name: str, text: str, clause: Clause, faithful: bool) -> Case:
    text = plain(text)
    quotes = locate(text, [clause])
    difference = check.difference(text, quotes) if quotes else "not_covered"
    measured = Coverage(0, 0, 0, 0) if difference else check.coverage(text, quotes)
    return Case(clause.id, name, text, faithful, difference, measured)


def fit(known: Sequence[Case]) -> Thresholds:
    """The thresholds that admit most faithful cases at no more than `TOLERATED` foreign ones.

    Coverage tells foreign content from the clause's own; what differs in one word only is for
    `assistant.faithfulness.difference`, so those cases have no say here.
    """
    alive = [case for case in known if not case.difference and (case.faithful or case.foreign)]
    table = np.array([astuple(case.coverage) for case in alive])
    faithful = np.array([case.faithful for case in alive])
    allowed = TOLERATED * sum(case.foreign for case in known)
    shares = np.arange(0.4, 1.0, 0.05)
    cosines = np.quantile(table[:, 3], np.linspace(0, 0.2, 9))
    best: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    for limits in product(shares, shares, shares, cosines):
        admitted = (table >= limits).all(axis=1)
        wrong, right = int((admitted & ~faithful).sum()), int((admitted & faithful).sum())
        # Of equals the strictest: the data hold no sentence between them.
        rank = (-max(0.0, wrong - allowed), float(right), float(sum(limits)))
        if best is None or rank > best[0]:
            best = (rank, limits)
    assert best is not None
    pairs, weakest, words, cosine = best[1]
    # Rounded down: a sentence at the limit stays admitted.
    return Thresholds(
        round(float(pairs), 2),
        round(float(weakest), 2),
        round(float(words), 2),
        round(float(cosine) - 5e-4, 3),
    )


def rates(known: Sequence[Case], limits: Thresholds) -> tuple[float, float]:
    """Shares of faithful and of unfaithful cases that pass."""
    passed = Counter((case.faithful, case.passes(limits)) for case in known)
    right, wrong = passed[True, True], passed[False, True]
    return (
        right / max(1, right + passed[True, False]),
        wrong / max(1, wrong + passed[False, False]),
    )


def by_kind(known: Sequence[Case], limits: Thresholds) -> dict[str, dict[str, float]]:
    """Number of cases and share that passes, by form."""
    kinds: dict[str, list[bool]] = {}
    for case in known:
        kinds.setdefault(case.kind, []).append(case.passes(limits))
    return {
        kind: {"cases": len(passed), "passed": round(sum(passed) / len(passed), 4)}
        for kind, passed in kinds.items()
    }


def out_of_fold(known: Sequence[Case]) -> tuple[float, float]:
    """Rates of passing where thresholds were fitted on the other folds."""
    passed: list[tuple[bool, bool]] = []
    groups = [case.clause_id for case in known]
    for train, test in GroupKFold(FOLDS).split(known, groups=groups):
        limits = fit([known[n] for n in train])
        passed += [(known[n].faithful, known[n].passes(limits)) for n in test]
    right = [ok for faithful, ok in passed if faithful]
    wrong = [ok for faithful, ok in passed if not faithful]
    return sum(right) / len(right), sum(wrong) / len(wrong)


def operating_curve(known: Sequence[Case], limits: Thresholds) -> list[dict[str, float]]:
    """Rates at other thresholds for the character pairs, the rest as fitted."""
    rows = []
    for pairs in np.arange(0.4, 1.001, 0.05):
        moved = replace(limits, pairs=float(pairs))
        right, wrong = rates(known, moved)
        rows.append(
            {
                "pairs": round(float(pairs), 2),
                "faithful_passed": round(right, 4),
                "unfaithful_passed": round(wrong, 4),
            }
        )
    return rows


def main() -> None:
    """Calibrate, print, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dataset", action="append", metavar="NAME|FILE")
    parser.add_argument("--sentences", type=int, default=SENTENCES)
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N wrong verdicts")
    options = parser.parse_args()
    settings = Settings().model_copy(update={"composer": "extractive"})
    assistant = tasks.open_assistant(settings)
    rows = [
        row
        for name in options.dataset or DEFAULT_DATASETS
        for row in dataset.load(dataset_path(name))
    ]
    material = sentences(assistant, rows, options.sentences)
    known = list(cases(SentenceCheck(assistant.index), material))
    limits = fit(known)
    right, wrong = rates(known, limits)
    fold_right, fold_wrong = out_of_fold(known)
    report = {
        "thresholds": asdict(limits),
        "measured": {
            "sentences": len(material),
            "faithful": sum(case.faithful for case in known),
            "unfaithful": sum(not case.faithful for case in known),
            "faithful_passed": round(right, 4),
            "unfaithful_passed": round(wrong, 4),
            "faithful_passed_out_of_fold": round(fold_right, 4),
            "unfaithful_passed_out_of_fold": round(fold_wrong, 4),
        },
        "by_kind": by_kind(known, limits),
        "curve": operating_curve(known, limits),
    }
    print(json.dumps(report, ensure_ascii=False, indent=2))
    rng = random.Random(SEED)
    for wanted in (False, True):
        mistaken = [c for c in known if c.faithful is wanted and c.passes(limits) != wanted]
        for case in rng.sample(mistaken, min(options.show, len(mistaken))):
            print(case.clause_id, case.kind, case.difference, case.coverage, case.text, sep=" | ")
    if not options.dry_run:
        Path(WEIGHTS).write_text(json.dumps(report, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
