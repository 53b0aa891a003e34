"""Train the learned ranking of all laws: `index/weights/ranking.json`, `query_adapter.npz`.

    python -m eval.train_ranking --questions FILE [--index DIR] [--dry-run]

The file has the format of `eval.stard`; the committed weights come from the 838 training
questions of STARD (Su et al. 2024, MIT licence), no word of which is in them: two matrices and
three weights.

* The adapter is trained by the softmax over all articles (every other article is a negative)
  at temperature 0.02, the documents' vectors fixed.
* The linear model is trained by listwise softmax (Cao et al. 2007) over the best articles of
  each question, adapted by what was trained on the other folds.

Five folds come first: every question is ranked by a model that never saw it, together with the
model without each of its parts.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from scipy.optimize import minimize

from eval import stard
from eval.stard import Asked
from index import ranking
from index.build import Index
from index.embedding import Vectors
from index.ranking import FEATURES, Adapter, Ranking, Scores

SEED = 20241124
FOLDS = 5
RANK, EPOCHS, BATCH, RATE, DECAY, DROPOUT = 64, 12, 64, 3e-3, 1e-2, 0.1
TEMPERATURE = 0.02
# The articles of a question that the linear model is trained on.
LISTED = 400
STRENGTH = 1e-3
Rows = np.ndarray[Any, np.dtype[np.int64]]
Matrix = np.ndarray[Any, np.dtype[np.float64]]

# Features that each ablation goes without.
ABLATIONS: dict[str, frozenset[str]] = {
    "full": frozenset(),
    "without keywords": frozenset({"keyword"}),
    "without plain cosine": frozenset({"dense"}),
    "without adapter": frozenset({"adapted"}),
}


@dataclass(frozen=True)
class Data:
    """The questions over one index; `gold` are rows of the index, `articles` those of laws."""

    index: Index
    articles: Rows
    asked: tuple[Asked, ...]
    vectors: Vectors
    keyword: Scores
    gold: tuple[Rows, ...]
    fold: Rows

    @classmethod
    def read(cls, index: Index, asked: Sequence[Asked], seed: int) -> Data:
        """Encode the questions and score them by keywords."""
        held, row_of = stard.articles(index), index.keywords.row_of
        gold = [
            [row for group in item.gold for name in group if (row := row_of(name)) is not None]
            for item in asked
        ]
        known = [at for at, rows in enumerate(gold) if rows]
        texts = [asked[at].question for at in known]
        return cls(
            index,
            np.array([row for row, name in enumerate(index.keywords.ids) if name in held]),
            tuple(asked[at] for at in known),
            np.stack([index.embedder.encode_packaged_query(text) for text in texts]),
            np.stack([index.keywords.scores(text) for text in texts]),
            tuple(np.unique(gold[at]) for at in known),
            np.random.default_rng(seed).permutation(len(known)) % FOLDS,
        )


def train_adapter(data: Data, questions: Rows, seed: int) -> Adapter:
    """Fit the adapter to some of the questions."""
    import torch
    from torch.nn.functional import dropout, normalize

    torch.manual_seed(seed)
    rows = data.index.rows
    # The first passage stands for an article; few are so long that they have more.
    first = rows.clause_starts[data.articles]
    documents = torch.from_numpy(np.array(rows.clauses[first]))
    gold = [np.searchsorted(data.articles, own) for own in data.gold]
    vectors = torch.from_numpy(data.vectors)
    down = (torch.randn(vectors.shape[1], RANK) * 0.02).requires_grad_()
    up = torch.zeros(RANK, vectors.shape[1], requires_grad=True)
    optimizer = torch.optim.AdamW([down, up], lr=RATE, weight_decay=DECAY)
    order = torch.from_numpy(questions)
    steps = EPOCHS * -(-len(questions) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(EPOCHS):
        for batch in order[torch.randperm(len(order))].split(BATCH):
            plain = vectors[batch]
            moved = normalize(plain + dropout(plain @ down, DROPOUT) @ up, dim=-1)
            logits = (moved @ documents.T) / TEMPERATURE
            right = [logits[at, gold[q]].mean() for at, q in enumerate(batch.tolist())]
            loss = (logits.logsumexp(dim=-1) - torch.stack(right)).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return Adapter(down.detach().numpy(), up.detach().numpy())


def cross_once(data: Data, seed: int) -> Vectors:
    """Vectors of all questions, each adapted by what the other folds taught."""
    adapted = data.vectors.copy()
    for fold in range(FOLDS):
        rows = np.flatnonzero(data.fold == fold)
        adapter = train_adapter(data, np.flatnonzero(data.fold != fold), seed)
        adapted[rows] = adapter(data.vectors[rows])
    return adapted


def cross_twice(data: Data, once: Vectors, seed: int) -> list[Vectors]:
    """For each fold held out, vectors of all questions, none adapted by what saw it.

    A question in the fold held out is adapted by what all other folds taught; one in another
    fold by what the rest of the others did: one adapter without two folds serves for both.
    """
    found = [once.copy() for _ in range(FOLDS)]
    for one, other in combinations(range(FOLDS), 2):
        rest = np.flatnonzero(~np.isin(data.fold, (one, other)))
        adapter = train_adapter(data, rest, seed)
        for held, inside in ((one, other), (other, one)):
            rows = np.flatnonzero(data.fold == inside)
            found[held][rows] = adapter(data.vectors[rows])
    return found


def fit_listwise(lists: Sequence[Matrix], right: Sequence[Rows], strength: float) -> Matrix:
    """Weights, shape (features,), that give the right rows of each list the most probability.

    Each list has shape (articles, features). Softmax over a list, cross-entropy with the right
    rows, L2 penalty.
    """
    stacked = np.concatenate(lists)
    sizes = np.array([len(part) for part in lists])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    target = np.zeros(len(stacked))
    for start, rows in zip(starts, right, strict=True):
        target[start + rows] = 1 / len(rows)

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        scores = stacked @ weights
        scores -= np.repeat(np.maximum.reduceat(scores, starts), sizes)
        totals = np.repeat(np.add.reduceat(np.exp(scores), starts), sizes)
        logs = scores - np.log(totals)
        gradient = -(stacked.T @ (target - np.exp(logs))) / len(lists) + 2 * strength * weights
        return float(-(target @ logs) / len(lists) + strength * weights @ weights), gradient

    found = minimize(loss, np.zeros(stacked.shape[1]), jac=True, method="L-BFGS-B")
    weights: Matrix = found.x
    return weights


def question_features(data: Data, at: int, adapted: Vectors) -> Matrix:
    """The features of every article for one question, shape (articles, features)."""
    both = data.index.rows.clause_scores(np.stack([data.vectors[at], adapted[at]]))
    found = ranking.features(both[0], both[1], data.keyword[at])
    return np.stack(found, axis=1)[data.articles].astype(np.float64)


def fit_linear(
    data: Data, questions: Rows, adapted: Vectors, ablations: Mapping[str, frozenset[str]]
) -> dict[str, Matrix]:
    """Weights of every ablation, zero where it goes without a feature."""
    lists, right = [], []
    for at in questions:
        values = question_features(data, int(at), adapted)
        gold = np.searchsorted(data.articles, data.gold[at])
        easy = values.sum(axis=1)
        best = np.argpartition(-easy, min(LISTED, len(easy) - 1))[:LISTED]
        listed = np.union1d(best, gold)
        lists.append(values[listed])
        right.append(np.searchsorted(listed, gold))
    found = {}
    for name, absent in ablations.items():
        kept = [at for at, feature in enumerate(FEATURES) if feature not in absent]
        weights = np.zeros(len(FEATURES))
        weights[kept] = fit_listwise([part[:, kept] for part in lists], right, STRENGTH)
        found[name] = weights
    return found


def cross_validate(data: Data, crossed: Sequence[Vectors]) -> dict[str, list[stard.Ranked]]:
    """Every question ranked out of fold, by the model and by each of its ablations.

    `crossed` are the vectors of all questions for each fold held out.
    """
    ranked: dict[str, list[stard.Ranked]] = {name: [[] for _ in data.asked] for name in ABLATIONS}
    for fold in range(FOLDS):
        weights = fit_linear(data, np.flatnonzero(data.fold != fold), crossed[fold], ABLATIONS)
        for at in np.flatnonzero(data.fold == fold):
            values = question_features(data, int(at), crossed[fold])
            for name, own in weights.items():
                ranked[name][at] = _ids(data, values @ own)
    return ranked


def train(data: Data, once: Vectors, seed: int) -> Ranking:
    """The model from all questions; `once` are their vectors, each adapted by other folds."""
    everyone = np.arange(len(data.asked))
    weights = fit_linear(data, everyone, once, {"full": frozenset()})["full"]
    return Ranking(tuple(map(float, weights)), train_adapter(data, everyone, seed))


def _ids(data: Data, scores: Scores | Matrix) -> stard.Ranked:
    best = data.articles[np.argsort(-scores, kind="stable")[: stard.DEPTH]]
    return [data.index.keywords.ids[row] for row in best]


def _nearest(data: Data, vectors: Vectors) -> list[stard.Ranked]:
    scores = (data.index.rows.clause_scores(row[np.newaxis])[0] for row in vectors)
    return [_ids(data, row[data.articles]) for row in scores]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--index", type=Path, default=stard.INDEX)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--no-folds", action="store_true", help="train without measuring first")
    parser.add_argument("--dry-run", action="store_true", help="measure without writing weights")
    options = parser.parse_args()
    console = Console(width=120, highlight=False)
    index, _ = stard.open_all(options.index, console)
    data = Data.read(index, stard.read_stard(options.questions), options.seed)
    once = cross_once(data, options.seed)
    alone = stard.figures(_nearest(data, once), data.asked)
    console.print(stard.table("适配后的向量，折外", {"adapter": alone}))
    if not options.no_folds:
        ranked = cross_validate(data, cross_twice(data, once, options.seed))
        measured = {name: stard.figures(found, data.asked) for name, found in ranked.items()}
        console.print(stard.table(f"{FOLDS} 折交叉验证，{len(data.asked)} 题", measured))
    if not options.dry_run:
        model = train(data, once, options.seed)
        model.save()
        for name, weight in zip(FEATURES, model.weights, strict=True):
            console.print(f"{name:16} {weight:8.3f}")


if __name__ == "__main__":
    main()
