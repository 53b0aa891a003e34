"""Follow-up questions read against the conversation: what one may mean. Pure functions.

A question after others can be meant as it stands, or go on with the topic. `continued` gives the
second reading; which of the two is meant is decided by their answers (`assistant/continuity.py`).
Some follow-ups ask about the last answer itself (依据是哪一条, 再说详细点): `act_of` tells them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assistant.answer import Turn
from assistant.normalise import is_english
from corpus.document import Clause
from corpus.numerals import CHINESE_NUMERAL, to_int

Words = Callable[[str], list[str]]


class Act(StrEnum):
    """What a follow-up wants of the last answer."""

    MORE = "more"
    REST = "rest"
    BASIS = "basis"
    BEFORE = "before"
    AFTER = "after"


class Kind(StrEnum):
    """How a follow-up is read: by itself, as the last question of something else, as a question
    on the topic of the conversation, within the documents quoted before, or near the clauses that
    the last answer quoted."""

    ALONE = "alone"
    CONTINUED = "continued"
    TOPICAL = "topical"
    WITHIN = "within"
    NEAR = "near"


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier turn: its standalone question, what it stated, the clauses quoted in order.

    `topic` is the question that it goes on with, as it was asked; the turn's own where none.
    """

    question: str
    statements: tuple[str, ...]
    clauses: tuple[str, ...]
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A follow-up as it may be meant.

    `own` are the asker's words in `text`; only `documents`, and of them only `clauses`, are to
    answer it (None: any). `past` are the earlier turns, the latest last; none where it is read by
    itself. With an `act` it is answered from the last of them that quoted something, without a
    search. `shown` tells the asker what is understood, where `text` is words to search for.
    `asked` is the follow-up with what it goes on with, as the question encoder was taught to read
    it; `text` itself where there is none.
    """

    text: str
    own: str
    past: tuple[Past, ...]
    documents: frozenset[str] | None = None
    act: Act | None = None
    shown: str = ""
    kind: Kind = Kind.ALONE
    clauses: frozenset[str] | None = None
    asked: str = ""
    # The last question asked of another source: what stands nearest there is what is wanted.
    elsewhere: bool = False

    @property
    def last(self) -> Past:
        """The last turn that quoted something, or else the last one."""
        return next((turn for turn in reversed(self.past) if turn.clauses), self.past[-1])


# 换个话题，: what is said before the question itself.
_OPENING = re.compile(
    r"^(?:(?:换一?个(?:话题|问题)|不说这个了?|插一句|另外(?:再?问一?[下个]|想问)?|顺便(?:再?问一?[下个]|问问)?|对了|"
    r"再问一?[下个]|还想问一?下?|还有一?个?问题|然后|反过来|接着问?|好的?|明白了?|知道了|谢谢|那好|"
    r"回到[^，]{1,8})(?:[，、：:。 ]|(?<=然后)|(?<=另外)))+\s*"
)
_NEW_TOPIC = re.compile(
    r"换一?个(?:话题|问题)|不说这个|插一句|另外再?问|顺便|(?:another|new) (?:topic|question)", re.I
)
_LINK = re.compile(
    r"^(?:那么|那要是|那如果|那(?![家个些种年月天次款条笔位])|要是|换成|如果是?|至于|对于|所以|还有|另外|再|and\b|so\b|"
    r"what about|how about)\s*",
    re.I,
)
_PRONOUN = re.compile(
    r"它们?|这个|这些|该项|这项|这条|上述|其中|这里面|这种|这样|那个|那家|那些|那种|那笔|此项|上面|前面|刚才|这|"
    r"(?<![a-z])(?:it|its|this|that|they|them|those|these)(?![a-z])",
    re.I,
)
# 学校呢, what about schools
_ONLY_SUBJECT = re.compile(
    r"^(?P<subject>[^，。？！]{1,16}?)(?:的话|的)?(?:呢|又如何)[？?]?$|"
    r"^(?:and|what about|how about) (?P<english>[^,?]{2,60})\??$",
    re.I,
)
_QUESTION = re.compile(
    r"[吗么谁哪几多啥何]|什么|怎|如何|是否|有没有|能不能|吧|呢|[\u4e00-\u9fff]不[\u4e00-\u9fff]|"
    r"\b(?:what|who|how|which|when|where|why|is|are|do|does|can|may|must|should)\b",
    re.I,
)
# 上面说的那个法, 这个条例: a document by a pronoun.
_THAT_DOCUMENT = re.compile(
    r"(?:(?:上面|前面|刚才|刚刚)(?:说|提|讲)?到?的?)?(?:这|那|该|本)(?:个|部|份|条)?"
    r"(?:法律|法规|条例|规定|办法|意见|文件|通知|政策|法)(?![定规人治院])"
)
# 方案要求, 国家规定: where the earlier question looks.
_SOURCE = re.compile(
    r"(?:方案|国家|法律|文件|州里|政策|国务院)(?:里|上|中|层面)*(?:面)?(?:的)?"
    r"(?:说|讲|提到?|要求|规定|写|给|对|支持)?(?:的|了|是)?[，]?"
)
# What asks the same of another source: 呢, 怎么说.
_ASKS_SAME = re.compile(
    r"(?:是?怎么[说讲写规定要求]*的?|有没有规定|有规定吗|是什么|是多少|的?规定|要求|呢|吗)*[？?]*$"
)
_MORE = re.compile(
    r"^(?:请|能不能|可以|麻烦)?(?:再|更)?(?:说|讲|解释|介绍|展开|具体|详细)?(?:得|的)?(?:再|更)?"
    r"(?:具体|详细|展开|细|清楚|完整|全)(?:一?[点些下])?(?:地)?(?:说|讲|介绍|展开|解释)?(?:说|讲|一下|一?点|些)?"
    r"(?:吗|吧|呗|可以吗|行吗)?[。？?！!]*$|"
    r"^(?:再|多)?(?:说|讲|解释|展开)(?:说|讲)?(?:一?[下点些])?(?:说|讲)?[。？?]*$|"
    r"^(?:原文|全文)(?:是|怎么[说写]的?|呢)?[？?]*$|"
    r"^(?:please )?(?:tell me )?more(?: details?)?[.?]*$|^explain.{0,12}$",
    re.I,
)
_REST = re.compile(
    r"^(?:那)?(?:还有|另外还有|除此之外还有|除了这些还有)(?:吗|呢|没有?|别的|其他的?|什么|哪些|啥|别的吗|其他的?吗|没有别的)*"
    r"(?:要求|规定|内容|条件|情况)?[吗呢]?[？?]*$|^(?:其他|其它|别的|其余)的?(?:呢|有吗|还有吗)[？?]*$|"
    r"^(?:就这些|就这样|只有这些|没有别的|没别的)了?[吗么]?[？?]*$|^(?:anything|what) else\??$",
    re.I,
)
_BASIS = re.compile(
    r"^(?:那|请问)?(?:这个?|它|上面|刚才)?(?:说的?)?(?:的)?(?:法律|政策|文件|具体)?的?(?:依据|根据|出处|来源)"
    r"(?:是|在|来自|出自)?(?:什么|啥|哪|何|呢|哪里|哪儿)?(?:一|几)?(?:[条项款个部份]|部法律?|个文件|条规定|份文件)?"
    r"(?:规定|文件|法律|条款?|法)?[呢吗]?[？?]*$|"
    r"^(?:那)?(?:这)?(?:是)?(?:哪|那)(?:一|几)?(?:[条部个份项款])(?:法律?|规定|文件|条例|政策)?"
    r"(?:里?(?:说|规定|写)的)?[？?呢]*$|"
    r"^(?:这|那)?(?:是)?(?:根据|依据|出自|按照?)(?:什么|哪里?|哪一?[条部个份项款])(?:法律?|规定|文件)?"
    r"(?:说的|定的)?[？?呢]*$|"
    r"^(?:那)?(?:为什么|为啥|凭什么|为何)(?:呢|啊|这样|这么规定|会这样)?[？?]*$|"
    r"^why(?: is that| so)?\??$|"
    r"^(?:what is |on )?(?:the )?(?:legal )?(?:basis|source|ground)s?"
    r"(?: for (?:it|this|that))?\??$",
    re.I,
)
_NEXT = re.compile(
    r"^(?:那)?(?:再)?(?P<way>上|前|下|后)(?:面)?一?(?P<mark>[条项款点])(?:呢|说的?什么|讲的?什么|是什么|怎么说)?[？?呢]*$"
)
_CORRECTS = re.compile(
    r"不是[^，。？]{1,14}[吗么嘛]|应该是[^，。？]{1,12}吧|isn't it|wasn't it", re.I
)
_NTH = re.compile(
    rf"(?:第\s*(?P<n>\d+|[{CHINESE_NUMERAL}]+)|(?P<last>最后一?))\s*(?:条|点|个|句|项|种|类|样|款)(?:情况|情形)?"
)
# 职业教育法第二十七条, 第17项: a clause by its number.
_REFERENCE = re.compile(rf"第\s*(?:\d+|[{CHINESE_NUMERAL}]+)\s*(?:条|项|款|点|部分)")
# (二)、7、①: the number that a listed sentence bears.
_LABEL = re.compile(rf"(?:^|：)[（(]?(?P<n>\d+|[{CHINESE_NUMERAL}]+)[）)、.．]")
_LISTED = re.compile(r"[、；]|(?<=[\u4e00-\u9fff])(?:或者|以及|和|或|及)(?=[\u4e00-\u9fff])")
_QUOTES = re.compile(r"[“”\"‘’《》]")
_AUDIENCES = (
    "职业学校", "民办学校", "公办学校", "实习生", "企业", "学校", "教师", "老师", "学生", "高校",
    "政府", "职工", "个人", "公司",
)  # fmt: skip
# What tells one kind of them from another goes with the name: 公办职业学校. Kinds of one row
# stand against each other.
_AGAINST = (
    ("公办", "民办"),
    ("国有", "民营"),
    ("规模以上", "小微", "小型", "中小", "中型", "大型"),
    ("高等", "中等"),
)
_KINDS_OF = f"(?:{'|'.join(kind for row in _AGAINST for kind in row)}|普通|职业)*"
_TOPIC_WORDS = 3
_SUBJECT_WORDS = 2
# So many words of its own make a question that needs no other.
_ENOUGH = 5
# So many characters at the end of a quoted sentence tell its clause.
_TAIL = 16
_MARK = re.compile(r"\[\d+\]")


def statements(answer: str) -> list[str]:
    """The cited sentences of an earlier answer, without their marks."""
    lines = [line.strip() for line in answer.splitlines()]
    return [
        _MARK.sub("", line).strip()
        for line in lines
        if _MARK.search(line) and not line.startswith(("注：", "Note:"))
    ]


def recalled(said: Sequence[str], clauses: Mapping[str, Clause]) -> tuple[str, ...]:
    """Ids of the clauses that statements quote, in their order, found by the words quoted."""
    found: dict[str, None] = {}
    for statement in said:
        tail = statement.rstrip("。.！!？?")[-_TAIL:]
        if tail:
            found |= dict.fromkeys(name for name, c in clauses.items() if tail in c.text)
    return tuple(found)


def opened(text: str) -> str:
    """A question without what is said before it (换个话题，, 另外问一下，)."""
    return _OPENING.sub("", text) or text


def changes_topic(text: str) -> bool:
    """Whether the asker says that this is about something else."""
    return bool(_NEW_TOPIC.search(text))


def act_of(text: str) -> Act | None:
    """What a follow-up that says nothing of its own wants of the last answer."""
    if _BASIS.match(text):
        return Act.BASIS
    if _REST.match(text):
        return Act.REST
    if _MORE.match(text):
        return Act.MORE
    if way := _NEXT.match(text):
        return Act.BEFORE if way["way"] in "上前" else Act.AFTER
    return None


def listed(said: Sequence[str]) -> list[str]:
    """What the statements list: each statement, or the parts that a single one names."""
    if len(said) != 1:
        return list(said)
    body = said[0].rstrip("。").split("：")[-1]
    whole = [piece for piece in re.split(r"[，,；;]", body) if len(_LISTED.split(piece)) > 1]
    parts = _LISTED.split(max(whole, key=len)) if whole else []
    return [_QUOTES.sub("", part) for part in parts if part] or list(said)


def nth(text: str, said: Sequence[str]) -> str | None:
    """The statement, or the thing listed in it, that a follow-up names by its number."""
    found = _NTH.search(text)
    if not found:
        return None
    number = to_int(found["n"]) if found["n"] else 0
    marked = [s for s in said if number and (m := _LABEL.search(s)) and to_int(m["n"]) == number]
    if marked:
        return marked[0]
    things = listed(said)
    if found["last"]:
        return things[-1] if things else None
    return things[number - 1] if 0 < number <= len(things) else None


def without_number(text: str) -> str:
    """A follow-up without the number that it names something by."""
    return _NTH.sub("", text)


def is_elliptic(text: str, content_words: Words) -> bool:
    """Whether a question shows by its form that it goes on with what was said."""
    return bool(_LINK.match(text) or _PRONOUN.search(text)) or len(content_words(text)) <= 1


def stands_alone(text: str, content_words: Words) -> bool:
    """Whether a question says enough by itself and refers to nothing before it."""
    return len(content_words(text)) >= _ENOUGH and not (
        is_elliptic(text, content_words) or has_pronoun(text) or subject_of(text)
    )


def corrects(text: str) -> bool:
    """Whether a follow-up puts something else against what was said (不是23家吗)."""
    return bool(_CORRECTS.search(text))


def has_pronoun(text: str) -> bool:
    """Whether a question refers back by a pronoun."""
    return bool(_PRONOUN.search(text))


def subject_of(text: str) -> str | None:
    """The subject of a question that is nothing else (那学校呢, 小微企业？)."""
    bare = _LINK.sub("", text)
    if only := _ONLY_SUBJECT.match(bare) or _ONLY_SUBJECT.match(text):
        subject = (only["subject"] or only["english"] or "").strip()
        return None if only["english"] and _QUESTION.search(subject) else subject or None
    words = bare.rstrip("？?。")
    return words if 1 < len(words) <= 8 and not _QUESTION.search(words) else None


def _swapped(previous: str, subject: str, content_words: Words) -> str | None:
    """The previous question about another subject: in the place of what is of its kind."""
    for row in _AGAINST:
        kind = next((k for k in row if subject.startswith(k)), None)
        other = next((k for k in row if k != kind and k in previous), None)
        if kind and other and subject.removeprefix(kind) in previous:
            # 民办学校呢 after 公办职业学校 asks of 民办职业学校.
            return previous.replace(other, kind, 1)
    present = [name for name in _AUDIENCES if name in previous and name not in subject]
    if present and any(subject.endswith(name) for name in _AUDIENCES):
        same = [name for name in present if subject.endswith(name[-2:])]
        name = re.escape((same or present)[0])
        return re.sub(f"{_KINDS_OF}{name}", lambda _: subject, previous, count=1)
    if _REFERENCE.fullmatch(subject) and _REFERENCE.search(previous):
        return _REFERENCE.sub(lambda _: subject, previous, count=1)
    for word in content_words(previous):
        if len(word) < 2 or word in subject and not subject.endswith(word):
            continue
        if subject.endswith(word) or (len(subject) > 2 and subject[-1] == word[-1]):
            return previous.replace(word, subject, 1)
    return None


def _recast(past: Sequence[Past], subject: str) -> str | None:
    """An earlier question whose doer the subject replaces (个人捐, after 企业捐款…怎么扣)."""
    doer = next((name for name in _AUDIENCES if subject.startswith(name)), None)
    deed = subject.removeprefix(doer) if doer else ""
    others = "|".join(name for name in _AUDIENCES if name != doer)
    for turn in reversed(answered(past) if deed else ()):
        if found := re.search(f"{_KINDS_OF}(?:{others})(?={re.escape(deed)})", turn.question):
            return turn.question.replace(found[0], doer or "", 1)
    return None


def answered(past: Sequence[Past]) -> Sequence[Past]:
    """The turns that were answered; all where none was."""
    return [turn for turn in past if turn.statements] or past


def topic(past: Sequence[Past], content_words: Words) -> list[str]:
    """What the conversation is about: the words of its last questions that have enough of them."""
    words: list[str] = []
    for turn in reversed(answered(past)):
        asked = content_words(opened(turn.question))
        words = [*(word for word in asked if not _QUESTION.search(word)), *words]
        if len(words) >= _TOPIC_WORDS:
            break
    return list(dict.fromkeys(words))


def continued(text: str, past: Sequence[Past], content_words: Words, known: str = "") -> str:
    """The follow-up as the last question of another subject, or else `topical`."""
    subject = subject_of(text)
    if subject is None:
        return topical(text, past, content_words, known)
    previous = answered(past)[-1].question
    return (
        _recast(past, subject)
        or _swapped(previous, subject, content_words)
        or f"{subject}，{previous}"
    )


def topical(text: str, past: Sequence[Past], content_words: Words, known: str = "") -> str:
    """The follow-up as a question on the topic of the conversation.

    Where enough words of the topic stand in `known` (the headings of what was quoted), only they
    are said; a clause that was asked for by its number is the topic.
    """
    bare = subject_of(text) or _LINK.sub("", text).strip() or text
    last = answered(past)[-1].question
    if (named := _REFERENCE.search(last)) and not _REFERENCE.search(text):
        return f"{last[: named.end()]} {bare}"
    own = set(content_words(text))
    before = [word for word in topic(past, content_words) if word not in own]
    headed = [word for word in before if word in known]
    before = headed if len(headed) >= _SUBJECT_WORDS else before
    return f"{' '.join(before)} {bare}".strip()


def shown(text: str, past: Sequence[Past], read: str) -> str:
    """What a follow-up is understood to ask where it is `read` as going on with the topic."""
    last = answered(past)[-1]
    if (subject := subject_of(text)) and not read.endswith(f" {subject}"):
        added = read.endswith(last.question)
        return read.removesuffix(last.question) + last.topic if added else read
    bare = _LINK.sub("", text).strip() or text
    topic = last.topic.rstrip("？?。.！!")
    return f"{bare} (on: {topic})" if is_english(text) else f"关于“{topic}”：{bare}"


def that_document(text: str, name: str) -> str:
    """The text with the document that it means by a pronoun named."""
    return _THAT_DOCUMENT.sub(lambda _: f"《{name}》", text)


def of_source(text: str, previous: str, names: Sequence[str]) -> str:
    """The previous question of the source that a follow-up names (法律怎么说, 方案里呢).

    `names` are those of documents, which give way to it.
    """
    for name in sorted(names, key=len, reverse=True):
        previous = previous.replace(f"《{name}》", "").replace(name, "")
    source = _ASKS_SAME.sub("", _LINK.sub("", text))
    return f"{source}{_SOURCE.sub('', previous, count=1)}"


def past_turns(
    history: Sequence[Turn], clauses: Mapping[str, Clause], content_words: Words
) -> list[Past]:
    """Earlier turns read one after the other; their questions are normalised."""
    turns: list[Past] = []
    for turn in history:
        said = statements(turn.answer)
        quoted = recalled(said, clauses)
        text = about = opened(turn.question)
        if turns and (act_of(text) or nth(text, turns[-1].statements)):
            text, about = turns[-1].question, turns[-1].topic
        elif turns and _goes_on(text, quoted, answered(turns)[-1], content_words):
            swapped = bool(subject_of(text))
            text = continued(text, turns, content_words)
            if swapped:
                about = shown(about, turns, text)
            elif not _says_its_topic(about, quoted, answered(turns)[-1], content_words):
                about = answered(turns)[-1].topic
        turns.append(Past(text, tuple(said), quoted, about))
    return turns


def _goes_on(text: str, quoted: Sequence[str], last: Past, content_words: Words) -> bool:
    """Whether an earlier question went on with the one before it: by its form, or by its answer."""
    if is_elliptic(text, content_words) or subject_of(text):
        return True
    return _same_clause(quoted, last) and not stands_alone(text, content_words)


def _says_its_topic(text: str, quoted: Sequence[str], last: Past, content_words: Words) -> bool:
    """Whether a question that goes on has a topic of its own all the same."""
    if has_pronoun(text) or _same_clause(quoted, last):
        return False
    return len(content_words(text)) >= _TOPIC_WORDS


def _same_clause(quoted: Sequence[str], last: Past) -> bool:
    return any(name in last.clauses for name in quoted[:1])
