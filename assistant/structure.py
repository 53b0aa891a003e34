"""Questions about a document's build, answered from its outline: how many items, which parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.compose import Draft, Quote, heading_span
from assistant.figures import numbers
from assistant.question import Question, QuestionKind
from corpus.document import Clause, Document, Kind, Role
from corpus.numerals import CHINESE_NUMERAL, to_chinese, to_int

_SAME_TITLE = 0.7
# 第五大块: a part by its place among the headings of its kind.
_NTH_PART = re.compile(rf"第\s*(?P<n>\d+|[{CHINESE_NUMERAL}]+)\s*个?大?(?:块|板块|部分|方面)")
# Up to this many headings are listed under the count.
LISTED = 12
_FILLER = re.compile(
    r"分别是?什么|哪[几些]?|那一块|那个|板块|下面|列了|里头|二里头|这部分|包含|包括|分成|几大|总共|头|这|一?共|是什么|都?是哪些|哪些|具体|内容|任务|工作要点|工作|要点|重点|方案|计划|文件|里面?|中|部分|方面|措施|"
    r"共有|分为|分成|有|的|了|吗|呢|啊|几|多少|个|项|条|大|和|以及|及|是|分|章|款|总|全部|整个|这份|这个|该|本|"
    r"请问|我想知道|年度|年|\d+|[？?，。、！《》“”\s]|how|many|items?|parts?|articles?|does|the|plan|are|there|in|have|"
    r"sections?|tasks?|what"
)


@dataclass(frozen=True, slots=True)
class Outline:
    """The children of one heading (or of the document), in order."""

    document: Document
    parent: Clause | None
    children: tuple[Clause, ...]


def _kind_of(clause: Clause) -> str:
    own = clause.heading_path[-1] if clause.heading_path else ""
    if re.match(r"第.+?条", own) or re.match(r"第.+?条", clause.label):
        return "article"
    if re.match(r"第.+?[编章节]", own):
        return "chapter"
    if re.match(r"[（(]", own):
        return "middle"
    if re.match(r"[0-9０-９]", own):
        return "item"
    return "top" if own else ""


def _likeness(words: str, title: str) -> float:
    """Share of the character pairs of `words` that stand in `title`, 0-1."""
    pairs = {words[at : at + 2] for at in range(len(words) - 1)}
    return sum(pair in title for pair in pairs) / len(pairs) if pairs else 0.0


def _nth_part(headings: Sequence[Clause], number: int) -> Clause | None:
    """The part of that number; where there are not so many, the section."""
    for kind in ("top", "chapter", "middle"):
        parts = [heading for heading in headings if _kind_of(heading) == kind]
        if 0 < number <= len(parts):
            return parts[number - 1]
    return None


def _wanted(text: str) -> str:
    if re.search(r"部分|大块|parts?\b|章", text):
        return "top"
    if re.search(r"方面|sections?\b", text):
        return "middle"
    return "item"


def outline_of(question: Question, documents: Sequence[Document]) -> Outline | None:
    """What a question about a document's build asks for; None where it asks for anything else."""
    text = question.text
    counts = question.kind is QuestionKind.COUNT
    if not counts and not re.search(
        r"哪(?:几|些)(?:个|大)?(?:部分|方面|保障措施|项任务|[条项点](?![法线链路]))", text
    ):
        return None
    named = [d for d in documents if d.id in question.documents]
    plans = [d for d in documents if d.kind is Kind.PLAN]
    document = named[0] if named else plans[0] if plans else None
    if document is None:
        return None
    rest = text
    for name in (
        document.title,
        document.short_title,
        "中华人民共和国",
        *document.id.split("#")[:1],
    ):
        rest = rest.replace(name, "") if name else rest
    bodies = [c for c in document.clauses if c.role is not Role.TITLE and c.heading_path]
    headings = [c for c in bodies if c.role is Role.HEADING and c.title]
    nth = _NTH_PART.search(rest)
    if nth:
        rest = rest.replace(nth.group(0), "")
    # A heading is meant where what is left of the question are words of its title.
    left = _FILLER.sub("", rest)
    parent: Clause | None = None
    target = sorted(
        (c for c in headings if _likeness(left, c.title) >= _SAME_TITLE),
        key=lambda c: -_likeness(left, c.title),
    )
    if target:
        parent, left = target[0], ""
    elif nth:
        parent = _nth_part(headings, to_int(nth["n"]))
        if parent is None:
            return None
    if left:
        return None
    if parent is not None:
        depth = len(parent.heading_path)
        inside = [
            c for c in bodies if c.heading_path[:depth] == parent.heading_path and c is not parent
        ]
        children = [c for c in inside if len(c.heading_path) == depth + 1]
        if _wanted(text) == "item" and any(_kind_of(c) == "item" for c in inside):
            children = [c for c in inside if _kind_of(c) == "item"]
    else:
        kinds = {_kind_of(c) for c in bodies}
        wanted = _wanted(text)
        if "article" in kinds:
            wanted = "chapter" if wanted == "top" else "article"
        children = [c for c in bodies if _kind_of(c) == wanted]
        if wanted == "middle" and children:
            # The sections of the largest part; a document may number others alike.
            parents = [c.heading_path[0] for c in children if c.role is Role.HEADING]
            if parents:
                children = [c for c in children if c.heading_path[0] == parents[0]]
    return Outline(document, parent, tuple(children)) if children else None


_UNITS = {
    "top": "个部分",
    "middle": "个方面",
    "item": "项",
    "article": "条",
    "chapter": "章",
}
_ASKED_UNIT = re.compile(r"(?:几|多少)(?P<unit>个?大?(?:项|条|方面|部分|章|块|点|任务|措施))")


def drafts(question: Question, outline: Outline) -> list[Draft]:
    """The count, in the unit asked for, proved by every heading counted; then the list.

    Where the last heading prints the count as its own number, it alone is quoted.
    """
    quotes = tuple(Quote(child, heading_span(child)) for child in outline.children)
    last, count = quotes[-1], len(quotes)
    arabic = bool(re.match(r"[0-9０-９]", last.text))
    number = str(count) if arabic else to_chinese(count)
    kind = _kind_of(last.clause)
    own = {"top": "个部分", "middle": "个方面", "item": "项", "article": "条", "chapter": "章"}[
        kind
    ]
    asked = _ASKED_UNIT.search(question.text)
    unit = asked["unit"] if asked else own
    proof = (last,) if str(float(count)) in numbers(last.text) or count > LISTED else quotes
    if question.english:
        head = f"There are {count}; the last is: {last.text}."
    else:
        where = f"“{outline.parent.title}”" if outline.parent else "文件"
        head = f"{where}共有{number}{unit}，最后是“{last.text}”。"
    found = [Draft(head, proof)]
    if count <= LISTED and kind != "article":
        found += [Draft(f"{quote.text}。", (quote,)) for quote in quotes[:-1]]
    return found
