"""Train the two small linear models of the assistant from the evaluation sets.

    python -m eval.train_assistant [--dataset FILE ...] [--dry-run]

* `assistant/weights/evidence.json`: which sentence answers (logistic regression over the
  features of `assistant.evidence`; positives are the sentences of the gold clauses that hold a
  fact of the row);
* `assistant/weights/answerability.json`: whether the best evidence answers at all, and whether
  the question belongs to the field (logistic regression over `assistant.answerability`).

Everything printed is measured out of fold: five folds by question, so that no question is
judged by a model that saw it. The weights that are written are fitted on all rows.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import GroupKFold

from assistant import answerability, evidence
from assistant.answer import Turn
from assistant.pipeline import STEPS, Assistant, Context
from corpus.settings import Settings
from eval.text import squeeze

DATASETS = ("plan", "policies")
WEIGHTS = Path(answerability.__file__).with_name("weights")
FOLDS = 5
SEED = 20241124


@dataclass(frozen=True)
class Example:
    """One question run up to evidence selection."""

    row: dict[str, Any]
    context: Context
    answerable: bool
    in_domain: bool


def _gold(row: dict[str, Any]) -> set[str]:
    return {
        name
        for group in row.get("relevant", [])
        for name in ([group] if isinstance(group, str) else group)
    }


def _run(assistant: Assistant, row: dict[str, Any]) -> Example | None:
    history = tuple(Turn(t["question"], t["answer"]) for t in row.get("history") or [])
    context = Context(row["question"], row.get("audience"), history)
    for name, step in STEPS:
        if name == "judge" or context.status is not None:
            break
        step(assistant, context)
    if context.status is not None or context.drafts or not context.ranked:
        return None
    statuses = row["status"] if isinstance(row["status"], list) else [row["status"]]
    answerable = bool({"answered", "partial"} & set(statuses))
    in_domain = answerable or "out_of_scope" not in statuses or statuses[0] == "not_found"
    return Example(row, context, answerable, in_domain)


def _evidence_data(examples: Sequence[Example]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    features, labels, groups = [], [], []
    for number, example in enumerate(examples):
        gold = _gold(example.row)
        spellings = [
            squeeze(words)
            for fact in example.row.get("facts", [])
            for words in ([fact] if isinstance(fact, str) else fact)
        ]
        rows = [
            (
                item.features,
                item.clause.id in gold
                and any(words in squeeze(item.text) for words in spellings),
            )
            for item in example.context.ranked
        ]
        if not example.answerable or not any(label for _, label in rows):
            continue
        for values, label in rows:
            features.append(values)
            labels.append(label)
            groups.append(number)
    return np.array(features), np.array(labels), np.array(groups)


def _first_right(scores: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> float:
    """Share of questions whose best-scored sentence is a right one."""
    right = [labels[groups == g][np.argmax(scores[groups == g])] for g in np.unique(groups)]
    return float(np.mean(right))


def train_evidence(examples: Sequence[Example], strength: float) -> tuple[float, ...]:
    """Fit and report; returns the weights in the order of `evidence.FEATURES`."""
    x, y, groups = _evidence_data(examples)
    out_of_fold = np.zeros(len(y))
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(x, y, groups):
        fitted = LogisticRegression(C=strength, max_iter=2000).fit(x[train], y[train])
        out_of_fold[test] = fitted.decision_function(x[test])
    now = np.array([sum(w * v for w, v in zip(evidence._weights(), r, strict=True)) for r in x])
    print(
        f"evidence: {len(np.unique(groups))} questions, {len(y)} sentences; first is right: "
        f"out of fold {_first_right(out_of_fold, y, groups):.3f}, "
        f"weights on file {_first_right(now, y, groups):.3f}"
    )
    fitted = LogisticRegression(C=strength, max_iter=2000).fit(x, y)
    return (*map(float, fitted.coef_[0]), float(fitted.intercept_[0]))


def _logistic(
    x: np.ndarray, y: np.ndarray, strength: float
) -> tuple[np.ndarray, LogisticRegression]:
    groups = np.arange(len(y))
    probabilities = np.zeros(len(y))
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(x, y, groups):
        fitted = LogisticRegression(C=strength, max_iter=2000, class_weight="balanced")
        fitted.fit(x[train], y[train])
        probabilities[test] = fitted.predict_proba(x[test])[:, 1]
    final = LogisticRegression(C=strength, max_iter=2000, class_weight="balanced").fit(x, y)
    return probabilities, final


def _operating_point(refuse: np.ndarray, answer: np.ndarray) -> float:
    """The threshold on P(answer) with the best F1 of refusal."""
    best = max(
        np.unique(np.round(answer, 3)),
        key=lambda t: precision_recall_fscore_support(
            refuse, answer < t, average="binary", zero_division=0
        )[2],
    )
    return float(best)


def train_answerability(
    assistant: Assistant, examples: Sequence[Example], strength: float
) -> dict[str, Any]:
    """Fit and report; returns what goes into the weights file."""
    rows = []
    for example in examples:
        context = example.context
        assert context.question and context.terms
        values = answerability.features(
            context.question,
            context.terms,
            context.hits,
            context.ranked,
            assistant.library.by_id,
            assistant.index.keywords,
            assistant.corpus_text,
        )
        rows.append([values[name] for name in answerability.FEATURES])
    x = np.array(rows)
    answerable = np.array([e.answerable for e in examples])
    in_domain = np.array([e.in_domain for e in examples])
    probability, answer = _logistic(x, answerable, strength)
    threshold = _operating_point(~answerable, probability)
    precision, recall, f1, _ = precision_recall_fscore_support(
        ~answerable, probability < threshold, average="binary"
    )
    print(
        f"refusal: {len(examples)} questions, {int((~answerable).sum())} to refuse; out of fold "
        f"precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f} at {threshold:.3f}"
    )
    for example, p in sorted(zip(examples, probability, strict=True), key=lambda pair: pair[1]):
        if (p >= threshold) != example.answerable:
            print(f"  {p:.2f} {'答' if example.answerable else '拒'} {example.row['question']}")
    domain_p, domain = _logistic(x, in_domain, strength)
    domain_threshold = _operating_point(~in_domain, domain_p)
    names = answerability.FEATURES
    return {
        "answer": _named(names, answer),
        "domain": _named(names, domain),
        "answer_threshold": round(threshold, 3),
        "domain_threshold": round(domain_threshold, 3),
    }


def _named(names: Sequence[str], model: LogisticRegression) -> dict[str, float]:
    weights = {name: round(float(w), 4) for name, w in zip(names, model.coef_[0], strict=True)}
    weights["bias"] = round(weights["bias"] + float(model.intercept_[0]), 4)
    return weights


def _load(files: Sequence[Path]) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for file in files
        for line in file.read_text("utf-8").splitlines()
        if line.strip()
    ]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    here = Path(__file__).with_name("datasets")
    parser.add_argument("--dataset", type=Path, action="append")
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--strength", type=float, default=1.0)
    arguments = parser.parse_args()
    files = arguments.dataset or [here / f"{name}.jsonl" for name in DATASETS]
    rows = _load([file for file in files if file.exists()])
    assistant = Assistant.open(Settings())
    examples = [e for row in rows if (e := _run(assistant, row))]

    weights = train_evidence(examples, arguments.strength)
    named = {n: round(w, 4) for n, w in zip(evidence.FEATURES, weights, strict=False)}
    stored = {"weights": named, "bias": round(weights[-1], 4)}
    if not arguments.dry_run:
        text = json.dumps(stored, indent=1) + "\n"
        (WEIGHTS / "evidence.json").write_text(text, "utf-8")
        evidence._weights.cache_clear()
        # Refusal is judged on the evidence that the new weights choose.
        examples = [e for row in rows if (e := _run(assistant, row))]
    trained = train_answerability(assistant, examples, arguments.strength)
    if not arguments.dry_run:
        text = json.dumps(trained, indent=1) + "\n"
        (WEIGHTS / "answerability.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
