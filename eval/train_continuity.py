"""The small model that chooses between the readings of a follow-up, fitted on dialogues.

Called by `eval/train_assistant.py` once the other models are fitted. A logistic regression over
`assistant.continuity`, one row a reading: an answer is the one wanted where it states every fact
of the turn. Below a probability the follow-up is refused. Weights and threshold go into
`assistant/weights/continuity.json`.

The model rests on the probability that the evidence answers, and that model learns from the same
dialogues. Each dialogue is therefore read with a model that was fitted without it (stacking by
cross-validation, Wolpert 1992).

A conversation may also turn to something else: questions of the single-turn sets, each asked after
another, teach that. Everything printed is measured out of fold: five folds by dialogue. Earlier
turns are the assistant's real answers.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from assistant import answerability, continuity, dialogue
from assistant.answer import Turn
from assistant.pipeline import Assistant, Context
from eval.dataset import Dialogue, Row
from eval.score import Scored, score
from eval.summary import resolved
from eval.tasks import clause_text
from eval.turns import FollowUp, ambiguous, follow_ups

Matrix = np.ndarray[Any, Any]
# The model that was fitted without a dialogue or a question, by its id.
Unseen = Callable[[str], answerability.Model]
WEIGHTS = Path(continuity.__file__).with_name("weights") / "continuity.json"
FOLDS = 5
SEED = 20241124
# So many questions asked after another of the same set, and what each counts beside a follow-up.
OTHER_TOPIC, OTHER_WEIGHT = 240, 0.4
# The share of follow-ups that the operating point takes to be without an answer.
REFUSED = 0.2
# How much of what the best operating point resolves another may resolve less.
NEARLY = 0.01


@dataclass(frozen=True)
class Example:
    """A follow-up and what became of its readings, in their order."""

    row: Row
    dialogue: str
    weight: float
    contexts: list[Context]
    features: list[dict[str, float]]
    right: list[bool]

    @property
    def stated(self) -> list[bool]:
        """Whether each reading states anything."""
        return [bool(context.claims) for context in self.contexts]


def _scored(assistant: Assistant, row: Row, context: Context) -> Scored:
    answer = assistant.answer_of(context, row.id)
    return score(row, "", answer, clause_text(assistant.library), 0.0)


def example(assistant: Assistant, found: FollowUp, name: str, weight: float) -> Example | None:
    """The readings of a follow-up, taken to an answer; None where one of them is enough."""
    contexts = [assistant.run(found.context(reading)) for reading in found.readings]
    if dialogue.is_settled(contexts[0]):
        return None
    row = found.row
    features = continuity.features(assistant, found.text, found.past, contexts)
    right = [
        bool(context.claims) and not row.refuses and resolved(_scored(assistant, row, context))
        for context in contexts
    ]
    return Example(row, name, weight, contexts, features, right)


def examples_of(
    assistant: Assistant, talks: Sequence[Dialogue], rows: Sequence[Row], unseen: Unseen
) -> Iterator[Example]:
    """The follow-ups of dialogues, and questions that stand alone, each asked after another."""
    for talk in talks:
        with mock.patch.object(answerability, "model", lambda: unseen(talk.id)):  # noqa: B023
            for found in follow_ups(assistant, talk):
                if made := example(assistant, found, talk.id, 1.0):
                    yield made
    chance = random.Random(SEED)
    for row in chance.sample(rows, min(OTHER_TOPIC, len(rows))):
        before = chance.choice(rows)
        with mock.patch.object(answerability, "model", lambda: unseen(row.id)):  # noqa: B023
            said = assistant.ask(before.question, before.audience).answer
            after = Row(**{**vars(row), "history": (Turn(before.question, said),)})
            turned = ambiguous(assistant, after)
            made = example(assistant, turned, row.id, OTHER_WEIGHT) if turned else None
        if made:
            yield made


def fit_choice(x: Matrix, y: Matrix, weight: Matrix, strength: float) -> Matrix:
    """Logistic regression on features of one scale; the weights are those for `x` as it is.

    The first feature is the constant.
    """
    scale = StandardScaler().fit(x[:, 1:], sample_weight=weight)
    model = LogisticRegression(C=strength, max_iter=3000)
    model.fit(scale.transform(x[:, 1:]), y, sample_weight=weight)
    slopes = model.coef_[0] / scale.scale_
    return np.array([model.intercept_[0] - slopes @ scale.mean_, *slopes])


def _outcomes(examples: Sequence[Example], chances: Sequence[Matrix], threshold: float) -> Matrix:
    """Whether each follow-up is resolved when the likelier reading is taken, or none."""
    out = []
    for made, pair in zip(examples, chances, strict=True):
        able = np.where(made.stated, pair, -1.0)
        best = int(np.argmax(able))
        refused = able[best] < threshold
        out.append(made.row.refuses if refused else made.right[best])
    return np.array(out)


def _shares(examples: Sequence[Example]) -> Matrix:
    """The weight of each example, so that `REFUSED` of them are to be refused."""
    weight = np.array([e.weight for e in examples])
    refuse = np.array([e.row.refuses for e in examples])
    share = (weight * refuse).sum() / weight.sum()
    return np.asarray(weight * np.where(refuse, REFUSED / share, (1 - REFUSED) / (1 - share)))


def train_choice(examples: Sequence[Example], strength: float) -> tuple[dict[str, float], float]:
    """Fit and report which reading is taken, and from which probability on."""
    names = continuity.CHOICE_FEATURES
    x = np.array([[row.get(name, 0.0) for name in names] for e in examples for row in e.features])
    y = np.array([right for e in examples for right in e.right])
    share = _shares(examples)
    weight = np.array([w for w, e in zip(share, examples, strict=True) for _ in e.right])
    weight = weight * np.array([stated for e in examples for stated in e.stated])
    groups = np.array([e.dialogue for e in examples for _ in e.right])
    chances = np.zeros(len(y))
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(x, y, groups):
        chances[test] = expit(x[test] @ fit_choice(x[train], y[train], weight[train], strength))
    ends = np.cumsum([len(e.right) for e in examples])[:-1]
    pairs = np.split(chances, ends)
    points = np.arange(0.05, 0.8, 0.01)
    won = [float((_outcomes(examples, pairs, t) * share).sum()) for t in points]
    # Many do nearly as well: of those the highest, as a wrong answer is worse than a refusal.
    near = points[np.array(won) >= (1 - NEARLY) * max(won)]
    threshold = float(near.max())
    mine = np.array([e.weight == 1.0 for e in examples])
    ok = _outcomes(examples, pairs, threshold)
    best = np.array([e.row.refuses or any(e.right) for e in examples])
    answerable = np.array([not e.row.refuses for e in examples])
    for title, rows in (("follow-ups", mine), ("other topics", ~mine)):
        a, r = rows & answerable, rows & ~answerable
        print(
            f"{title}: {rows.sum()}, resolved out of fold {ok[rows].mean():.3f} at {threshold:.2f} "
            f"(answered {ok[a].mean():.3f} of {a.sum()}, refused {ok[r].mean():.3f} of {r.sum()}); "
            f"with the better reading always taken {best[rows].mean():.3f}"
        )
    for made, pair, right in zip(examples, pairs, ok, strict=True):
        if not right and made.weight == 1.0:
            print(
                f"  {made.row.id} {made.row.question} {'拒' if made.row.refuses else '答'} "
                f"{pair.round(2).tolist()} {made.right} | {made.contexts[1].text}"
            )
    return _named(names, fit_choice(x, y, weight, strength)), threshold


def _named(names: Sequence[str], weights: Matrix) -> dict[str, float]:
    return {name: round(float(w), 4) for name, w in zip(names, weights, strict=True)}


def train(
    assistant: Assistant,
    talks: Sequence[Dialogue],
    rows: Sequence[Row],
    unseen: Unseen,
    strength: float,
) -> dict[str, Any]:
    """Fit and report; returns what goes into the weights file."""
    stored: dict[str, Any] = json.loads(WEIGHTS.read_text("utf-8"))
    examples = list(examples_of(assistant, talks, rows, unseen))
    choice, threshold = train_choice(examples, strength)
    return stored | {"choice": choice, "threshold": round(threshold, 3)}
