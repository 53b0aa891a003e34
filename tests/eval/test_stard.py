"""Questions over the laws in force: the file, the figures, the training, end to end on toys."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from corpus.settings import Settings
from eval import stard, train_ranking
from eval.results import ResultsError
from eval.stard import Asked
from index import build, ranking
from index.embedding import Embedder, Vectors

LAWS = ("劳动法", "契税法", "慈善法")
QUESTIONS = (
    ("试用期最长多久", "劳动法", "第二十一条"),
    ("劳动者每日工作时间不超过几小时", "劳动法", "第三十六条"),
    ("契税税率是多少", "契税法", "第三条"),
    ("契税由谁征收", "契税法", "第十四条"),
    ("慈善组织什么时候公开募捐", "慈善法", "第二十二条"),
    ("谁可以设立慈善信托", "慈善法", "第四十四条"),
)


class LetterEmbedder(Embedder):
    """Counts of characters by code: alike texts have alike vectors, and no model is needed."""

    def encode_documents(self, texts: list[str]) -> Vectors:
        rows = np.full((len(texts), 384), 1e-3, dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            np.add.at(row, [ord(char) % 384 for char in text], 1)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def _encode_query(self, text: str) -> Vectors:
        return self.encode_documents([text])[0]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[build.Index, Settings]:
    folder = tmp_path_factory.mktemp("statutes")
    settings = Settings(statutes=LAWS, index_dir=folder)
    embedder = LetterEmbedder(settings)
    done = build.refresh(settings, embedder=embedder, clauses_only=True)
    assert done.problems == ()
    return build.open_index(settings, embedder), settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    rows = (
        {"question": text, "relevant": [[f"中华人民共和国{law}", article]]}
        for text, law, article in QUESTIONS
    )
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


def test_law_names_become_clause_ids() -> None:
    assert stard.article_id("中华人民共和国职业教育法", "第五十八条") == "职业教育法#第五十八条"


def test_rows_want_every_article(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    relevant = [["中华人民共和国民法典", "第五十四条"], ["民法典", "第五十六条"]]
    path.write_text(json.dumps({"question": "问", "relevant": relevant}), "utf-8")
    assert stard.read_stard(path)[0].gold == (("民法典#第五十四条",), ("民法典#第五十六条",))


@pytest.mark.parametrize(
    "text", ["", '{"question": "问"}', '{"question": "问", "relevant": []}', "?"]
)
def test_a_file_without_usable_questions_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(ResultsError):
        stard.read_stard(path)
    assert stard.main(["--questions", str(path)]) == 2


def test_figures_by_hand() -> None:
    asked = [Asked("甲", (("a",), ("b",))), Asked("乙", (("c",),))]
    found = stard.figures([["x", "a", *"1234567890", "b"], ["c"]], asked)
    assert found == {"R@1": 0.5, "R@5": 0.75, "R@10": 0.75, "R@100": 1.0, "MRR@10": 0.75}


def test_an_index_of_clauses_holds_no_sentences_and_a_whole_one_serves_as_well(
    opened: tuple[build.Index, Settings],
) -> None:
    index, settings = opened
    assert len(index.rows.sentences) == 0
    assert build.refresh(settings, embedder=index.embedder, clauses_only=True).reason == ""
    assert index.rows.clause_scores(index.embedder.encode_query("契税")[np.newaxis]).shape == (
        1,
        len(index.keywords.ids),
    )


def test_every_system_is_measured_on_articles_alone(
    opened: tuple[build.Index, Settings], file: Path
) -> None:
    index, settings = opened
    asked = stard.read_stard(file)
    assert stard.unknown(asked, index) == []
    measured, ranked = stard.measure(index, stard.systems(index, settings), asked)
    assert list(measured) == ["BM25", "dense", "RRF", "fused", "full"]
    held = stard.articles(index)
    assert all(set(found) <= held for lists in ranked.values() for found in lists)
    assert measured["BM25"]["R@10"] == 1.0
    assert stard.table("", measured).row_count == len(measured)


def test_training_ranks_every_question_out_of_fold(
    opened: tuple[build.Index, Settings],
    file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index, _ = opened
    monkeypatch.setattr(train_ranking, "FOLDS", 3)
    monkeypatch.setattr(train_ranking, "EPOCHS", 2)
    data = train_ranking.Data.read(index, stard.read_stard(file), 1)
    once = train_ranking.cross_once(data, 1)
    twice = train_ranking.cross_twice(data, once, 1)
    # Held out, a question has one vector; in training it has one for each fold held out.
    for fold, vectors in enumerate(twice):
        same = (vectors == once).all(axis=1)
        assert (same == (data.fold == fold)).all()
    ranked = train_ranking.cross_validate(data, twice)
    assert set(ranked) == set(train_ranking.ABLATIONS)
    held = stard.articles(index)
    for lists in ranked.values():
        assert all(len(found) == stard.DEPTH and set(found) <= held for found in lists)
    trained = train_ranking.train(data, once, 1)
    trained.save(tmp_path)
    assert ranking.Ranking.load(tmp_path).weights == pytest.approx(trained.weights, abs=1e-4)


def test_the_adapter_learns_the_articles_of_its_questions(
    opened: tuple[build.Index, Settings], file: Path
) -> None:
    data = train_ranking.Data.read(opened[0], stard.read_stard(file), 1)
    adapter = train_ranking.train_adapter(data, np.arange(len(QUESTIONS)), 1)
    rows = data.index.rows

    def likeness(vectors: Vectors) -> float:
        found = rows.clause_scores(vectors)
        margins = [found[at, own].mean() - found[at].mean() for at, own in enumerate(data.gold)]
        return float(np.mean(margins))

    assert likeness(adapter(data.vectors)) > likeness(data.vectors)


def test_listwise_weights_prefer_what_tells_the_right_row() -> None:
    generator = np.random.default_rng(1)
    lists, right = [], []
    for _ in range(40):
        values = generator.normal(size=(8, 2))
        lists.append(values)
        right.append(np.array([int(values[:, 0].argmax())]))
    weights = train_ranking.fit_listwise(lists, right, 1e-3)
    assert weights[0] > 1 and abs(weights[1]) < weights[0] / 4
