"""Every sentence that the assistant says itself, in Chinese and English.

None of them states a fact of the corpus: facts stand in quotes.
"""

from __future__ import annotations

from assistant.polarity import Verdict
from corpus.document import Clause, Document, Kind, Validity
from corpus.language import Said

VERDICT = {
    Verdict.CAN: ("可以。", "Yes. "),
    Verdict.CANNOT: ("不可以。", "No. "),
    Verdict.MUST: ("需要，这是应尽的要求。", "Yes, it is required. "),
    Verdict.OPTIONAL: ("不是硬性要求。", "It is not mandatory. "),
    Verdict.TRUE: ("是的。", "Yes. "),
    Verdict.FALSE: ("不是。", "No. "),
    Verdict.OTHER_FIGURE: ("不是，与问题中的数字不一致。", "No, the figure differs. "),
}
WITHHELD = (
    "原文没有公布这个数字，发布时以“X”隐去：",
    "The published text withholds this figure (printed as “X”): ",
)
NATIONAL_RULE = ("国家层面的规定：", "The national rule: ")
BLOCKED = (
    "这个请求无法处理。我只依据已收录的政策文件回答问题，并逐句注明出处。请直接提出与产教融合政策有关的问题。",
    "This request cannot be handled. I only answer from the policy documents on file, with a "
    "citation for each sentence. Please ask a question about the policies.",
)
OUT_OF_SCOPE = (
    "这个问题不在产教融合政策的范围内，我无法回答。可以问我：企业有哪些激励和义务、学校要达到什么要求、某一条款怎么规定。",
    "This is outside the policies I cover. You can ask about incentives and duties of "
    "enterprises, requirements for schools, or what a clause says.",
)
PERSONAL = (
    "已收录的文件不含联系电话、地址、人员姓名、网址等信息，请向主管部门查询。",
    "The documents on file hold no phone numbers, addresses, names or links; please ask the "
    "competent office.",
)
NOT_FOUND = (
    "在已收录的文件中没有找到能回答这个问题的条款。",
    "No clause on file answers this question.",
)
NO_SUCH_CLAUSE = ("文件中没有编号为“{label}”的条款。", "There is no clause numbered {label}.")
NOTHING_MORE = (
    "所引条款中没有更多内容了。",
    "The clauses quoted say nothing more.",
)
ABSENT = ("{names}不在已收录的文件之内。", "{names} is not on file. ")
NEAREST = ("文件中相近的内容有：", "The nearest topics on file: ")
CLARIFY = (
    "问题还不够具体，我不确定您想了解哪一方面。您是不是想问：",
    "The question is not specific enough. Did you mean: ",
)
EMPTY = ("请输入您的问题。", "Please type your question.")
TOO_LONG = (
    "问题过长（最多{limit}字），请缩短后再问。",
    "The question is too long (at most {limit} characters); please shorten it.",
)
DIGEST_NOTE = (
    "注：{marks}为要点摘编{number}，不是文件原文，以正式文件为准。",
    "Note: {marks} is a digest{number}, not the official wording.",
)
UNVERIFIED_LEAD = (
    "（待核实，仅供参考，不能作为依据）",
    "(unverified, for reference only) ",
)
REPEALED = ("（该文件已废止）", "(repealed) ")

VALIDITY = {
    Validity.IN_FORCE: Said(Validity.IN_FORCE.value, "in force"),
    Validity.AMENDED: Said(Validity.AMENDED.value, "amended"),
    Validity.UNVERIFIED: Said(Validity.UNVERIFIED.value, "validity unverified"),
    Validity.REPEALED: Said(Validity.REPEALED.value, "repealed"),
}


def say(pair: tuple[str, str], english: bool) -> str:
    """The phrase in the language of the question."""
    return pair[1] if english else pair[0]


def source(document: Document, english: bool) -> str:
    """How a sentence names the document that it quotes; without figures, which need a quote."""
    name = document.name
    while "（" in name and name.endswith("）"):
        name = name[: name.rindex("（")]
    nameless = any(char.isdigit() for char in name)
    if document.kind is Kind.PLAN:
        return "The plan says: " if english else "方案提出："
    if english:
        return "The document says: " if nameless else f"《{name}》: "
    if not document.verbatim:
        return "相关文件（要点摘编）规定：" if nameless else f"《{name}》（要点摘编）："
    return "该文件规定：" if nameless else f"《{name}》规定："


def place(clause: Clause, heading: str, english: bool) -> str:
    """Where a clause stands: 第2项“2、……”; its number stands in the heading quoted."""
    if english:
        return f"in “{heading}”: "
    return f"第{clause.label}项“{heading}”：" if clause.label.isdigit() else f"“{heading}”："
