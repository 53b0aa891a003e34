"""Train the four small linear models of the assistant from the evaluation sets.

    python -m eval.train_assistant [--dataset FILE ...] [--dry-run]

* `assistant/weights/rerank.json`: which clauses answer (listwise softmax regression, ListNet
  of Cao et al. 2007, over the features of `assistant.rerank`; positives are the gold clauses);
* `assistant/weights/evidence.json`: which sentence answers (the same over the features of
  `assistant.evidence`; positives are the sentences of the gold clauses that hold a fact of the
  row);
* `assistant/weights/inclusion.json`: whether a further sentence is stated beside the best
  (logistic regression over `assistant.inclusion`; positives hold a fact that those already chosen
  do not);
* `assistant/weights/answerability.json`: whether the best evidence answers at all, and whether
  the question belongs to the field (logistic regression over `assistant.answerability`).

Everything printed is measured out of fold: five folds by question, so that no question is
judged by a model that saw it. The weights that are written are fitted on all rows.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import expit, log_softmax
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import GroupKFold

from assistant import answer_type, answerability, compose, evidence, inclusion, rerank
from assistant.pipeline import STEPS, Assistant, Context
from corpus.settings import Settings
from eval.text import squeeze

DATASETS = ("plan", "policies", "development")
WEIGHTS = Path(answerability.__file__).with_name("weights")
FOLDS = 5
SEED = 20241124
Matrix = np.ndarray[Any, Any]
# The share of questions without an answer that the operating point is set for.
REFUSED = 0.25
# How freely the weights of the n-grams move: the variance of their normal prior.
WORDING_STRENGTH = 8.0
# Further sentences to state on average, for questions that want one fact and that want many.
FURTHER = {"one": 2.0, "many": 3.0}
FURTHER_SHOWN = (0.3, 0.6, 1.0, 1.5, 2.0, 3.0)


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
    "literal_clause": 0.5,
    "literal_stated": 0.5,
    "opinion": -3.0,
    "other_time": -1.5,
    "artefact_missing": -2.0,
    "list_missing": -1.5,
    "specific_name_missing": -2.5,
    "clause_share": 0.5,
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
    "english_standing_out literal_clause literal_stated clause_share evidence_lead".split()
)
_FREE = frozenset({"bias", "english", "words", "yes_no", "who", "open", "where"})
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


def _run(assistant: Assistant, context: Context, first: str, last: str) -> bool:
    """Run the steps from `first` up to `last`; False where the question ends before."""
    names = [name for name, _ in STEPS]
    for _, step in STEPS[names.index(first) : names.index(last)]:
        step(assistant, context)
        if context.status is not None or context.drafts:
            return False
    return True


def found(assistant: Assistant, row: dict[str, Any]) -> Example | None:
    """A question run up to what retrieval finds; None where it ends before."""
    context = Context(row["question"], row.get("audience"))
    if not _run(assistant, context, "check", "rerank"):
        return None
    statuses = row["status"] if isinstance(row["status"], list) else [row["status"]]
    answerable = bool({"answered", "partial"} & set(statuses))
    in_domain = answerable or "out_of_scope" not in statuses or statuses[0] == "not_found"
    return Example(row, context, answerable, in_domain)


def selected(assistant: Assistant, example: Example) -> Example | None:
    """The same run on to evidence selection, with the weights as they are now."""
    context = replace(example.context)
    if not _run(assistant, context, "rerank", "split") or not context.ranked:
        return None
    return replace(example, context=context)


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
            asks = answer_type.asks_sanction(context.question)
            features.append(
                rerank.features(
                    context.question,
                    context.terms,
                    hit,
                    best,
                    clause,
                    documents[clause.document_id],
                    clause.id in assistant.links.targets,
                    assistant.duties.get(clause.id, "") if asks else "",
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
        spellings = [words for fact in _spellings(example.row) for words in fact]
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


def train_evidence(
    assistant: Assistant, examples: Sequence[Example], strength: float
) -> dict[str, Any]:
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


def _spellings(row: dict[str, Any]) -> list[list[str]]:
    facts = row.get("facts", [])
    return [[squeeze(w) for w in ([f] if isinstance(f, str) else f)] for f in facts]


def _inclusion_data(
    assistant: Assistant, examples: Sequence[Example]
) -> tuple[Matrix, Matrix, Matrix, Matrix]:
    """Features, labels, question numbers and whether many facts are wanted, one a sentence."""
    features, labels, groups, many = [], [], [], []
    for number, example in enumerate(examples):
        context, gold = example.context, _gold(example.row)
        if not example.answerable:
            continue
        question, terms = context.asked, context.terms
        assert terms is not None
        ranked = compose.ordered(question, context.ranked, assistant.library.by_id)
        wanted = _spellings(example.row)

        def held(item: evidence.Evidence, wanted: list[list[str]] = wanted) -> set[int]:
            if item.clause.id not in gold:  # noqa: B023
                return set()
            text = squeeze(item.text)
            return {at for at, fact in enumerate(wanted) if any(w in text for w in fact)}

        chosen, stated = [ranked[0]], held(ranked[0])
        for other in ranked[1 : inclusion.DEPTH]:
            label = bool(held(other) - stated)
            features.append(inclusion.features(question, terms, chosen, other))
            labels.append(label)
            groups.append(number)
            many.append(evidence.wants_many(question))
            if label:
                chosen.append(other)
                stated |= held(other)
    return np.array(features), np.array(labels), np.array(groups), np.array(many)


def train_inclusion(
    assistant: Assistant, examples: Sequence[Example], strength: float
) -> dict[str, Any]:
    """Fit and report; returns what goes into the weights file."""
    x, y, groups, many = _inclusion_data(assistant, examples)

    def fit(rows: Matrix) -> Matrix:
        model = LogisticRegression(C=strength, fit_intercept=False, max_iter=1000)
        return np.asarray(model.fit(x[rows], y[rows]).coef_[0])

    probability = np.zeros(len(y))
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(x, y, groups):
        probability[test] = expit(x[test] @ fit(train))
    stored: dict[str, Any] = {"weights": _named(inclusion.FEATURES, fit(np.arange(len(y))))}
    for name, mine in (("one", ~many), ("many", many)):
        # The threshold at which so many further sentences are stated on average.
        questions = len(np.unique(groups[mine]))
        ordered = np.sort(probability[mine])[::-1]
        for further in (*FURTHER_SHOWN, FURTHER[name]):
            point = float(ordered[min(len(ordered) - 1, int(further * questions))])
            kept = (probability[mine & y] >= point).mean()
            print(f"inclusion, {name}: {further} further sentences at {point:.3f}, {kept:.2f} kept")
        stored[f"threshold_{name}"] = round(point, 4)
    return stored


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
    words: csr_matrix,
    y: Matrix,
    prior: Matrix,
    strength: float,
    signs: Sequence[int],
) -> tuple[Matrix, Matrix]:
    """Logistic regression whose weights are drawn to `prior`: those of `x` and those of `words`.

    Few hundred rows cannot teach a rare feature (a place that the corpus does not know) its
    weight; the prior says what a person would expect, and the data correct it. `signs` (1, -1
    or 0 for free) keeps a weight from taking the sign that chance gave it. The weights of
    `words` (questions, n-grams) are drawn to nothing.
    """
    share = y.mean()
    weight = np.where(y, 0.5 / share, 0.5 / (1 - share))
    sign = np.where(y, 1.0, -1.0)
    count = x.shape[1]

    def loss(w: Matrix) -> tuple[float, Matrix]:
        own, worded = w[:count], w[count:]
        margin = sign * (x @ own + words @ worded)
        value = (weight * np.logaddexp(0, -margin)).sum()
        value += ((own - prior) ** 2).sum() / (2 * strength)
        value += (worded**2).sum() / (2 * WORDING_STRENGTH)
        pull = -weight * sign * expit(-margin)
        own_pull = x.T @ pull + (own - prior) / strength
        worded_pull = words.T @ pull + worded / WORDING_STRENGTH
        return float(value), np.concatenate([own_pull, worded_pull])

    limits = {1: (0.0, None), -1: (None, 0.0), 0: (None, None)}
    bounds = [limits[sign] for sign in signs] + [limits[0]] * words.shape[1]
    start = np.concatenate([prior, np.zeros(words.shape[1])])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    if not found.success:
        raise RuntimeError(f"the fit did not converge: {found.message}")
    return found.x[:count], found.x[count:]


def _logistic(
    x: Matrix, words: csr_matrix, y: Matrix, prior: Matrix, strength: float
) -> tuple[Matrix, Matrix, Matrix]:
    """Out-of-fold probabilities and the weights fitted on all rows."""
    probabilities = np.zeros(len(y))
    folds = GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(x, y, np.arange(len(y)))
    for train, test in folds:
        own, worded = _fit(x[train], words[train], y[train], prior, strength, _SIGNS)
        probabilities[test] = expit(x[test] @ own + words[test] @ worded)
    return probabilities, *_fit(x, words, y, prior, strength, _SIGNS)


def _worded(examples: Sequence[Example]) -> tuple[csr_matrix, list[str]]:
    """What the questions say beside their best clauses: (questions, n-grams), and the n-grams.

    Only those that stand in two questions.
    """
    rows = [answerability.worded(e.context.asked, e.context.ranked) for e in examples]
    vectorizer = DictVectorizer()
    words = csr_matrix(vectorizer.fit_transform(rows))
    kept = np.flatnonzero(words.getnnz(axis=0) >= 2)
    names = vectorizer.get_feature_names_out()
    return words[:, kept], [str(names[at]) for at in kept]


def _shares(refuse: Matrix) -> Matrix:
    """Weights under which `REFUSED` of the questions are to be refused."""
    share = refuse.mean()
    return np.asarray(np.where(refuse, REFUSED / share, (1 - REFUSED) / (1 - share)))


def _operating_point(refuse: Matrix, answer: Matrix) -> float:
    """The threshold on P(answer): the lowest with nearly the best F1 of refusal.

    Refusing what the corpus answers costs the asker more than a cited answer beside the point.
    """
    weights = _shares(refuse)
    f1 = {
        float(t): precision_recall_fscore_support(
            refuse, answer < t, average="binary", zero_division=0, sample_weight=weights
        )[2]
        for t in np.unique(np.round(answer, 2))
    }
    return min(t for t, value in f1.items() if value >= max(f1.values()) - 0.01)


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
    words, ngrams = _worded(examples)
    probability, answer, worded = _logistic(x, words, answerable, _prior(PRIOR_ANSWER), strength)
    threshold = _operating_point(~answerable, probability)
    precision, recall, f1, _ = precision_recall_fscore_support(
        ~answerable,
        probability < threshold,
        average="binary",
        sample_weight=_shares(~answerable),
    )
    print(
        f"refusal: {len(examples)} questions, {int((~answerable).sum())} to refuse; out of fold "
        f"precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f} at {threshold:.3f}"
    )
    for example, p in sorted(zip(examples, probability, strict=True), key=lambda pair: pair[1]):
        if (p >= threshold) != example.answerable:
            print(f"  {p:.2f} {'答' if example.answerable else '拒'} {example.row['question']}")
    unworded = words[:, :0]
    domain_p, domain, _ = _logistic(x, unworded, in_domain, _prior(PRIOR_DOMAIN), strength)
    domain_threshold = _operating_point(~in_domain, domain_p)
    names = answerability.FEATURES
    return {
        "answer": _named(names, answer),
        "wording": {n: w for n, w in _named(ngrams, worded, 3).items() if w},
        "domain": _named(names, domain),
        "answer_threshold": round(threshold, 3),
        "domain_threshold": round(domain_threshold, 3),
    }


def _named(names: Sequence[str], weights: Matrix, digits: int = 4) -> dict[str, float]:
    return {name: round(float(w), digits) for name, w in zip(names, weights, strict=True)}


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
    parser.add_argument("--only", choices=tuple(TRAINERS))
    parser.add_argument("--strength", type=float, default=2.0)
    arguments = parser.parse_args()
    files = arguments.dataset or [here / f"{name}.jsonl" for name in DATASETS]
    # Follow-ups are learned by `eval/train_continuity.py`.
    rows = [
        row for row in _load([file for file in files if file.exists()]) if not row.get("history")
    ]
    assistant = Assistant.open(Settings())
    starts = [e for row in rows if (e := found(assistant, row))]
    for name, train in TRAINERS.items():
        if arguments.only not in (None, name):
            continue
        # Each model is trained on what the one before it now chooses.
        examples = [e for start in starts if (e := selected(assistant, start))]
        stored = train(assistant, examples, arguments.strength)
        if not arguments.dry_run:
            text = json.dumps(stored, indent=1, ensure_ascii=False) + "\n"
            (WEIGHTS / f"{name}.json").write_text(text, "utf-8")
        for kept in (rerank._weights, evidence._weights, inclusion._model):
            kept.cache_clear()


TRAINERS: dict[str, Callable[[Assistant, Sequence[Example], float], dict[str, Any]]] = {
    "rerank": train_rerank,
    "evidence": train_evidence,
    "inclusion": train_inclusion,
    "answerability": train_answerability,
}


if __name__ == "__main__":
    main()
