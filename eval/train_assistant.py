"""Train the three small linear models of the assistant from the evaluation sets.

    python -m eval.train_assistant [--dataset FILE ...] [--dry-run]

* `assistant/weights/rerank.json`: which clauses answer (listwise softmax regression, ListNet
  of Cao et al. 2007, over the features of `assistant.rerank`; positives are the gold clauses);
* `assistant/weights/evidence.json`: which sentence answers (the same over the features of
  `assistant.evidence`; positives are the sentences of the gold clauses that hold a fact of the
  row);
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
from scipy.optimize import minimize
from scipy.special import expit, log_softmax
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import GroupKFold

from assistant import answerability, evidence, rerank
from assistant.answer import Turn
from assistant.pipeline import STEPS, Assistant, Context
from corpus.settings import Settings
from eval.text import squeeze

DATASETS = ("plan", "policies")
WEIGHTS = Path(answerability.__file__).with_name("weights")
FOLDS = 5
SEED = 20241124
Matrix = np.ndarray[Any, Any]


# What a person would expect of each feature before any data.
PRIOR_ANSWER = {
    "bias": -1.0,
    "evidence_score": 1.0,
    "clause_score": 1.0,
    "similarity": 1.5,
    "margin": 0.5,
    "sentence_coverage": 1.0,
    "clause_coverage": 1.5,
    "pair_coverage": 1.5,
    "unknown_share": -2.0,
    "branches_agree": 0.5,
    "keyword_strength": 1.0,
    "type_missing": -1.5,
    "money_missing": -1.5,
    "contact_asked": -4.0,
    "year_missing": -4.0,
    "place_missing": -4.0,
    "number_missing": -4.0,
    "unit_missing": -2.0,
    "focus_missing": -1.5,
    "gap": -1.0,
    "standing_out": 0.5,
    "live": -4.0,
    "name_asked": -4.0,
    "day_missing": -3.0,
    "qualifier_missing": -4.0,
    "figure_missing": -3.0,
    "entity_missing": -1.0,
    "measure_missing": -1.5,
    "english": 1.0,
    "english_standing_out": 1.0,
}
PRIOR_DOMAIN = {
    "bias": 0.5,
    "similarity": 2.0,
    "unknown_share": -2.0,
    "pair_coverage": 2.0,
    "english": 2.0,
}


# Which way a feature may speak for an answer; bias, English and length are free.
_SPEAKS_FOR = frozenset(
    "evidence_score clause_score clause_lead type_held similarity margin sentence_coverage "
    "clause_coverage pair_coverage branches_agree keyword_strength standing_out "
    "english_standing_out".split()
)
_FREE = frozenset({"bias", "english", "words"})
_SIGNS = tuple(
    0 if name in _FREE else 1 if name in _SPEAKS_FOR else -1 for name in answerability.FEATURES
)


def _prior(weights: dict[str, float]) -> Matrix:
    return np.array([weights.get(name, 0.0) for name in answerability.FEATURES])


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


def _rerank_data(
    assistant: Assistant, examples: Sequence[Example]
) -> tuple[Matrix, Matrix, Matrix]:
    features, labels, groups = [], [], []
    clauses, documents = assistant.library.clauses, assistant.library.by_id
    for number, example in enumerate(examples):
        gold, context = _gold(example.row), example.context
        hits = context.candidates
        if not example.answerable or not any(hit.clause_id in gold for hit in hits):
            continue
        best = rerank.best_scores(hits)
        for hit in hits:
            clause = clauses[hit.clause_id]
            assert context.question and context.terms
            features.append(
                rerank.features(
                    context.question,
                    context.terms,
                    hit,
                    best,
                    clause,
                    documents[clause.document_id],
                    clause.id in assistant.links.targets,
                )
            )
            labels.append(hit.clause_id in gold)
            groups.append(number)
    return np.array(features), np.array(labels), np.array(groups)


def _recall(scores: Matrix, labels: Matrix, groups: Matrix, k: int) -> float:
    """Share of the gold clauses among the candidates that stand in the first k."""
    found = []
    for group in np.unique(groups):
        mine = groups == group
        top = np.argsort(-scores[mine])[:k]
        found.append(labels[mine][top].sum() / min(k, labels[mine].sum()))
    return float(np.mean(found))


def train_rerank(
    assistant: Assistant, examples: Sequence[Example], strength: float
) -> dict[str, Any]:
    """Fit and report; returns what goes into the weights file."""
    x, y, groups = _rerank_data(assistant, examples)
    out_of_fold = np.zeros(len(y))
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(x, y, groups):
        out_of_fold[test] = x[test] @ _fit_lists(x[train], y[train], groups[train], strength)
    for k in (1, 5, 10):
        print(
            f"rerank recall@{k}: fused {_recall(x[:, 0], y, groups, k):.3f}, "
            f"out of fold {_recall(out_of_fold, y, groups, k):.3f}"
        )
    return {"weights": _named(rerank.FEATURES, _fit_lists(x, y, groups, strength))}


def _evidence_data(examples: Sequence[Example]) -> tuple[Matrix, Matrix, Matrix]:
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
                item.clause.id in gold and any(words in squeeze(item.text) for words in spellings),
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


def _first_right(scores: Matrix, labels: Matrix, groups: Matrix) -> float:
    """Share of questions whose best-scored sentence is a right one."""
    right = [labels[groups == g][np.argmax(scores[groups == g])] for g in np.unique(groups)]
    return float(np.mean(right))


def train_evidence(examples: Sequence[Example], strength: float) -> dict[str, Any]:
    """Fit and report; returns what goes into the weights file."""
    x, y, groups = _evidence_data(examples)
    out_of_fold = np.zeros(len(y))
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(x, y, groups):
        out_of_fold[test] = x[test] @ _fit_lists(x[train], y[train], groups[train], strength)
    now = np.array([sum(w * v for w, v in zip(evidence._weights(), r, strict=True)) for r in x])
    print(
        f"evidence: {len(np.unique(groups))} questions, {len(y)} sentences; first is right: "
        f"out of fold {_first_right(out_of_fold, y, groups):.3f}, "
        f"weights on file {_first_right(now, y, groups):.3f}"
    )
    return {"weights": _named(evidence.FEATURES, _fit_lists(x, y, groups, strength))}


def _fit_lists(x: Matrix, y: Matrix, groups: Matrix, strength: float) -> Matrix:
    """Weights under which the right ones of each question's list come first, shape (features,).

    Cross entropy of the softmax over a question's list with the even share of its right ones;
    what all of a list have in common (a hard question, a long one) then teaches nothing.
    """
    lists = [np.flatnonzero(groups == group) for group in np.unique(groups)]

    def loss(w: Matrix) -> tuple[float, Matrix]:
        value, gradient = float((w**2).sum()) / (2 * strength), w / strength
        for mine in lists:
            share = y[mine] / y[mine].sum()
            log_p = log_softmax(x[mine] @ w)
            value -= float(share @ log_p)
            gradient = gradient - x[mine].T @ (share - np.exp(log_p))
        return value, gradient

    start = np.zeros(x.shape[1])
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B").x)


def _fit(
    x: Matrix,
    y: Matrix,
    prior: Matrix,
    strength: float,
    signs: Sequence[int],
) -> Matrix:
    """Logistic regression whose weights are drawn to `prior`, shape (features,).

    Few hundred rows cannot teach a rare feature (a place that the corpus does not know) its
    weight; the prior says what a person would expect, and the data correct it. `signs` (1, -1
    or 0 for free) keeps a weight from taking the sign that chance gave it.
    """
    share = y.mean()
    weight = np.where(y, 0.5 / share, 0.5 / (1 - share))
    sign = np.where(y, 1.0, -1.0)

    def loss(w: Matrix) -> tuple[float, Matrix]:
        margin = sign * (x @ w)
        value = (weight * np.logaddexp(0, -margin)).sum() + ((w - prior) ** 2).sum() / (
            2 * strength
        )
        gradient = -(x.T @ (weight * sign * expit(-margin))) + (w - prior) / strength
        return float(value), gradient

    limits = {1: (0.0, None), -1: (None, 0.0), 0: (None, None)}
    bounds = [limits[sign] for sign in signs]
    return np.asarray(minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=bounds).x)


def _logistic(x: Matrix, y: Matrix, prior: Matrix, strength: float) -> tuple[Matrix, Matrix]:
    """Out-of-fold probabilities and the weights fitted on all rows."""
    probabilities = np.zeros(len(y))
    folds = GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(x, y, np.arange(len(y)))
    for train, test in folds:
        fitted = _fit(x[train], y[train], prior, strength, _SIGNS)
        probabilities[test] = expit(x[test] @ fitted)
    return probabilities, _fit(x, y, prior, strength, _SIGNS)


def _operating_point(refuse: Matrix, answer: Matrix) -> float:
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
            context.chosen,
            assistant.library.by_id,
            assistant.index.keywords,
            assistant.corpus_text,
            context.background,
        )
        rows.append([values[name] for name in answerability.FEATURES])
    x = np.array(rows)
    answerable = np.array([e.answerable for e in examples])
    in_domain = np.array([e.in_domain for e in examples])
    probability, answer = _logistic(x, answerable, _prior(PRIOR_ANSWER), strength)
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
    domain_p, domain = _logistic(x, in_domain, _prior(PRIOR_DOMAIN), strength)
    domain_threshold = _operating_point(~in_domain, domain_p)
    names = answerability.FEATURES
    return {
        "answer": _named(names, answer),
        "domain": _named(names, domain),
        "answer_threshold": round(threshold, 3),
        "domain_threshold": round(domain_threshold, 3),
    }


def _named(names: Sequence[str], weights: Matrix) -> dict[str, float]:
    return {name: round(float(w), 4) for name, w in zip(names, weights, strict=True)}


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
    parser.add_argument("--only", choices=("rerank", "evidence", "answerability"))
    parser.add_argument("--strength", type=float, default=1.0)
    arguments = parser.parse_args()
    files = arguments.dataset or [here / f"{name}.jsonl" for name in DATASETS]
    rows = _load([file for file in files if file.exists()])
    assistant = Assistant.open(Settings())
    steps = "rerank", "evidence", "answerability"
    for name in steps:
        if arguments.only not in (None, name):
            continue
        # Each model is trained on what the one before it now chooses.
        examples = [e for row in rows if (e := _run(assistant, row))]
        if name == "rerank":
            stored = train_rerank(assistant, examples, arguments.strength)
        elif name == "evidence":
            stored = train_evidence(examples, arguments.strength)
        else:
            stored = train_answerability(assistant, examples, arguments.strength)
        if not arguments.dry_run:
            text = json.dumps(stored, indent=1) + "\n"
            (WEIGHTS / f"{name}.json").write_text(text, "utf-8")
        rerank._weights.cache_clear()
        evidence._weights.cache_clear()


if __name__ == "__main__":
    main()
