"""Train the encoder of questions: `index/weights/query_encoder.npz`.

    python -m eval.train_query_encoder [--dataset FILE ...] [--test FILE ...]
                                       [--folds N] [--dry-run]

Of the question tower the biases and layer norms learn (BitFit, Ben Zaken et al. 2022,
arXiv:2106.10199) and a product of two narrow matrices that is added to each of its own (LoRA, Hu
et al. 2021, arXiv:2106.09685). The vectors of the documents stay as indexed, so every clause of
the corpus is a negative of every question at no cost (softmax over the corpus at temperature
0.02; the score of a clause is that of its best passage). In the same way the sentences that state
the facts of a question are set against all sentences: a question then lies near the sentence that
answers, not only near its clause. `--test` reports sets that are not trained on.

`--folds` first measures out of fold: each question is judged by an encoder that never saw it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.normalise import normalise
from corpus.settings import Settings, load_settings
from eval import dataset as datasets
from eval import turns
from eval.text import squeeze
from eval.unpack import adapted, fp32, packaged_names
from index import graph, query_encoder
from index.build import open_index
from index.embedding import Vectors
from index.passages import corrected

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

DATASETS, DIALOGUES = ("training",), ("encoder-dialogues",)
HERE = Path(__file__).with_name("datasets")
SEED = 20241124
EPOCHS, BATCH, RATE, TEMPERATURE = 4, 32, 1e-3, 0.02
RANK = 8
# The weight of finding the sentence beside that of finding the clause.
SENTENCE_SHARE = 0.5
LONGEST = 128
CUTOFFS = (1, 5, 10, 50)
DEPTH = max(CUTOFFS)


@dataclass(frozen=True)
class Target:
    """The passages of a corpus: vectors, shape (passages, dimension), and whose they are.

    The sentences come last, from row `first_sentence` on; `sentences` gives the row and the
    squeezed text of each by its clause.
    """

    vectors: Vectors
    owners: np.ndarray[Any, np.dtype[np.int64]]
    clauses: dict[str, int]
    first_sentence: int
    sentences: dict[str, list[tuple[int, str]]]


@dataclass(frozen=True)
class Example:
    """A question and its clauses: one of each group is wanted, by number in the corpus.

    `sentences` are the rows, counted from the first sentence, that state each of its facts.
    """

    question: str
    gold: tuple[tuple[int, ...], ...]
    sentences: tuple[tuple[int, ...], ...] = ()


def read_target(settings: Settings) -> Target:
    """The passages of the index that serves: clauses, and their sentences."""
    index = open_index(settings)
    rows, library = index.rows, index.library
    numbers = np.arange(len(rows.ids))
    owners = [np.repeat(numbers, np.diff(s)) for s in (rows.clause_starts, rows.sentence_starts)]
    sentences: dict[str, list[tuple[int, str]]] = {}
    for row, (owner, number) in enumerate(zip(owners[1], rows.numbers, strict=True)):
        clause = library.clauses[rows.ids[owner]]
        text = corrected(clause.sentences[number].of(clause.text), library.document_of(clause))
        sentences.setdefault(clause.id, []).append((row, squeeze(text)))
    return Target(
        np.concatenate([rows.clauses, rows.sentences]),
        np.concatenate(owners),
        {name: number for number, name in enumerate(rows.ids)},
        len(rows.clauses),
        sentences,
    )


def _stating(
    row: datasets.Question | datasets.DialogueTurn, target: Target
) -> Iterator[tuple[int, ...]]:
    """For each fact of a question the sentences of its clauses that state it."""
    gold = dict.fromkeys(name for group in row.relevant for name in group)
    texts = [found for name in gold for found in target.sentences.get(name, ())]
    for fact in row.facts:
        spellings = [squeeze(words) for words in fact]
        rows = tuple(at for at, text in texts if any(words in text for words in spellings))
        if rows:
            yield rows


def _example(
    question: str, row: datasets.Question | datasets.DialogueTurn, target: Target
) -> Iterator[Example]:
    numbered = (
        tuple(target.clauses[c] for c in group if c in target.clauses) for group in row.relevant
    )
    gold = tuple(group for group in numbered if group)
    if gold:
        yield Example(question, gold, tuple(_stating(row, target)))


def read_dataset(file: Path, target: Target) -> list[Example]:
    """The questions of an evaluation file that name clauses; follow-ups are left out."""
    return [
        example
        for row in datasets.load(file)
        if not row.history
        for example in _example(normalise(row.question), row, target)
    ]


def read_dialogues(file: Path, target: Target, settings: Settings) -> list[Example]:
    """The questions of dialogues, each with what it goes on with, as `Reading.asked` says it."""
    index = open_index(settings)
    clauses, content_words = index.library.clauses, index.tokenizer.content_words
    return [
        example
        for talk in turns.load([file])
        for turn, asked in turns.as_asked(talk, clauses, content_words)
        for example in _example(asked, turn, target)
    ]


class Trainer:
    """Tunes the packaged model as a question tower, from the packaged weights each time."""

    def __init__(self, work: Path, target: Target) -> None:
        import torch

        self.torch = torch
        self.model: SentenceTransformer = fp32(work)
        self.bert: Any = self.model[0].auto_model
        self.bert.eval()
        self.names = packaged_names(self.bert.state_dict())
        self.tuned = {}
        for name, values in self.bert.named_parameters():
            values.requires_grad = name in self.names
            if name in self.names:
                self.tuned[self.names[name]] = values
        torch.manual_seed(SEED)
        for name, lora in adapted(self.bert, RANK).items():
            self.tuned |= {f"{name}.{graph.DOWN}": lora.down, f"{name}.{graph.UP}": lora.up}
        self.start = {name: values.detach().clone() for name, values in self.tuned.items()}
        self.passages = torch.from_numpy(target.vectors)
        self.owners = torch.from_numpy(target.owners)
        self.clauses = len(target.clauses)
        self.first_sentence = target.first_sentence

    def reset(self) -> None:
        """Back to the packaged weights."""
        with self.torch.no_grad():
            for name, values in self.tuned.items():
                values.copy_(self.start[name])

    def encode(self, questions: Sequence[str]) -> torch.Tensor:
        """Vectors of questions, shape (len(questions), dimension), L2-normalised."""
        prompt = str(self.model.prompts["query"])
        inputs: Any = self.model.tokenizer
        batch = inputs(
            [prompt + question for question in questions],
            padding=True,
            truncation=True,
            max_length=LONGEST,
            return_tensors="pt",
        )
        mask = batch["attention_mask"]
        types = self.torch.zeros_like(batch["input_ids"])
        hidden = self.bert(
            input_ids=batch["input_ids"], attention_mask=mask, token_type_ids=types
        ).last_hidden_state
        weights = mask.unsqueeze(-1).float()
        mean = (hidden * weights).sum(1) / weights.sum(1)
        return self.torch.nn.functional.normalize(mean, dim=-1)

    def scores(self, cosines: torch.Tensor) -> torch.Tensor:
        """Cosine of each question with the best passage of each clause."""
        best = self.torch.full((len(cosines), self.clauses), -1.0)
        return best.scatter_reduce(1, self.owners.expand(len(cosines), -1), cosines, "amax")

    def fit(self, examples: Sequence[Example], epochs: int, rate: float, seed: int) -> None:
        """Tune on the examples, from the packaged weights."""
        torch = self.torch
        self.reset()
        torch.manual_seed(seed)
        random = np.random.default_rng(seed)
        optimiser = torch.optim.AdamW(self.tuned.values(), lr=rate, weight_decay=0.0)
        steps = epochs * len(list(batches(examples, random)))
        done = 0
        for epoch in range(epochs):
            started, total = time.monotonic(), 0.0
            for batch in batches(examples, random):
                for group in optimiser.param_groups:
                    group["lr"] = rate * (1 - done / steps)
                loss = self._loss(batch)
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                done += 1
                total += loss.item() * len(batch)
            seconds = time.monotonic() - started
            mean = total / len(examples)
            print(f"  epoch {epoch + 1}: loss {mean:.3f}, {seconds:.0f} s", flush=True)

    def _loss(self, batch: Sequence[Example]) -> torch.Tensor:
        torch = self.torch
        cosines = self.encode([e.question for e in batch]) @ self.passages.T
        clauses = self.scores(cosines) / TEMPERATURE
        sentences = cosines[:, self.first_sentence :] / TEMPERATURE
        losses = []
        for clause, sentence, example in zip(clauses, sentences, batch, strict=True):
            loss = _surprise(torch, clause, example.gold)
            if example.sentences:
                loss = loss + SENTENCE_SHARE * _surprise(torch, sentence, example.sentences)
            losses.append(loss)
        return torch.stack(losses).mean()

    def ranks(self, examples: Sequence[Example]) -> list[list[int | None]]:
        """Rank (0-based) of the first clause of each group; None beyond `DEPTH`."""
        found: list[list[int | None]] = []
        with self.torch.no_grad():
            for at in range(0, len(examples), BATCH):
                batch = examples[at : at + BATCH]
                vectors = self.encode([example.question for example in batch])
                scores = self.scores(vectors @ self.passages.T)
                for row, example in zip(scores, batch, strict=True):
                    order = {int(c): n for n, c in enumerate(row.topk(DEPTH).indices)}
                    found.append(
                        [
                            min((order[c] for c in g if c in order), default=None)
                            for g in example.gold
                        ]
                    )
        return found

    def tensors(self) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
        """The tuned tensors by their packaged names."""
        return {name: values.detach().numpy().copy() for name, values in self.tuned.items()}


def _surprise(torch: Any, scores: Any, groups: Sequence[Sequence[int]]) -> torch.Tensor:
    """Mean over the groups of -log P(one of the group) under the softmax of scores."""
    everything = torch.logsumexp(scores, 0)
    parts = [everything - torch.logsumexp(scores[list(group)], 0) for group in groups]
    found: torch.Tensor = torch.stack(parts).mean()
    return found


def batches(examples: Sequence[Example], random: np.random.Generator) -> Iterator[list[Example]]:
    """Batches of like length, in random order."""
    pool = [examples[number] for number in random.permutation(len(examples))]
    pool.sort(key=lambda example: len(example.question) // 8)
    made = [pool[at : at + BATCH] for at in range(0, len(pool), BATCH)]
    for number in random.permutation(len(made)):
        yield made[number]


def report(name: str, ranks: Sequence[Sequence[int | None]]) -> None:
    """Print recall@k over the groups of each question, averaged over questions."""
    shares = {
        k: np.mean([np.mean([r is not None and r < k for r in groups]) for groups in ranks])
        for k in CUTOFFS
    }
    figures = "  ".join(f"R@{k} {share:.3f}" for k, share in shares.items())
    print(f"{name} ({len(ranks)}): {figures}", flush=True)


def cross_validate(
    trainer: Trainer, examples: Sequence[Example], folds: int, epochs: int, rate: float
) -> list[list[int | None]]:
    """Ranks of every example by an encoder that was trained without its fold."""
    fold = np.random.default_rng(SEED).permutation(len(examples)) % folds
    found: list[list[int | None]] = [[] for _ in examples]
    for number in range(folds):
        print(f"fold {number + 1} of {folds}", flush=True)
        trainer.fit(
            [e for e, f in zip(examples, fold, strict=True) if f != number], epochs, rate, SEED
        )
        held = [at for at, f in enumerate(fold) if f == number]
        for at, ranks in zip(held, trainer.ranks([examples[at] for at in held]), strict=True):
            found[at] = ranks
    return found


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", type=Path, action="append")
    parser.add_argument("--test", type=Path, action="append", default=[])
    parser.add_argument("--folds", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--work", type=Path, default=Path("var/fp32"))
    parser.add_argument("--dry-run", action="store_true")
    options = parser.parse_args()
    settings = load_settings()
    target = read_target(settings)
    files = options.dataset or [HERE / f"{name}.jsonl" for name in DATASETS]
    sets = {file.stem: read_dataset(file, target) for file in files}
    if not options.dataset:
        talks = [HERE / f"{name}.jsonl" for name in DIALOGUES]
        sets |= {file.stem: read_dialogues(file, target, settings) for file in talks}
    tests = {file.stem: read_dataset(file, target) for file in options.test}
    trainer = Trainer(options.work, target)
    for name, examples in {**sets, **tests}.items():
        report(f"packaged, {name}", trainer.ranks(examples))
    everything = [example for examples in sets.values() for example in examples]
    if options.folds:
        ranks = cross_validate(trainer, everything, options.folds, options.epochs, options.rate)
        at = 0
        for name, examples in sets.items():
            report(f"out of fold, {name}", ranks[at : at + len(examples)])
            at += len(examples)
    trainer.fit(everything, options.epochs, options.rate, SEED)
    for name, examples in tests.items():
        report(f"tuned, {name}", trainer.ranks(examples))
    if not options.dry_run:
        query_encoder.save(trainer.tensors())


if __name__ == "__main__":
    main()
