"""Train the small linear models of the assistant from the evaluation sets and the dialogues.

    python -m eval.train_assistant [--dry-run] [--from MODEL]

* `assistant/weights/rerank.json`: which clauses answer (listwise softmax regression, ListNet
  of Cao et al. 2007, over the features of `assistant.rerank`; positives are the gold clauses);
* `assistant/weights/evidence.json`: which sentence answers (the same over the features of
  `assistant.evidence`; positives are the sentences of the gold clauses that hold a fact of the
  row);
* `assistant/weights/inclusion.json`: whether a further sentence is stated beside the best
  (logistic regression over `assistant.inclusion`; positives hold a fact that those already chosen
  do not);
* `assistant/weights/answerability.json`: whether the best evidence answers at all, and whether
  the question belongs to the field (logistic regression over `assistant.answerability`);
* `assistant/weights/continuity.json`: which reading of a follow-up is meant
  (`eval/train_continuity.py`, which rests on the model before it).

The follow-ups of the dialogues teach the first four too, each reading as a question of its own:
one whose evidence states no fact of the turn is not answered by it.

Everything printed is measured out of fold: five folds by question, so that no question is
judged by a model that saw it. The weights that are written are fitted on all rows.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import expit, log_softmax
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_fscore_support, roc_auc_score
from sklearn.model_selection import GroupKFold

from assistant import (
    answer_type,
    answerability,
    compose,
    continuity,
    evidence,
    inclusion,
    rerank,
)
from assistant.answer import Status
from assistant.pipeline import STEPS, Assistant, Context
from corpus.settings import Settings
from eval import dataset, train_continuity, turns
from eval.dataset import Dialogue, Row
from eval.text import squeeze

DATASETS = ("plan", "policies", "development")
WEIGHTS = Path(answerability.__file__).with_name("weights")
FOLDS = 5
SEED = 20241124
# In the order in which they are fitted.
MODELS = ("rerank", "evidence", "inclusion", "answerability")
Matrix = np.ndarray[Any, Any]
# The share of questions without an answer that the operating point is set for.
REFUSED = 0.25
# How freely the weights of the n-grams move: the variance of their normal prior.
WORDING_STRENGTH = 8.0
# What a reading of a follow-up counts beside a question that stands alone: there are several.
READING_WEIGHT = 0.15
# Further sentences to state on average, for questions that want one fact and that want many.
FURTHER = {"one": 1.8, "many": 3.0}
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
    "sanction_missing": -1.5,
    "clause_share": 0.5,
    "translation": 1.0,
    "clause_translation": 1.0,
    "least_translated": 1.0,
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
    "english_standing_out literal_clause literal_stated clause_share evidence_lead translation "
    "clause_translation least_translated translation_lead".split()
)
_FREE = frozenset({"bias", "english", "words", "yes_no", "who", "open", "where"})
_SIGNS = tuple(
    0 if name in _FREE else 1 if name in _SPEAKS_FOR else -1 for name in answerability.FEATURES
)


def _prior(weights: dict[str, float]) -> Matrix:
    return np.array([weights.get(name, 0.0) for name in answerability.FEATURES])


@dataclass(frozen=True)
class Example:
    """One question run up to evidence selection; `group` is its dialogue, or itself."""

    row: Row
    context: Context
    group: str

    @property
    def answerable(self) -> bool:
        """Whether the corpus answers the question."""
        return not self.row.refuses

    @property
    def answered(self) -> bool:
        """Whether the evidence is to be stated: of a reading of a follow-up, if it is right."""
        if not self.answerable or self.context.reading is None:
            return self.answerable
        return any(_states(self.row, item) for item in self.context.chosen)

    @property
    def in_domain(self) -> bool:
        """Whether the question belongs to the field."""
        return self.answerable or self.row.status is not Status.OUT_OF_SCOPE


def _gold(row: Row) -> set[str]:
    return {name for group in row.relevant for name in group}


def _states(row: Row, item: evidence.Evidence) -> bool:
    """Whether a sentence is of the right clause and states a fact of the row."""
    if item.clause.id not in _gold(row):
        return False
    text = squeeze(item.text)
    return any(words in text for fact in _spellings(row) for words in fact)


def _run(assistant: Assistant, context: Context, first: str, last: str) -> bool:
    """Run the steps from `first` up to `last`; False where the question ends before."""
    names = [name for name, _ in STEPS]
    for _, step in STEPS[names.index(first) : names.index(last)]:
        step(assistant, context)
        if context.status is not None or context.drafts:
            return False
    return True


def found(assistant: Assistant, row: Row, context: Context, group: str) -> Example | None:
    """A question run up to what retrieval finds; None where it ends before."""
    if not _run(assistant, context, "check", "rerank"):
        return None
    return Example(row, context, group)


def starts(
    assistant: Assistant, rows: Sequence[Row], talks: Sequence[Dialogue]
) -> Iterator[Example]:
    """Every question, and every reading of every follow-up, as far as retrieval."""
    for row in rows:
        if example := found(assistant, row, Context(row.question, row.audience), row.id):
            yield example
    for talk in talks:
        for follow_up in turns.follow_ups(assistant, talk):
            for reading in follow_up.readings:
                context = follow_up.context(reading)
                if example := found(assistant, follow_up.row, context, talk.id):
                    yield example


def selected(assistant: Assistant, example: Example) -> Example | None:
    """The same run on to evidence selection, with the weights as they are now."""
    context = replace(example.context)
    if not _run(assistant, context, "rerank", "split") or not context.ranked:
        return None
    return replace(example, context=context)


def rescored(assistant: Assistant, example: Example) -> Example:
    """The same evidence, scored and chosen by the weights as they are now."""
    context = replace(example.context)
    context.ranked = evidence.rescored(context.ranked)
    assert context.terms is not None
    context.chosen = compose.select(
        context.asked, context.terms, context.ranked, assistant.library.by_id
    )
    return replace(example, context=context)


def _rerank_data(
    assistant: Assistant, examples: Sequence[Example]
) -> tuple[Matrix, Matrix, Matrix]:
    features, labels, groups = [], [], []
    clauses, documents = assistant.library.clauses, assistant.library.by_id
    for number, example in enumerate(examples):
        gold, context = _gold(example.row), example.context
        hits = context.candidates
        if (
            not example.answerable
            or context.reading
            or not any(hit.clause_id in gold for hit in hits)
        ):
            continue
        assert context.question and context.terms
        translated = rerank.translations(context.terms, hits, assistant.translator)
        best = rerank.best_scores(hits, translated)
        for hit, likelihood in zip(hits, translated, strict=True):
            clause = clauses[hit.clause_id]
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
                    likelihood,
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


def _evidence_data(examples: Sequence[Example]) -> tuple[Matrix, Matrix, Matrix, Matrix]:
    """Features, labels, question numbers and the questions' weights, one a sentence."""
    features, labels, groups, weights = [], [], [], []
    for number, example in enumerate(examples):
        rows = [(item.features, _states(example.row, item)) for item in example.context.ranked]
        if not example.answerable or not any(label for _, label in rows):
            continue
        for values, label in rows:
            features.append(values)
            labels.append(label)
            groups.append(number)
            weights.append(READING_WEIGHT if example.context.reading else 1.0)
    return np.array(features), np.array(labels), np.array(groups), np.array(weights)


def _first_right(scores: Matrix, labels: Matrix, groups: Matrix) -> float:
    """Share of questions whose best-scored sentence is a right one."""
    right = [labels[groups == g][np.argmax(scores[groups == g])] for g in np.unique(groups)]
    return float(np.mean(right))


def train_evidence(
    assistant: Assistant, examples: Sequence[Example], strength: float
) -> dict[str, Any]:
    """Fit and report; returns what goes into the weights file."""
    x, y, groups, weights = _evidence_data(examples)
    # The readings of a follow-up, and those of the same dialogue, belong together.
    together = np.array([examples[number].group for number in groups])
    out_of_fold = np.zeros(len(y))
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(x, y, together):
        found = _fit_lists(x[train], y[train], groups[train], strength, weights[train])
        out_of_fold[test] = x[test] @ found
    for name, mine in (("alone", weights == 1.0), ("readings", weights < 1.0)):
        share = _first_right(out_of_fold[mine], y[mine], groups[mine])
        print(
            f"evidence, {name}: {len(np.unique(groups[mine]))} questions, {mine.sum()} sentences; "
            f"first is right: out of fold {share:.3f}"
        )
    whole = _fit_lists(x, y, groups, strength, weights)
    return {"weights": _named(evidence.FEATURES, whole)}


def _spellings(row: Row) -> list[list[str]]:
    return [[squeeze(words) for words in fact] for fact in row.facts]


def _inclusion_data(
    assistant: Assistant, examples: Sequence[Example]
) -> tuple[Matrix, Matrix, Matrix, Matrix]:
    """Features, labels, question numbers and whether many facts are wanted, one a sentence."""
    features, labels, groups, many = [], [], [], []
    for number, example in enumerate(examples):
        context, gold = example.context, _gold(example.row)
        # A reading of a follow-up may have nothing right to add anything to.
        if not example.answerable or context.reading:
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


def _fit_lists(
    x: Matrix, y: Matrix, groups: Matrix, strength: float, weights: Matrix | None = None
) -> Matrix:
    """Weights under which the right ones of each question's list come first, shape (features,).

    Cross entropy of the softmax over a question's list with the even share of its right ones;
    what all of a list have in common (a hard question, a long one) then teaches nothing.
    """
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    lists = np.split(order, starts[1:])
    counts = np.ones(len(x)) if weights is None else weights

    def loss(w: Matrix) -> tuple[float, Matrix]:
        value, gradient = float((w**2).sum()) / (2 * strength), w / strength
        for mine in lists:
            share = y[mine] / y[mine].sum()
            log_p = log_softmax(x[mine] @ w)
            count = counts[mine[0]]
            value -= count * float(share @ log_p)
            gradient = gradient - count * (x[mine].T @ (share - np.exp(log_p)))
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


@dataclass(frozen=True)
class Logistic:
    """A model fitted on all rows, and one without each fold: weights of features and n-grams.

    `probabilities` are out of fold; `fold_of` tells the fold of each group.
    """

    probabilities: Matrix
    whole: tuple[Matrix, Matrix]
    without: list[tuple[Matrix, Matrix]]
    fold_of: dict[str, int]


def _logistic(
    x: Matrix,
    words: csr_matrix,
    y: Matrix,
    groups: Sequence[str],
    prior: Matrix,
    strength: float,
) -> Logistic:
    probabilities = np.zeros(len(y))
    without: list[tuple[Matrix, Matrix]] = []
    fold_of: dict[str, int] = {}
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(x, y, groups):
        own, worded = _fit(x[train], words[train], y[train], prior, strength, _SIGNS)
        probabilities[test] = expit(x[test] @ own + words[test] @ worded)
        fold_of |= {groups[at]: len(without) for at in test}
        without.append((own, worded))
    whole = _fit(x, words, y, prior, strength, _SIGNS)
    return Logistic(probabilities, whole, without, fold_of)


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
    """The threshold on P(answer): the middle of those with nearly the best F1 of refusal."""
    weights = _shares(refuse)
    f1 = {
        float(t): precision_recall_fscore_support(
            refuse, answer < t, average="binary", zero_division=0, sample_weight=weights
        )[2]
        for t in np.unique(np.round(answer, 2))
    }
    return float(np.median([t for t, value in f1.items() if value >= max(f1.values()) - 0.01]))


def train_answerability(
    assistant: Assistant, examples: Sequence[Example], strength: float
) -> tuple[dict[str, Any], train_continuity.Unseen]:
    """Fit and report; returns what goes into the weights file, and the models without each fold."""
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
            assistant.translator,
        )
        rows.append([values.get(name, 0.0) for name in answerability.FEATURES])
    x = np.array(rows)
    answered = np.array([e.answered for e in examples])
    in_domain = np.array([e.in_domain for e in examples])
    groups = [e.group for e in examples]
    words, ngrams = _worded(examples)
    answer = _logistic(x, words, answered, groups, _prior(PRIOR_ANSWER), strength)
    # The operating point is that of questions which stand alone.
    alone = np.array([e.context.reading is None for e in examples])
    probability, refuse = answer.probabilities[alone], ~answered[alone]
    threshold = _operating_point(refuse, probability)
    precision, recall, f1, _ = precision_recall_fscore_support(
        refuse,
        probability < threshold,
        average="binary",
        sample_weight=_shares(refuse),
    )
    print(
        f"refusal: {len(refuse)} questions, {int(refuse.sum())} to refuse; out of fold "
        f"precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f} at {threshold:.3f}"
    )
    if not alone.all():
        area = roc_auc_score(answered[~alone], answer.probabilities[~alone])
        print(f"readings of follow-ups: {int((~alone).sum())}, area under ROC {area:.3f}")
    for example, p in sorted(zip(examples, answer.probabilities, strict=True), key=lambda e: e[1]):
        if (p >= threshold) != example.answered:
            print(f"  {p:.2f} {'答' if example.answered else '拒'} {example.context.text}")
    domain = _logistic(x, words[:, :0], in_domain, groups, _prior(PRIOR_DOMAIN), strength)
    domain_threshold = _operating_point(~in_domain[alone], domain.probabilities[alone])
    names = answerability.FEATURES

    def stored(own: Matrix, worded: Matrix) -> dict[str, Any]:
        return {
            "answer": _named(names, own),
            "wording": {n: w for n, w in _named(ngrams, worded, 3).items() if w},
            "domain": _named(names, domain.whole[0]),
            "answer_threshold": round(threshold, 3),
            "domain_threshold": round(domain_threshold, 3),
        }

    whole = answerability.Model(**stored(*answer.whole))
    without = [answerability.Model(**stored(*weights)) for weights in answer.without]

    def unseen(group: str) -> answerability.Model:
        return without[answer.fold_of[group]] if group in answer.fold_of else whole

    return stored(*answer.whole), unseen


def _named(names: Sequence[str], weights: Matrix, digits: int = 4) -> dict[str, float]:
    return {name: round(float(w), digits) for name, w in zip(names, weights, strict=True)}


def _write(name: str, stored: dict[str, Any], dry_run: bool) -> None:
    if not dry_run:
        text = json.dumps(stored, indent=1, ensure_ascii=False) + "\n"
        (WEIGHTS / f"{name}.json").write_text(text, "utf-8")
    for kept in (
        rerank._weights,
        evidence._weights,
        inclusion._model,
        answerability.model,
        continuity.model,
    ):
        kept.cache_clear()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    here = Path(__file__).with_name("datasets")
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--from", dest="first", choices=MODELS, default=MODELS[0])
    parser.add_argument("--strength", type=float, default=2.0)
    parser.add_argument("--choice-strength", type=float, default=0.03)
    arguments = parser.parse_args()
    # A question that comes with a history is a follow-up, and not one of a dialogue.
    sets = [dataset.load(here / f"{name}.jsonl") for name in DATASETS]
    rows = [row for rows in sets for row in rows if not row.history]
    talks = turns.load([here / f"{name}.jsonl" for name in turns.DIALOGUES])
    assistant = Assistant.open(Settings())
    begun = list(starts(assistant, rows, talks))
    # Each model is trained on what the one before it now chooses.
    if arguments.first == "rerank":
        _write("rerank", train_rerank(assistant, begun, arguments.strength), arguments.dry_run)
    examples = [e for start in begun if (e := selected(assistant, start))]
    for name, train in (("evidence", train_evidence), ("inclusion", train_inclusion)):
        if MODELS.index(name) >= MODELS.index(arguments.first):
            _write(name, train(assistant, examples, arguments.strength), arguments.dry_run)
            examples = [rescored(assistant, e) for e in examples]
    stored, unseen = train_answerability(assistant, examples, arguments.strength)
    _write("answerability", stored, arguments.dry_run)
    chosen = train_continuity.train(assistant, talks, rows, unseen, arguments.choice_strength)
    _write("continuity", chosen, arguments.dry_run)


if __name__ == "__main__":
    main()
