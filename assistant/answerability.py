"""Whether the evidence found answers the question: refusal as a learned decision.

A logistic model over features of retrieval and evidence, trained by
`eval/train_assistant.py`; weights and operating point stand in
`assistant/weights/answerability.json`. An absolute threshold on e5 cosines refuses badly:
they sit in a narrow band.
"""

from __future__ import annotations

import json
import math
import re
import statistics
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant import answer_type, wording
from assistant.evidence import FEATURES as FEATURES_OF_EVIDENCE
from assistant.evidence import Evidence, Terms
from assistant.figures import FigureKind, figures
from assistant.question import Asked, Question, QuestionKind
from assistant.translation import Translator
from corpus.document import Clause, Document
from index import dictionary
from index.keywords import KeywordIndex
from index.retriever import Hit

FEATURES = (
    "bias",
    "evidence_score",
    "clause_score",
    "clause_lead",
    "type_held",
    "similarity",
    "margin",
    "sentence_coverage",
    "clause_coverage",
    "pair_coverage",
    "unknown_share",
    "branches_agree",
    "keyword_strength",
    "type_missing",
    "money_missing",
    "contact_asked",
    "year_missing",
    "place_missing",
    "number_missing",
    "unit_missing",
    "focus_missing",
    "gap",
    "standing_out",
    "live",
    "name_asked",
    "day_missing",
    "qualifier_missing",
    "figure_missing",
    "entity_missing",
    "measure_missing",
    "english",
    "english_standing_out",
    "words",
    "literal_clause",
    "literal_stated",
    "heaviest_missing",
    "opinion",
    "other_time",
    "artefact_missing",
    "list_missing",
    "specific_name_missing",
    "sanction_missing",
    "clause_share",
    "evidence_lead",
    "yes_no",
    "who",
    "open",
    "where",
    "translation",
    "clause_translation",
    "least_translated",
    "translation_lead",
)
# What a word's log-probability is about, so that the features lie around 0.
_USUAL = 6.0
_PRIVATE = frozenset({Asked.PHONE, Asked.ADDRESS, Asked.PERSON, Asked.LINK})
# Another year's edition of a document: 2025年度的方案, 2023年那份方案.
_EDITION = re.compile(r"((?:19|20)\d{2})年?度?[^，。？]{0,14}(?:方案|计划|版|文件|通知)")
# What is so at present is no matter of a document: 现在有几家, 去年的就业率, 由哪家公司牵头.
_LIVE = re.compile(
    r"现在(?:已经)?[有全认进咱]|现在.{0,8}多少|目前已?[有经]|截至|(?:去年|前年|上个?月)[^，。]{0,10}(?:多少|几|率|完成|名单|排)|今年实际|实际(?:达到|完成|是|有)|最新|"
    r"进展|名单(?:给|列|发|公布|都|是|上)|(?:列|给|发|要)[^，。]{0,4}名单|到哪一步|审批到|我的(?:申请|补贴|材料)|"
    r"有没有公布|公布了|(?:今天|今日|明天|实时|当前).{0,8}(?:天气|汇率|股价|油价|新闻|行情|气温)|分数线|"
    r"我(?:儿子|女儿|孩子|家|自己)?的?.{0,3}(?:学籍|成绩|身份证|账号|密码|进度)|"
    r"currently|so far|last year|already"
)
_NAME = re.compile(
    r"哪家(?:公司|企业|单位|银行|学校|机构)|哪几家(?:公司|企业|银行|学校)?|哪个(?:公司|老师|领导|人)|叫什么名|姓什么|"
    r"which (?:company|bank|firm)"
)
_DAY_ASKED = re.compile(
    r"几号|几月|哪天|哪个月|哪一天|截止|报名时间|申报时间|什么时候(?:截止|"
    r"报|申|开)|deadline|what date"
)
# What a document does not weigh or foretell.
_OPINION = re.compile(
    r"你(?:觉得|看(?!到)|说|认为|估计)|更(?:好|划算|合适|容易|值)|值不值|有用吗|靠谱|最好(?:找|考|学)|"
    r"会不会再|会不会(?:延|涨|取消|上调|下调)|还会(?:再|涨|延)|明年还?会|以后会不会|能完成吗|完得成|出于何种|"
    r"(?:为什么|为啥|为何|凭什么)(?:定|选|要选|偏偏|只|非得)|do you think|\bbetter\b|your opinion",
    re.I,
)
_OTHER_TIME = re.compile(
    r"以前的|原来的|旧(?:的|版|法)|过去的|早先|老版|废止|修订前|改之前|条例时候|前身|previous|former",
    re.I,
)
# Papers and procedures that a rule may name, and that an asker may want in hand.
_ARTEFACT = re.compile(
    r"材料|手续|流程|步骤|模板|范本|样本|样表|申请表|下载|入口|窗口|课表|文号|全文|评分|计分|打分|解读|"
    r"批复|编制|预算|供应商|承建|中标|招标|路线|日程|时间表|排名|名次"
)
_ENUMERATION = re.compile(
    r"哪些|哪几|分别|都有|列(?:出|明|一下)|名单|目录|清单|包括|包含|指什么|which ones|\blist\b",
    re.I,
)
_NAMED_ONE = re.compile(
    r"哪(?:家|所|位|间|一?个|几家|几所|几个|几位)"
    r"(?:公司|企业|单位|银行|学校|高校|高等学校|院校|中职|平台|老师|院士|县|园区|协会|保险公司|厂)|"
    r"是(?:哪家|哪所|哪位)|由(?:哪家|哪所|哪位|那位)|叫啥名|叫什么名|which (?:school|firm|company)|"
    r"which \w+ company",
    re.I,
)
_PROPER = re.compile(
    r"[\u4e00-\u9fff]{2,}(?:学院|大学|公司|银行|集团|职业技术学院|新区|开发区|新城)"
)
# Which of several: 第二批, 第三届.
_QUALIFIER = re.compile(r"第[一二三四五六七八九十\d]+(?:批|届|期|轮|版|师)")
# A tax, a fee, a fund by its last characters: 印花税, 保费, 公积金.
_ENTITY = re.compile(r"[\u4e00-\u9fff]{2}(?:税(?![务前后收])|费(?![用额])|金(?![额融]))|汇率|津贴")
_DAY = re.compile(r"\d+月|\d+日|每年[^，。]{0,6}日|[一二三四五六七八九十]+月|之日起|日前")
# Evidence this much weaker than the best, in log-odds, does not hold what the best lacks.
_NEAR = 1.5
_YEAR = re.compile(r"(?<![\d.])(?:19|20)\d{2}(?![\d.]|\s*[元万亿千名人家个%％])")


@dataclass(frozen=True, slots=True)
class Judgement:
    """The probability that the evidence answers, and the features it was judged by."""

    probability: float
    in_domain: float
    features: dict[str, float]


def missing_places(words: Sequence[str], corpus_text: Container[str]) -> bool:
    """Whether the words name a place that the corpus does not know."""
    named = [word for word in words if dictionary.is_place(word)]
    return any(place.rstrip("市县区省州") not in corpus_text for place in named)


def _entities_missing(text: str, clause_text: str) -> float:
    """Share of the taxes, fees and funds that a question names and the clause does not."""
    named = {name.lstrip("的个年月") for name in _ENTITY.findall(text)}
    named = {name for name in named if len(name) >= 2}
    return sum(name not in clause_text for name in named) / len(named) if named else 0.0


def _figure_missing(question: Question, clause_text: str) -> bool:
    """Whether the question takes a share or a sum for granted that the clause does not state."""
    if question.kind is QuestionKind.YES_NO:
        return False
    taken = {
        (f.value, f.unit)
        for f in question.figures
        if f.kind in (FigureKind.PERCENT, FigureKind.MONEY)
    }
    return bool(taken - {(f.value, f.unit) for f in figures(clause_text)})


def features(
    question: Question,
    terms: Terms,
    hits: Sequence[Hit],
    evidence: Sequence[Evidence],
    chosen: Sequence[Evidence],
    documents: dict[str, Document],
    keywords: KeywordIndex,
    corpus_text: Container[str],
    background: Sequence[float],
    translator: Translator,
) -> dict[str, float]:
    """The features of one question, by name.

    `evidence` is every sentence read, best first, and `chosen` those that the answer would
    state. `background` are the sentence cosines of everything that the dense branch found.
    """
    best = evidence[0] if evidence else None
    top = max((h.sentence_score or h.dense_score or 0.0 for h in hits), default=0.0)
    dense = sorted((h.dense_score for h in hits if h.dense_score), reverse=True)
    margin = dense[0] - sum(dense) / len(dense) if dense else 0.0
    clause: Clause | None = best.clause if best else None
    clause_text = f"{' '.join(clause.heading_path)} {clause.text}" if clause else ""
    if clause:
        document = documents[clause.document_id]
        clause_text += f" {document.title} {document.number}"
        for printed, meant in document.errata:
            clause_text = clause_text.replace(printed, meant)
    first_dense = next((h.clause_id for h in hits if h.dense_rank == 0), None)
    first_keyword = next((h.clause_id for h in hits if h.keyword_rank == 0), None)
    keyword = max((h.keyword_score or 0.0 for h in hits), default=0.0)
    ideal = sum(terms.words.values()) + sum(terms.pairs.values())
    quoted = best.text if best else ""
    stated = "\n".join(
        e.text
        for e in chosen
        if best and (e.clause.id == best.clause.id or best.score - e.score <= _NEAR)
    )
    asked = question.asked
    listed = max(map(stated.count, "、；")) >= 2
    missing = [
        a
        for a in asked
        if not (answer_type.holds(a, stated) or (a is Asked.COUNT and listed))
        or (
            a is Asked.COUNT
            and not listed
            and question.units
            and not answer_type.unit_match(question, stated)
        )
    ]
    named = [documents[name] for name in question.documents if name in documents]
    named_text = " ".join(f"{d.title} {d.number} {d.date}" for d in named)
    years = set(_YEAR.findall(question.text))
    wrong_years = {y for y in years if y not in clause_text and y not in named_text}
    # The plan may name another document; a law that is not on file is never answered from here.
    absent = [n for n in question.absent if n.endswith("法") or n not in corpus_text]
    wrong_number = bool(absent) and not question.documents
    edition = _EDITION.search(question.text)
    if edition and not any(edition.group(1) in f"{d.title}{d.date}" for d in documents.values()):
        wrong_number = True
    words = list(terms.words)
    english = question.english
    weight = sum(terms.words.values()) or 1.0
    absent_words = [w for word, w in terms.words.items() if word not in clause_text]
    literal = {word for word in terms.words if word in clause_text}
    scores = [hit.score for hit in hits]
    artefacts = set(_ARTEFACT.findall(question.text))
    spread = statistics.pstdev(background) if len(background) > 2 else 0.0
    outstanding = (top - statistics.fmean(background)) / spread if spread else 0.0
    return {
        "bias": 1.0,
        "evidence_score": (best.score if best else 0.0) / 4,
        "clause_score": (hits[best.rank].score if best else -4.0) / 4,
        "clause_lead": (hits[0].score - hits[1].score) / 4 if len(hits) > 1 else 0.0,
        "type_held": float(bool(asked) and not missing),
        "similarity": 0.0 if question.english else (top - 0.88) * 20,
        "margin": margin * 30,
        "sentence_coverage": terms.coverage(quoted),
        "clause_coverage": terms.coverage(clause_text),
        "pair_coverage": terms.pair_coverage(clause_text),
        "unknown_share": terms.unknown(corpus_text),
        "branches_agree": float(first_dense is not None and first_dense == first_keyword),
        "keyword_strength": min(1.0, keyword / ideal) if ideal else 0.0,
        "type_missing": len(missing) / len(asked) if asked else 0.0,
        "money_missing": float(Asked.MONEY in missing),
        "contact_asked": float(bool(asked & _PRIVATE)),
        "year_missing": float(bool(wrong_years)),
        "place_missing": float(missing_places(words, corpus_text)),
        "number_missing": float(wrong_number),
        "unit_missing": float(
            bool(question.units) and not answer_type.unit_match(question, stated)
        ),
        "focus_missing": 1 - terms.focus_coverage(quoted),
        "gap": terms.gap(clause_text),
        "standing_out": 0.0 if english else outstanding - 2,
        "live": float(bool(_LIVE.search(question.text))),
        "name_asked": float(bool(_NAME.search(question.text))),
        "day_missing": float(bool(_DAY_ASKED.search(question.text) and not _DAY.search(stated))),
        "qualifier_missing": float(
            any(name not in clause_text for name in _QUALIFIER.findall(question.text))
        ),
        "figure_missing": float(_figure_missing(question, clause_text)),
        "entity_missing": 0.0 if english else _entities_missing(question.text, clause_text),
        "measure_missing": (
            1 - terms.focus_coverage(f"{stated} {clause_text}") if asked and not english else 0.0
        ),
        "english_standing_out": outstanding - 2 if english else 0.0,
        "english": (top - 0.80) * 20 if question.english else 0.0,
        "words": math.log1p(len(words)) - 1.5,
        "literal_clause": 0.0 if english else sum(terms.words[w] for w in literal) / weight,
        "literal_stated": (
            0.0 if english else sum(w for t, w in terms.words.items() if t in stated) / weight
        ),
        "heaviest_missing": 0.0 if english else max(absent_words, default=0.0) / 8,
        "opinion": float(bool(_OPINION.search(question.text))),
        "other_time": float(bool(_OTHER_TIME.search(question.text))),
        "artefact_missing": float(any(name not in clause_text for name in artefacts)),
        "list_missing": float(bool(_ENUMERATION.search(question.text)) and not listed),
        "specific_name_missing": float(
            bool(_NAMED_ONE.search(question.text)) and not _PROPER.search(stated)
        ),
        "sanction_missing": float(answer_type.sanction_missing(question, stated)),
        "clause_share": (math.exp(scores[0]) / sum(map(math.exp, scores)) if scores else 0.0),
        "evidence_lead": (
            min(4.0, evidence[0].score - evidence[1].score) / 4 if len(evidence) > 1 else 0.0
        ),
        "yes_no": float(question.kind is QuestionKind.YES_NO),
        "who": float(question.kind is QuestionKind.WHO),
        "where": float(question.where),
        "open": float(question.kind in (QuestionKind.OPEN, QuestionKind.HOW)),
        **_translations(terms, evidence, translator),
    }


def _translations(
    terms: Terms, evidence: Sequence[Evidence], translator: Translator
) -> dict[str, float]:
    """How well the best evidence and its clause explain the question, word by word."""
    if not evidence or not terms.asked:
        return {}
    best = evidence[0]
    sentence, clause = (
        best.features[FEATURES_OF_EVIDENCE.index(name)]
        for name in ("translation", "clause_translation")
    )
    others = [e.features[FEATURES_OF_EVIDENCE.index("translation")] for e in evidence[1:]]
    text = translator.words.whole(best.clause.id)
    words = translator.reader(terms.asked).log_probabilities([text])[0].tolist()
    content = [p for word, p in zip(terms.asked, words, strict=True) if word in terms.words]
    least = min(content or words)
    return {
        "translation": (sentence + _USUAL) / 2,
        "clause_translation": (clause + _USUAL) / 2,
        "least_translated": (least + _USUAL) / 4,
        "translation_lead": max(-2.0, min(2.0, sentence - max(others, default=sentence))),
    }


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of the two logistic models and the operating points.

    `wording` belongs to `answer`: the weights of `assistant.wording`.
    """

    answer: dict[str, float]
    wording: dict[str, float]
    domain: dict[str, float]
    answer_threshold: float
    domain_threshold: float


@cache
def model() -> Model:
    """The trained model, from the weights file."""
    file = Path(__file__).with_name("weights") / "answerability.json"
    stored = json.loads(file.read_text("utf-8"))
    return Model(
        stored["answer"],
        stored["wording"],
        stored["domain"],
        stored["answer_threshold"],
        stored["domain_threshold"],
    )


def _log_odds(weights: dict[str, float], values: dict[str, float]) -> float:
    return sum(weights.get(name, 0.0) * value for name, value in values.items())


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


def judge(values: dict[str, float], words: dict[str, float]) -> Judgement:
    """Probability that the evidence answers, and that the question is in the domain at all.

    `values` are `features` of the question, `words` its `worded`.
    """
    trained = model()
    answer = _log_odds(trained.answer, values) + _log_odds(trained.wording, words)
    domain = _log_odds(trained.domain, values)
    return Judgement(_probability(answer), _probability(domain), values)


def worded(question: Question, evidence: Sequence[Evidence]) -> dict[str, float]:
    """The wording of a question beside the clause of the best evidence."""
    best = evidence[0].clause if evidence else None
    return wording.features(
        question.text, f"{' '.join(best.heading_path)}{best.text}" if best else ""
    )
