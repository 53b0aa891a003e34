"""From judged questions to the figures of a run. Pure functions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from eval import metrics
from eval.metrics import Curve
from eval.score import Scored

Figures = dict[str, float | None]

# Heading, metric: the order of every table. Lower is better for the last groups.
RETRIEVAL_COLUMNS = (
    ("R@1", "recall@1"),
    ("R@5", "recall@5"),
    ("R@10", "recall@10"),
    ("MRR", "mrr@10"),
    ("nDCG", "ndcg@10"),
)
ANSWER_COLUMNS = (
    ("要点", "fact_recall"),
    ("引准", "citation_precision"),
    ("引准严", "citation_precision_strict"),
    ("引全", "citation_recall"),
    ("应引", "gold_cited"),
    ("覆盖", "coverage"),
    ("拒准", "refusal_precision"),
    ("拒全", "refusal_recall"),
    ("状态", "status_accuracy"),
    ("禁语", "forbidden"),
    ("字数", "single_fact_length"),
)
DIALOGUE_COLUMNS = (
    ("R@5", "recall@5"),
    ("要点", "fact_recall"),
    ("引准", "citation_precision"),
    ("应引", "gold_cited"),
    ("状态", "status_accuracy"),
    ("追问", "turns_resolved"),
    ("全程", "dialogues_resolved"),
)
LATENCY_COLUMNS = (("p50 ms", "latency_p50_ms"), ("p95 ms", "latency_p95_ms"))
DROP_COLUMNS = (
    ("R@5 降", "recall@5_drop"),
    ("要点降", "fact_recall_drop"),
    ("状态降", "status_drop"),
)
ADVERSARY_COLUMNS = (
    ("不实", "unsupported"),
    ("含不实的回答", "answers_with_unsupported"),
    ("模型说的假话", "false_said"),
    ("模型所写", "generated"),
    ("无回答", "unanswered"),
)
JUDGE_COLUMN = ("模型认可", "judged_support")
LABELS = {
    "recall@1": "检索召回 recall@1",
    "recall@5": "检索召回 recall@5",
    "recall@10": "检索召回 recall@10",
    "mrr@10": "平均倒数排名 MRR@10",
    "ndcg@10": "nDCG@10",
    "fact_recall": "要点召回 fact recall",
    "citation_precision": "引用准确 citation precision",
    "citation_precision_strict": "引用准确（严：文号、条号也须在引文中）",
    "citation_recall": "引用完整 citation recall",
    "gold_cited": "应引条款被引 gold-clause citation recall",
    "gold_cited_precision": "所引属应引条款 gold-clause citation precision",
    "coverage": "引文覆盖 claim coverage",
    "judged_support": "语言模型认可的论断 claims supported by the judge",
    "refusal_precision": "拒答准确 refusal precision",
    "refusal_recall": "拒答召回 refusal recall",
    "refusal_average_precision": "拒答曲线平均准确 average precision",
    "status_accuracy": "状态准确 status accuracy",
    "consistency": "换说法一致 consistency",
    "turns_resolved": "追问解对 turns resolved",
    "dialogues_resolved": "全程解对 dialogues resolved",
    "forbidden": "禁语条数 forbidden strings",
    "injection_obeyed": "听从注入 injections obeyed",
    "errors": "出错条数 errors",
    "unsupported": "到达用户的不实论断 unsupported claims",
    "answers_with_unsupported": "含不实论断的回答 answers with unsupported claims",
    "false_said": "语言模型说的假话 false sentences said by the model",
    "generated": "采用语言模型所写的回答 answers in the model's words",
    "unanswered": "没有论断的回答 answers without claims",
    "single_fact_length": "单一要点平均字数 mean length",
    "latency_p50_ms": "时延 p50 (ms)",
    "latency_p95_ms": "时延 p95 (ms)",
    "questions": "题数 questions",
}
_MEANS = (
    *(name for _, name in RETRIEVAL_COLUMNS),
    "fact_recall",
    "citation_precision",
    "citation_precision_strict",
    "citation_recall",
    "gold_cited",
    "gold_cited_precision",
    "coverage",
    "judged_support",
    "single_fact_length",
)


def columns_of(section: str, figures: Figures) -> tuple[tuple[str, str], ...]:
    """The columns of a section's tables; the judge's only where it was asked."""
    if section == "retrieval":
        return (*RETRIEVAL_COLUMNS, *LATENCY_COLUMNS)
    if section == "adversary":
        return ADVERSARY_COLUMNS
    if section == "dialogue":
        return (*DIALOGUE_COLUMNS, *LATENCY_COLUMNS)
    judged = (JUDGE_COLUMN,) if figures.get(JUDGE_COLUMN[1]) is not None else ()
    drops = DROP_COLUMNS if section == "robustness" else ()
    return (*RETRIEVAL_COLUMNS[1:2], *ANSWER_COLUMNS, *judged, *LATENCY_COLUMNS, *drops)


def _count(rows: Sequence[Scored], code: str) -> float:
    return float(sum(any(fault.code == code for fault in row.faults) for row in rows))


def outcome(row: Scored) -> str:
    """What paraphrases are compared by: a refusal, or the clause cited first."""
    return "refused" if row.refused else (row.cited[0] if row.cited else "uncited")


def paraphrase_groups(rows: Iterable[Scored]) -> dict[str, list[str]]:
    """Outcomes of all wordings of a question, by the first wording's id."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        groups[f"{row.dataset}:{row.paraphrase_of or row.id}"].append(outcome(row))
    return dict(groups)


def curve(rows: Sequence[Scored]) -> Curve | None:
    """The refusal curve; None where the answers carry no confidence or are all of one kind."""
    known = [row for row in rows if row.confidence is not None]
    if not known:
        return None
    return metrics.refusal_curve(
        [row.should_refuse for row in known], [row.confidence or 0.0 for row in known]
    )


def resolved(row: Scored) -> bool:
    """The question was understood: refused or answered as it should be, with every fact."""
    return row.should_refuse == row.refused and row.scores.get("fact_recall", 1.0) == 1.0


def dialogue_figures(rows: Sequence[Scored]) -> Figures:
    """Share of follow-ups, and of whole dialogues, that were resolved.

    A turn's id is `<dialogue>/<n>`; the first turn is no follow-up.
    """
    dialogues = by(rows, lambda row: (f"{row.dataset}:{row.id.rpartition('/')[0]}",))
    later = [row for turns in dialogues.values() for row in turns[1:]]
    whole = [float(all(map(resolved, turns))) for turns in dialogues.values()]
    return {
        "turns_resolved": metrics.mean([float(resolved(row)) for row in later]),
        "dialogues_resolved": metrics.mean(whole),
        "dialogues": float(len(dialogues)),
    }


def summarise(rows: Sequence[Scored]) -> Figures:
    """All figures of some judged questions; None where a metric does not apply."""
    figures: Figures = {"questions": float(len(rows))}
    for name in _MEANS:
        figures[name] = metrics.mean([row.scores.get(name) for row in rows])
    judged = [row for row in rows if row.status]
    if judged:
        refusal = metrics.refusal(
            [row.should_refuse for row in judged], [row.refused for row in judged]
        )
        found = curve(judged)
        figures |= {
            "refusal_precision": refusal.precision,
            "refusal_recall": refusal.recall,
            "refusal_average_precision": found.average_precision if found else None,
            "status_accuracy": metrics.mean([row.scores.get("status") for row in judged]),
            "consistency": metrics.consistency(paraphrase_groups(judged)),
            "forbidden": _count(rows, "forbidden") + _count(rows, "injection"),
            "injection_obeyed": _count(rows, "injection"),
        }
    if rows and all(row.task == "dialogue" for row in rows):
        figures |= dialogue_figures(rows)
    figures["errors"] = _count(rows, "error")
    times = [row.latency_ms for row in rows]
    figures["latency_p50_ms"] = metrics.percentile(times, 50)
    figures["latency_p95_ms"] = metrics.percentile(times, 95)
    return figures


SLICES: Mapping[str, Callable[[Scored], tuple[str, ...]]] = {
    "dataset": lambda row: (row.dataset,),
    "kind": lambda row: (row.kind,),
    "style": lambda row: row.styles,
    "audience": lambda row: (row.audience or "-",),
    "expected": lambda row: row.expected[:1],
}


def by(rows: Iterable[Scored], key: Callable[[Scored], tuple[str, ...]]) -> dict[str, list[Scored]]:
    """Rows by a property, in order of first appearance; a row stands under each of its values."""
    groups: defaultdict[str, list[Scored]] = defaultdict(list)
    for row in rows:
        for value in key(row):
            groups[value].append(row)
    return dict(groups)


def fault_counts(rows: Iterable[Scored]) -> Counter[str]:
    """In how many questions each fault occurs."""
    return Counter(code for row in rows for code in {fault.code for fault in row.faults})


def worst(rows: Iterable[Scored], n: int) -> list[Scored]:
    """The n questions with the heaviest faults, faultless ones left out."""
    bad = [row for row in rows if row.faults]
    return sorted(bad, key=lambda row: -row.badness)[:n]
