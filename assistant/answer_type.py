"""Whether a text can hold the kind of thing a question asks for. Pure functions."""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.figures import Figure, FigureKind, figures
from assistant.question import Asked, Question, QuestionKind

_FIGURES = {
    Asked.PERCENT: {FigureKind.PERCENT},
    Asked.MONEY: {FigureKind.MONEY},
    Asked.DURATION: {FigureKind.DURATION},
    Asked.DATE: {FigureKind.DATE},
    Asked.COUNT: {FigureKind.COUNT},
    Asked.QUANTITY: set(FigureKind) - {FigureKind.DATE},
}
# A sum may be set as a share of another: 实习报酬 of the wage of the post.
_BASE = re.compile(r"工资|报酬|收入|投资|费用|利润|薪")
_WORDS = {
    Asked.DURATION: re.compile(r"每[年月周学批]|年度|定期|长期"),
    Asked.DATE: re.compile(r"年内|年底|年度|定期|每年|之日起|届满|以前|之前|期限|当年|及时"),
    Asked.FREQUENCY: re.compile(
        r"每(?:[半两三四五六七八九十\d]*个?(?:年|月|季|周|星期|学期|日|天)|学年|次)|"
        r"按[年月季周日]|[年月季]度[^，。；]?(?:考核|考评|评估|评价|检查|督导|审计|报告|公布|发布|报送)|定期|一[年季月][^，。；]{0,4}次|逐[年月]"
    ),
    Asked.PAYER: re.compile(
        r"承担|负担|支付|出资|缴纳|缴付|拨[付款]|列支|投入|筹[措集]|报销|经费由|费用由|财政|自费|支出"
    ),
    Asked.LEADER: re.compile(r"牵头|领衔|主导|组织实施"),
    Asked.PHONE: re.compile(r"\d{3,4}-?\d{7,8}|1\d{10}"),
    Asked.ADDRESS: re.compile(r"[路街]\d+号|号楼|大厦"),
    Asked.PERSON: re.compile(r"主任|局长|州长|校长|院长"),
    Asked.LINK: re.compile(r"https?://|www\.|@"),
}
# What follows from a breach, asked for and stated.
_SANCTION_ASKED = re.compile(
    r"后果|处罚|处分|罚|追究|责任是|法律责任|违法|违规|犯法|怎么处理|咋处理|会怎[么样]|会咋|"
    r"\b(?:penalt|punish|fine[sd]?\b|sanction|consequence|liab)",
    re.I,
)
_SANCTION = re.compile(
    r"责令|罚款|处分|吊销|没收|追究|赔偿|警告|处罚|撤销|取消|收取其应当|行政责任|刑事责任|违约金|补偿"
)
_DEFINES = re.compile(r"是指|所称|指的是|包括|是以|就是")
_CONDITION_ASKED = re.compile(
    r"条件|资格|门槛|要求|够格|什么样的|满足|具备|qualif|condition|eligib", re.I
)
_CONDITION = re.compile(r"条件|资格|应当具备|符合|具有|应当是|不得少于|不少于|不低于|以上")
_BODY = re.compile(
    r"部门|政府|机关|单位|委员会|学校|企业|院校|机构|组织|协会|行业|银行|国务院|各级|各县|高校|举办者|法院|"
    r"工会|团体|成员|社会|个人|教师|学生|发改|教育|人社|财政"
)
# How well a list suits a question for a number, 0-1.
_COUNTABLE = 0.7
_MODAL = re.compile(
    r"不得|禁止|严禁|不准|不允许|可以|允许|支持|鼓励|应当|应|必须|须|准予|有权|享受|可|要|免|按"
)


# The features of one question read the same texts; clauses are read by question after question.
_REMEMBERED = 16_384


def _answers(asked: Asked, figure: Figure, text: str) -> bool:
    if figure.kind in _FIGURES.get(asked, set()):
        return True
    if figure.kind is FigureKind.WITHHELD:
        money = figure.unit.endswith("元")
        percent = figure.unit in "%％"
        return asked is (Asked.MONEY if money else Asked.PERCENT if percent else Asked.COUNT)
    if asked is Asked.MONEY:
        # A fine may be a multiple of what was gained.
        share = figure.kind is FigureKind.PERCENT and bool(_BASE.search(text))
        return share or figure.unit == "倍"
    return asked is Asked.PERCENT and figure.unit == "倍"


@lru_cache(maxsize=_REMEMBERED)
def holds(asked: Asked, text: str) -> bool:
    """Whether `text` has something of the kind asked for."""
    if any(_answers(asked, figure, text) for figure in figures(text)):
        return True
    words = _WORDS.get(asked)
    return bool(words and words.search(text))


def fit(question: Question, text: str) -> float:
    """How well a text's content suits the question's form: 0 unsuited, 1 suited."""
    if question.asked == {Asked.COUNT} and not holds(Asked.COUNT, text):
        # What is listed can be counted.
        return min(_COUNTABLE, (text.count("、") + text.count("；")) / 3)
    if question.asked:
        return sum(holds(asked, text) for asked in question.asked) / len(question.asked)
    if question.kind is QuestionKind.WHO:
        return float(bool(_BODY.search(text)))
    if question.kind is QuestionKind.YES_NO:
        return float(bool(_MODAL.search(text)))
    if question.kind is QuestionKind.LIST:
        return min(1.0, (text.count("、") + text.count("；")) / 3)
    return 1.0


@lru_cache(maxsize=_REMEMBERED)
def _values(text: str) -> frozenset[tuple[str, str]]:
    """The figures of a text as (value, unit)."""
    return frozenset((figure.value, figure.unit) for figure in figures(text))


def unit_match(question: Question, text: str) -> float:
    """1 where a figure of `text` is counted in a unit that the question names, else 0."""
    wanted = question.units | {figure.unit for figure in question.figures}
    return float(bool(wanted) and any(unit in wanted for _, unit in _values(text)))


def asks_sanction(question: Question) -> bool:
    """Whether the question asks what follows from a breach."""
    return _asks_sanction(question.text)


@lru_cache(maxsize=256)
def _asks_sanction(text: str) -> bool:
    return bool(_SANCTION_ASKED.search(text))


@lru_cache(maxsize=_REMEMBERED)
def _states_sanction(text: str) -> bool:
    return bool(_SANCTION.search(text))


@lru_cache(maxsize=256)
def _asks_condition(text: str) -> bool:
    return bool(_CONDITION_ASKED.search(text))


def sanction_missing(question: Question, text: str) -> bool:
    """Whether a breach's consequence is asked and not stated."""
    return asks_sanction(question) and not _SANCTION.search(text)


def sanction_match(question: Question, text: str) -> float:
    """1 where a breach's consequence is asked and stated, -1 where stated and not asked, else 0."""
    if not _states_sanction(text):
        return 0.0
    return 1.0 if asks_sanction(question) else -1.0


def form_match(question: Question, text: str) -> float:
    """1 where a definition or a condition is asked for and the text has the words of one."""
    if question.kind is QuestionKind.DEFINITION:
        return float(bool(_DEFINES.search(text)))
    if _asks_condition(question.text):
        return float(bool(_CONDITION.search(text)))
    return 0.0


def figure_match(question: Question, text: str) -> float:
    """Share of the figures of the question that stand in the text, 0-1; 0 where it has none."""
    wanted = {(figure.value, figure.unit) for figure in question.figures}
    if not wanted:
        return 0.0
    return len(wanted & _values(text)) / len(wanted)
