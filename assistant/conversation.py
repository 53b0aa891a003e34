"""Follow-up questions read against the conversation: a standalone question. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from assistant.answer import Turn
from corpus.document import Clause
from corpus.numerals import CHINESE_NUMERAL, to_int

_ELLIPTIC_START = re.compile(
    r"^(?:那么?|那要是|那如果|还有|另外|再|这个?|它|其|上述|前面|"
    r"刚才|以上|所以|and\b|what about|how about)",
    re.I,
)
_ONLY_SUBJECT = re.compile(
    r"^(?:那么?|那要是|换成|如果是|对于?|针对|what about|how about)?\s*"
    r"(?P<subject>[^，。？！呢吗]{1,14}?)"
    r"(?:呢|怎么样|又如何|的呢)?[？?]?$",
    re.I,
)
_PRONOUN = re.compile(
    r"它们?|这个|这些|该项|这项|这条|上述|其中|这里面|这种|这样|那个|此项|这|(?<![a-z])(?:it|this|that|they)(?![a-z])"
)
_NTH = re.compile(rf"第\s*(?P<n>\d+|[{CHINESE_NUMERAL}]+)\s*(?:条|点|个|句|项)(?:引用|依据|内容)?")
_MORE = re.compile(r"详细|展开|具体说|多说|再说|解释|细说|more detail|explain", re.I)
_WHY = re.compile(
    r"^(?:为什么|为啥|凭什么|依据(?:是什么|呢)?|根据(?:是什么|呢)?|why)[？?呢]*$", re.I
)
_AUDIENCES = (
    "企业",
    "学校",
    "教师",
    "老师",
    "学生",
    "高校",
    "职业学校",
    "政府",
    "实习生",
    "职工",
    "民办学校",
    "公办学校",
)
# The number that a listed sentence bears: (二)建立……, 7、拓宽……
_LABEL = re.compile(rf"[（(]?(?P<n>\d+|[{CHINESE_NUMERAL}]+)[）)、.．]")
_TOPIC_WORDS = 3
_SHORT = 5
# So many characters at the end of a quoted sentence tell its clause.
_TAIL = 16
_MARK = re.compile(r"\[\d+\]")


def statements(answer: str) -> list[str]:
    """The cited sentences of an earlier answer, without their marks."""
    lines = [line.strip() for line in answer.splitlines()]
    return [
        _MARK.sub("", line).strip()
        for line in lines
        if _MARK.search(line) and not line.startswith("注")
    ]


def recalled(answer: str, clauses: Mapping[str, Clause]) -> frozenset[str]:
    """Ids of the clauses that an earlier answer quotes, found by the words that it quotes."""
    tails = [said.rstrip("。.！!？?")[-_TAIL:] for said in statements(answer)]
    return frozenset(
        name for name, clause in clauses.items() if any(t in clause.text for t in tails if t)
    )


def _swap_subject(previous: str, subject: str) -> str | None:
    """The previous question about another subject (那学校呢)."""
    present = [name for name in _AUDIENCES if name in previous and name not in subject]
    if present and any(name in subject for name in _AUDIENCES):
        return previous.replace(max(present, key=len), subject)
    return None


def topic(history: Sequence[Turn], content_words: Callable[[str], list[str]]) -> list[str]:
    """What the conversation is about: the words of its last question that has enough of them."""
    words: list[str] = []
    for turn in reversed(history):
        words = [*content_words(turn.question), *words]
        if len(words) >= _TOPIC_WORDS:
            break
    return list(dict.fromkeys(words))


def with_topic(
    text: str, history: Sequence[Turn], content_words: Callable[[str], list[str]]
) -> str:
    """The question behind the words of those before it; its own words are not said twice."""
    own = set(content_words(text))
    before = [word for word in topic(history, content_words) if word not in own]
    return f"{' '.join(before)} {_ELLIPTIC_START.sub('', text).strip() or text}"


def may_continue(text: str, content_words: Callable[[str], list[str]]) -> bool:
    """Whether a question is short enough to go on with what was talked about."""
    return len(content_words(text)) <= _SHORT


def standalone(
    text: str, history: Sequence[Turn], content_words: Callable[[str], list[str]]
) -> str:
    """The question as it would be asked by itself; unchanged where it already can be.

    `text` and the turns' questions are normalised, and each earlier question is already
    standalone.
    """
    if not history:
        return text
    previous = history[-1].question
    words = content_words(text)
    if _WHY.match(text):
        return f"{previous.rstrip('？?。')} 依据是什么？"
    nth = _NTH.search(text)
    said = statements(history[-1].answer)
    if nth and (_MORE.search(text) or len(words) <= 3):
        number = to_int(nth.group("n"))
        marked = [s for s in said if (mark := _LABEL.match(s)) and to_int(mark["n"]) == number]
        if marked or 0 < number <= len(said):
            return marked[0] if marked else said[number - 1]
    topic = " ".join(content_words(previous))
    bare = _ELLIPTIC_START.sub("", text).strip()
    only = _ONLY_SUBJECT.match(text)
    if (
        only
        and len(words) <= 2
        and (text.rstrip("？?").endswith("呢") or _ELLIPTIC_START.match(text))
    ):
        subject = only.group("subject")
        swapped = _swap_subject(previous, subject)
        return swapped or f"{topic} {bare}"
    if _MORE.search(text) and len(words) <= 2:
        return previous
    elliptic = bool(_ELLIPTIC_START.match(text)) or bool(_PRONOUN.search(text))
    # A short question with no subject of its own (比例是多少, 由谁负责) goes on with the topic.
    if len(words) <= 1 or (elliptic and len(words) <= 4):
        return f"{topic} {bare or text}"
    return text
