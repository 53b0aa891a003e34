"""What a question asks: its kind, what an answer must hold, what it names. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from assistant.figures import Figure, FigureKind, figures
from assistant.naming import PLAN_WORD, absent_documents, named_documents
from assistant.normalise import is_english
from corpus.document import Document
from corpus.numerals import CHINESE_NUMERAL, to_int


class QuestionKind(StrEnum):
    """The form of answer that a question wants."""

    LOOKUP = "lookup"
    COUNT = "count"
    YES_NO = "yes_no"
    FIGURE = "figure"
    WHO = "who"
    LIST = "list"
    HOW = "how"
    DEFINITION = "definition"
    OPEN = "open"


class Asked(StrEnum):
    """A thing that the answer must hold."""

    PERCENT = "percent"
    MONEY = "money"
    DURATION = "duration"
    DATE = "date"
    COUNT = "count"
    QUANTITY = "quantity"
    FREQUENCY = "frequency"
    PAYER = "payer"
    LEADER = "leader"
    PHONE = "phone"
    ADDRESS = "address"
    PERSON = "person"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Reference:
    """A clause named by number: `mark` is 条, 项, 部分, 点 or 款; `document_id` where named."""

    mark: str
    first: int
    last: int
    document_id: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """A question, understood. `text` is normalised and standalone."""

    raw: str
    text: str
    kind: QuestionKind
    asked: frozenset[Asked]
    units: frozenset[str]
    figures: tuple[Figure, ...]
    references: tuple[Reference, ...]
    documents: tuple[str, ...]
    absent: tuple[str, ...]
    english: bool
    audience: str | None
    where: bool = False


_NUMBER = rf"(?:\d+|[{CHINESE_NUMERAL}]+)"
_REFERENCE = re.compile(
    rf"(?<![哪几每这那同任])第?\s*(?P<a>{_NUMBER})\s*(?:[-—~～至到]\s*第?\s*(?P<b>{_NUMBER})\s*)?(?P<mark>条|项|部分|款|点)"
)
_ENGLISH_REFERENCE = re.compile(r"\b(?P<mark>item|article|part|clause)s?\s+(?P<a>\d+)", re.I)
# 职业教育法59到60条
_TITLE_ENDS = ("法", "条例", "规定", "办法", "》", "法的", "条例的", "》的")
_DECLARED = re.compile(r"第\s*$|第")

_SUM = (
    r"(?:学费|费用|课酬|工资|报酬|薪水|薪资|奖金|投资|资金|经费|价格|收费|补贴|补助|奖励|罚款|预算|成本|房租|押金|贷款|"
    r"补|奖|罚)"
)
_ASKED: tuple[tuple[Asked, re.Pattern[str]], ...] = (
    (
        Asked.PHONE,
        re.compile(r"电话|手机|联系方式|热线|号码|phone|hotline|contact (?:number|info)", re.I),
    ),
    (Asked.LINK, re.compile(r"网址|官网|邮箱|链接|公众号|微信号|website|e-?mail|\burl\b", re.I)),
    (Asked.ADDRESS, re.compile(r"地址|在哪(?:儿|里)?办|办公地点|几楼|address", re.I)),
    (
        Asked.PERSON,
        re.compile(
            r"(?:主任|局长|州长|书记|校长|院长|处长|科长|负责人|联系人|"
            r"领导)[^，。]{0,4}(?:是谁|叫什么|姓名|名字|哪位)|who is the (?:director|"
            r"head)",
            re.I,
        ),
    ),
    (
        Asked.PERCENT,
        re.compile(
            r"比例|百分之|百分比|百分点|几成|几倍|多少倍|几折|多少成|几个点|多少个?点|几分之|[%％]|费率|税率|附加率|占比|percent|proportion|share|\brate\b",
            re.I,
        ),
    ),
    (
        Asked.MONEY,
        re.compile(
            rf"多少钱|多少元|什么价|啥价|几万|多少万|几千|几百|几个亿|多少亿|金额|{_SUM}[^，。？]{{0,5}}(?:多少|几个?[亿万千])|"
            rf"多少{_SUM}|(?:补贴|奖补|奖励|补助|收费)标准|"
            r"(?:给|赔|返还|退还?|拿到?|捐|交|掏|花)多少(?=[？?，,。]|钱|元|$)|"
            r"how much (?:\w+ ){0,2}(?:money|cash|subsid|bonus|reward|fee|fine)|\byuan\b|\bRMB\b",
            re.I,
        ),
    ),
    (
        Asked.FREQUENCY,
        re.compile(
            r"多(?:久|长时间)[^，。？]{0,6}[一两]次|[几多少]+[年月天周][^，。？]{0,4}一次|"
            r"[年月周][^，。？]{0,4}几次|频率|how often|how frequently",
            re.I,
        ),
    ),
    (
        Asked.PAYER,
        re.compile(
            r"谁[来去]?(?:承担|负担|出钱|掏钱?|付|买单|报销|出(?![台具面来]))|"
            r"(?:钱|费用?|经费|保费|资金|成本)[^，。？]{0,4}(?:谁|哪里|哪儿)[来去]?(?:出|掏|付|承担|负担|来)|"
            r"who (?:pays|bears|covers|funds)|at whose expense",
            re.I,
        ),
    ),
    (
        Asked.LEADER,
        re.compile(
            r"谁[来去]?(?:牵头|领头|主导)|哪[^，。？]{0,6}牵头|牵头(?:单位|部门|的)?是|"
            r"takes? the lead",
            re.I,
        ),
    ),
    (
        Asked.DURATION,
        re.compile(
            r"多久(?![^，。？]{0,6}[一两]次)|多长时间(?![^，。？]{0,6}[一两]次)|几[年天周]|"
            r"多少(?:年|个?月|天|日|个?小时|个?学[年期]|个?星期|周)|"
            r"几个(?:月|小时|钟头|星期|工作日|学[年期]|季度)|"
            r"期限|时长|多长|how long",
            re.I,
        ),
    ),
    (
        Asked.DATE,
        re.compile(
            r"什么时候|什么时间|何时|哪一?年|哪天|截止|几号|几月|到什么时候|啥时候|时间节点|\bwhen\b|deadline",
            re.I,
        ),
    ),
    (
        Asked.COUNT,
        re.compile(
            r"(?<!哪)(?:几|多少)(?:家|个(?!点|百分|月|学[年期]|星期|工作日|小时|季度|周)|所|项|名|人|次|条|"
            r"批|门|章|亩|届|户|吨|学生|老师|教师|企业|学校)|"
            r"数量|how many",
            re.I,
        ),
    ),
)
_QUANTITY = re.compile(
    r"多少|几个点|几分之几|按照?(?:什么|啥|哪个)标准[给发付算交缴收补奖赔]|"
    r"(?:怎么|怎样|如何|咋)(?:计算|核算|算(?![是作数]))|how much",
    re.I,
)
# The kind of figure, named: 比例是多少 asks for no more than 占多少 does.
TYPE_WORDS = frozenset(
    "比例 占比 比重 标准 金额 数量 时间 期限 数字 数额 "
    "具体 要求 百分比 百分之 费率 税率 时长".split()
)
_UNIT = re.compile(
    r"(?<!哪)(?:几|多少)\s*(?:个(?!点|百分))?(家|个(?!点|百分)|所|项|名|人|次|条|批|门|月|年|天|日|元|万|亩|平方米|平米|吨|届|分|户|亿|学生|老师|教师|企业|公司|学校|院校)"
)
_COUNTED_IN = {
    "学生": "名",
    "老师": "名",
    "教师": "名",
    "人": "名",
    "企业": "家",
    "公司": "家",
    "学校": "所",
    "院校": "所",
}
_UNIT_EN = (
    (re.compile(r"how many mu\b", re.I), "亩"),
    (re.compile(r"how many (?:\w+ ){0,3}(?:firms|companies|enterprises)", re.I), "家"),
    (re.compile(r"how many (?:\w+ ){0,3}(?:schools|colleges)", re.I), "所"),
    (re.compile(r"how many (?:\w+ ){0,3}(?:people|students|teachers|interns)", re.I), "名"),
)
_YES_NO = re.compile(
    r"吗|吧[？?]?$|(?<=..)不[？?]?$|(?<![什怎多那这要])么[？?]?$|是不是|是否|能不能|可不可以|可以不|能否|可否|有没有|要不要|会不会|用不用|需不需要|"
    r"算不算|允不允许|行不行|对不对|对吧|是吧|得不得|该不该|必须不"
)
_YES_NO_EN = re.compile(r"^(?:can|may|could|is|are|do|does|must|should|will|has|have)\b", re.I)
_WHO = re.compile(
    r"谁|哪个部门|哪些部门|什么部门|哪个单位|哪些单位|由哪|哪级|"
    r"归哪|哪家单位|找哪个|which (?:department|agency|body)|\bwho\b",
    re.I,
)
_LIST = re.compile(
    r"哪些|哪几|有什么|有啥|都有|包括什么|包括啥|包含|分别|列出|"
    r"清单|几个方面|哪几个|什么样的|which|what are|list\b",
    re.I,
)
_HOW = re.compile(r"怎么|怎样|如何|咋|怎么办|流程|步骤|途径|方式|办法|\bhow\b", re.I)
_DEFINITION = re.compile(
    r"什么是|是什么意思|是啥意思|啥叫|什么叫|指的是|是指|什么意思|"
    r"的定义|what (?:is|does) .* mean|define",
    re.I,
)
_COUNT_STRUCTURE = re.compile(
    r"(?:几|多少)个?大?(?:项|条|方面|部分|章|块|点|任务)|how many (?:items|"
    r"parts|sections|articles|tasks)",
    re.I,
)
# Asks in which clause something stands.
_WHERE = re.compile(
    r"(?:在|是|出自|见|属于)[^，。？]{0,8}哪一?[条项点章](?![法线链路])|哪个条款|在哪[几些](?:条款|地方|条|处)|"
    r"第几[条项章]|"
    r"which (?:item|article|clause)",
    re.I,
)
_FIGURE_WORD = re.compile(r"多少|几|how much|how many", re.I)
_COMPOUND = re.compile(
    r"分别|各(?:是|自|有)|[，,；;].{0,12}(?:又|还|另)|又(?:必须|该|要|是|怎)|都(?:认|有|怎么|这么|说)|一样吗|一起说|"
    r"[？?，,。；;].*[？?]|(?:和|跟|与).{2,14}(?:分别|各|都|一样|差|区别|不同)|那国家|国家具体|\bboth\b|\brespectively\b"
)


def is_compound(question: Question) -> bool:
    """Whether the question asks several things, or what several documents say."""
    return len(question.documents) > 1 or bool(
        _COMPOUND.search(question.text.rstrip("？?。") + "？")
    )


def references(text: str, named: tuple[str, ...]) -> tuple[Reference, ...]:
    """Clauses named by number (第14条, 第十一至十三项, 第三部分第二点)."""
    found = []
    for match in _REFERENCE.finditer(text):
        before = text[: match.start()].rstrip()
        named_before = PLAN_WORD.search(before[-6:]) or before.endswith(_TITLE_ENDS)
        if "第" not in match.group(0) and not named_before:
            continue
        first = to_int(match.group("a"))
        last = to_int(match.group("b")) if match.group("b") else first
        document = named[0] if named else None
        if 0 < first <= last <= first + 20:
            found.append(Reference(match.group("mark"), first, last, document))
    for match in _ENGLISH_REFERENCE.finditer(text):
        mark = {"item": "项", "clause": "项", "article": "条", "part": "部分"}[
            match.group("mark").lower()
        ]
        number = int(match.group("a"))
        found.append(Reference(mark, number, number, named[0] if named else None))
    return tuple(found)


def _kind(text: str, refs: tuple[Reference, ...], asked: frozenset[Asked]) -> QuestionKind:
    if refs and not _YES_NO.search(text):
        return QuestionKind.LOOKUP
    if _COUNT_STRUCTURE.search(text):
        return QuestionKind.COUNT
    if _YES_NO.search(text) or _YES_NO_EN.search(text):
        return QuestionKind.YES_NO
    if _WHO.search(text):
        return QuestionKind.WHO
    if asked - {Asked.COUNT, Asked.PHONE, Asked.ADDRESS, Asked.PERSON, Asked.LINK}:
        return QuestionKind.FIGURE
    if asked and _FIGURE_WORD.search(text):
        return QuestionKind.FIGURE
    if _DEFINITION.search(text):
        return QuestionKind.DEFINITION
    if _LIST.search(text):
        return QuestionKind.LIST
    if _HOW.search(text):
        return QuestionKind.HOW
    return QuestionKind.OPEN


def _units(text: str) -> frozenset[str]:
    """Units in which the thing asked for is counted."""
    named = {_COUNTED_IN.get(unit, unit) for unit in _UNIT.findall(text)}
    return frozenset(named | {unit for pattern, unit in _UNIT_EN if pattern.search(text)})


def understand(
    raw: str,
    text: str,
    documents: Sequence[Document],
    audience: str | None,
    laws: Sequence[str] = (),
) -> Question:
    """Read a normalised, standalone question; `laws` are the short names of laws that exist."""
    named = named_documents(text, documents, laws)
    refs = references(text, named)
    asked = frozenset(kind for kind, pattern in _ASKED if pattern.search(text))
    if not asked and _QUANTITY.search(text) and not _COUNT_STRUCTURE.search(text):
        asked = frozenset({Asked.QUANTITY})
    where = bool(_WHERE.search(text))
    if where:
        # 在第几条 asks for a place, not for a number.
        asked = frozenset()
    claimed = tuple(f for f in figures(text) if f.kind is not FigureKind.WITHHELD)
    return Question(
        raw=raw,
        text=text,
        kind=_kind(text, refs, asked),
        asked=asked,
        units=frozenset() if where else _units(text),
        figures=claimed,
        references=refs,
        documents=named,
        absent=absent_documents(text, documents, laws),
        english=is_english(text),
        audience=audience,
        where=where,
    )
