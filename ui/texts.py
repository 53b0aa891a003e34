"""What the chat and its pages say, in Chinese and English."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from assistant.answer import Mode
from assistant.phrases import VALIDITY
from corpus.document import Audience, Kind, Validity
from corpus.language import Lang

KINDS: Final = {
    Kind.PLAN: "工作方案",
    Kind.POLICY: "国家政策",
    Kind.LOCAL: "地方文件",
    Kind.REGULATION: "行政法规",
    Kind.STATUTE: "法律",
}
AUDIENCES: Final = {
    Audience.ENTERPRISE: "企业",
    Audience.SCHOOL: "学校",
    Audience.STUDENT: "学生",
    Audience.GOVERNMENT: "政府部门",
}


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of one language; `{}` holes are filled where used."""

    title: str
    brand: str
    tagline: str
    library: str
    library_href: str
    sheet: str
    sheet_href: str
    other_lang: str
    other_href: str
    home: str
    audience: str
    enterprise: str
    school: str
    placeholder: str
    question_label: str
    send: str
    stop: str
    chat_label: str
    welcome_title: str
    welcome_text: str
    official_prevails: str
    privacy: str
    privacy_generative: str
    mode_extractive: str
    mode_generative: str
    mode_fallback: str
    searching: str
    stopped: str
    failed: str
    busy: str
    not_ready: str
    understood: str
    sources: str
    digest: str
    unverified: str
    fresh: str
    copy: str
    export: str
    feedback_thanks: str
    feedback_reason: str
    feedback_hint: str
    feedback_send: str
    feedback_failed: str
    exported_title: str
    exported_at: str
    asked: str
    validities: dict[Validity, str]


ZH: Final = Texts(
    title="明白 · 产教融合政策问答",
    brand="明白",
    tagline="产教融合政策问答",
    library="政策文库",
    library_href="/documents",
    sheet="明白纸",
    sheet_href="/sheet",
    other_lang="English",
    other_href="/en/",
    home="/",
    audience="我代表",
    enterprise="企业",
    school="学校",
    placeholder="请输入您的问题，例如：企业职工培训经费怎么提取？",
    question_label="您的问题",
    send="发送",
    stop="停止",
    chat_label="问答",
    welcome_title="您想了解哪项政策？",
    welcome_text="回答的每句话都标明所依据的条款，点编号即可对照原文；文件里没有的，会直接告诉您没有。",
    official_prevails="回答摘自已收录的文件，以官方发布的文件原文为准。",
    privacy="问答内容不对外发送，关闭页面后不保留。请勿填写个人信息。",
    privacy_generative=(
        "问题和查到的条款会发给本站设置的语言模型，关闭页面后不保留。请勿填写个人信息。"
    ),
    mode_extractive="摘自条款原文",
    mode_generative="由语言模型写成，每句已与条款核对",
    mode_fallback="语言模型未能作答，摘自条款原文",
    searching="正在查找条款…",
    stopped="已停止。",
    failed="这次没有得到回答，请稍后重试。",
    busy="提问过于频繁，请 {seconds} 秒后再试。",
    not_ready="服务正在准备，就绪后会自动回答。{detail}",
    understood="问题理解为：",
    sources="依据条款",
    digest="要点摘编",
    unverified="待核实",
    fresh="新对话",
    copy="复制回答和出处",
    export="导出对话：",
    feedback_thanks="谢谢您的评价。",
    feedback_reason="哪里不对？（可不填）",
    feedback_hint="例如：答非所问、引用不对、已经过时",
    feedback_send="提交",
    feedback_failed="评价没有保存成功，请稍后再试。",
    exported_title="政策问答记录",
    exported_at="导出时间：",
    asked="问",
    validities={validity: said.zh for validity, said in VALIDITY.items()},
)

EN: Final = Texts(
    title="Mingbai · Policy answers",
    brand="明白 Mingbai",
    tagline="Industry-education policy answers",
    library="Documents",
    library_href="/documents?lang=en",
    sheet="Plain sheet",
    sheet_href="/sheet?lang=en",
    other_lang="中文",
    other_href="/",
    home="/en/",
    audience="Answers for",
    enterprise="Enterprises",
    school="Schools",
    placeholder="Ask in English or Chinese…",
    question_label="Your question",
    send="Send",
    stop="Stop",
    chat_label="Questions and answers",
    welcome_title="Which policy would you like to know about?",
    welcome_text=(
        "Every sentence of an answer names the clause that proves it: select a number to read "
        "the clause. Clauses are quoted in Chinese, word for word. What the documents do not "
        "say, you will be told so."
    ),
    official_prevails="Answers quote the documents on file; the official documents prevail.",
    privacy="Nothing is sent elsewhere or kept after you close the page. Give no personal data.",
    privacy_generative=(
        "Your question and the clauses found are sent to the language model that this site uses; "
        "nothing is kept after you close the page. Give no personal data."
    ),
    mode_extractive="quoted word for word",
    mode_generative="worded by a language model, each sentence checked against its clause",
    mode_fallback="the language model gave no answer; quoted word for word",
    searching="Looking for the clauses…",
    stopped="Stopped.",
    failed="There was no answer this time. Please try again later.",
    busy="Too many questions. Please try again in {seconds} s.",
    not_ready="The service is getting ready and will answer by itself. {detail}",
    understood="Understood as: ",
    sources="Clauses",
    digest="digest",
    unverified="unverified",
    fresh="New chat",
    copy="Copy with sources",
    export="Export: ",
    feedback_thanks="Thank you for the feedback.",
    feedback_reason="What was wrong? (optional)",
    feedback_hint="For example: off the point, wrong citation, out of date",
    feedback_send="Submit",
    feedback_failed="The feedback could not be stored. Please try again later.",
    exported_title="Policy questions and answers",
    exported_at="Exported: ",
    asked="Question",
    validities={validity: said.en for validity, said in VALIDITY.items()},
)


def mode_label(mode: Mode, texts: Texts) -> str:
    """How an answer was written, in a few words."""
    return {
        Mode.EXTRACTIVE: texts.mode_extractive,
        Mode.GENERATIVE: texts.mode_generative,
        Mode.FALLBACK: texts.mode_fallback,
    }[mode]


TEXTS: Final[dict[Lang, Texts]] = {"zh": ZH, "en": EN}
