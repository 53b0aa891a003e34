"""What the server-rendered pages and the files say, in Chinese and English."""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup, escape

from assistant.phrases import VALIDITY
from corpus.language import Lang

# The pages are written in Chinese; this is what they say in English.
ENGLISH: Final = {
    "政策文库": "Documents",
    "政策问答": "Questions",
    "明白纸": "Plain sheet",
    "明白": "Mingbai",
    "跳到正文": "Skip to the content",
    "网站导航": "Site",
    "内容以官方发布的文件原文为准。": "The official documents prevail.",
    "查找文件和条款": "Search documents and clauses",
    "例如：职工教育经费": "In Chinese, such as 职工教育经费",
    "种类": "Kind",
    "涉及对象": "Concerns",
    "效力": "Validity",
    "全部": "All",
    "查找": "Search",
    "清除": "Clear",
    "含“{}”的条款": "Clauses that contain “{}”",
    "{} 条": "{} clauses",
    "{} 条以上": "more than {} clauses",
    "只列出前 {} 条，可以加一个词缩小范围。": (
        "The first {} are listed; another word narrows the search."
    ),
    "没有条款同时含有这些词。换个说法试试，或": (
        "No clause contains all these words. Try others, or"
    ),
    "直接提问": "ask a question",
    "名称或文号相符的文件": "Documents whose name or number matches",
    "文件": "Documents on file",
    "{} 份": "{} documents",
    "没有符合条件的文件。": "No document fits.",
    "适用：": "For: ",
    "、": ", ",
    "未能收录": "Not taken in",
    "文号": "Number",
    "发布机关": "Issued by",
    "日期": "Date",
    "位阶": "Rank",
    "适用地区": "Region",
    "官方页面": "Official page",
    "要点摘编": "digest",
    "要点摘编，不是文件原文。": "A digest in our own words, not the official wording.",
    "以官方发布的文件为准。": "The official document prevails.",
    "目录": "Contents",
    "待核实": "unverified",
    "第 {} 页": "p. {}",
    "链接": "Link",
    "{}的链接": "Link to {}",
    "查看全部文件": "All documents",
    "工作方案": "Work plans",
    "国家政策": "National policies",
    "地方文件": "Local documents",
    "行政法规": "Administrative regulations",
    "法律": "Laws",
    "部门规章/规范性文件": "Departmental rules",
    "企业": "enterprises",
    "学校": "schools",
    "学生": "students",
    "政府部门": "government bodies",
    "明白纸：您能得到什么，要做到什么": "Plain sheet: what you can get and what you must do",
    "回答几个问题，得到一张清单：适用的激励、要做到的要求，逐条附数额、条件、责任单位和条款原话。"
    "不清楚的可以不答，清单会写明“信息不足”，不会替您猜。": (
        "Answer a few questions and get a list: the incentives that apply and the requirements to "
        "meet, each with its amount, conditions, responsible body and the words of the clause. "
        "What you do not know may stay open: the list says “not enough information” and guesses "
        "nothing. Items and quoted clauses are in Chinese."
    ),
    "身份": "Who you are",
    "我代表{}": "I represent {}",
    "不清楚": "Not known",
    "生成明白纸": "Make the plain sheet",
    "不需要填写单位名称，也不会保存您的选择。": "No name is asked for and no choice is stored.",
    "修改情况": "Change the answers",
    "打印": "Print",
    "本页内容": "On this page",
    "您的情况": "Your situation",
    "信息不足：有 {} 项情况没有说明，相关条目只能列为“可能适用”。": (
        "Not enough information (questions left open: {}): what depends on them can only be "
        "listed as “may apply”."
    ),
    "一览：{}": "At a glance: {}",
    "{}（{} 项）": "{} ({})",
    "{}：{}": "{}: {}",
    "{}：{}。": " {}: {}.",
    "事项": "Item",
    "内容": "What",
    "数额或期限": "Amount or deadline",
    "对象": "Who",
    "数额": "Amount",
    "条件": "Conditions",
    "怎么办理": "How to apply",
    "责任单位": "Responsible",
    "原文未写明": "Not in the source",
    "为什么适用": "Why it applies",
    "信息不足": "Not enough information",
    "还需要确认：{}": "to be confirmed: {}",
    "注意": "Caution",
    "；": "; ",
    "单位": "For",
    "制表日期": "Made on",
    "《{}》{}{}{}（{}）": "《{}》 {}{}{} ({})",
    "（{}）": "({}) ",
    "，第 {} 页": ", p. {}",
    "，": ", ",
    "要点摘编，非原文": "digest, not the official wording",
    "依据的文件": "Documents quoted",
    "未能列入": "Left out",
    "适用": "applies",
    "可能适用": "may apply",
    "明白 Mingbai": "Mingbai 明白",
    "把“明白”放进您的网站": "Put Mingbai into your site",
    "选好样式，把代码粘贴到网页中即可。访问者不离开您的网站就能提问，每句回答都附条款原文。": (
        "Choose how it looks and paste the code into your page. Visitors ask without leaving your "
        "site, and every sentence of an answer comes with the clause that proves it."
    ),
    "一、选择样式": "1. Choose how it looks",
    "默认解答对象": "Answers for",
    "企业用户": "Enterprises",
    "学校用户": "Schools",
    "界面语言": "Language",
    "按钮位置": "Place of the button",
    "右下角": "Bottom right",
    "左下角": "Bottom left",
    "主色": "Main colour",
    "文字颜色会自动加深或变浅，保证看得清。": (
        "Text is darkened or lightened as needed, so that it stays readable."
    ),
    "更新预览和代码": "Update the preview and the code",
    "二、看效果": "2. See it",
    "挂件预览": "Preview of the widget",
    "三、复制代码": "3. Copy the code",
    "用脚本（推荐）": "As a script (recommended)",
    "放在 {} 之前。": "Put it before {}.",
    "复制脚本代码": "Copy the script",
    "用内嵌框架": "As an inline frame",
    "网站不允许外来脚本时使用。": "For sites that allow no scripts from elsewhere.",
    "复制框架代码": "Copy the frame",
    "已复制。": "Copied.",
    "请按 Ctrl+C（或 ⌘C）复制已选中的代码。": (
        "Please press Ctrl+C (or ⌘C) to copy the code that is selected."
    ),
    "使用前请确认": "Before you use it",
    "您的网站来源（如 {}）已由服务方加入允许名单；"
    "未列入的网站会看到明确的拒绝提示，得不到任何回答。": (
        "The operator of the service has put the origin of your site (such as {}) on the list of "
        "allowed origins. A site that is not listed sees a clear refusal and gets no answer."
    ),
    "网站若设有内容安全策略（CSP），脚本方式需要 {} 和 {}；框架方式需要 {}。不需要 {}。": (
        "If your site has a content security policy (CSP), the script needs {} and {}; the frame "
        "needs {}. {} is not needed."
    ),
    "示例网页": "Sample page",
    "这里代表您自己的网页。挂件的按钮在页面下方的右侧，点开即可提问。": (
        "This stands for a page of yours. The button of the widget is at the bottom right: open "
        "it and ask."
    ),
    "这里代表您自己的网页。挂件的按钮在页面下方的左侧，点开即可提问。": (
        "This stands for a page of yours. The button of the widget is at the bottom left: open "
        "it and ask."
    ),
    "挂件与网页的样式互不影响，不设置 Cookie，也不在浏览器里留下任何内容。": (
        "The styles of the widget and of the page do not touch each other. The widget sets no "
        "cookie and leaves nothing in the browser."
    ),
    **{said.zh: said.en for said in VALIDITY.values()},
}
# A run of Chinese, with the figures before, within and after it.
_HAN: Final = r"\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
_CHINESE: Final = re.compile(
    rf"(?:[0-9X%.~+-]*[{_HAN}]+)(?:[^\s{_HAN}]{{1,20}}[{_HAN}]+)*(?:[0-9X]+%?)?"
)


class Words:
    """The words of a page in its language."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang

    def __call__(self, words: str, *values: object) -> str:
        """The words, their `{}` filled."""
        said = ENGLISH[words] if self.lang == "en" else words
        return said.format(*values) if values else said

    def fill(self, words: str, *values: str) -> Markup:
        """The words as HTML, each `{}` filled with a piece of code."""
        codes = [Markup("<code>{}</code>").format(value) for value in values]
        return escape(self(words)).format(*codes)

    def mark(self, text: str) -> Markup:
        """A text as HTML; in a page that is not Chinese, its Chinese is marked as such."""
        if self.lang == "zh":
            return escape(text)
        out, at = Markup(), 0
        for found in _CHINESE.finditer(text):
            out += escape(text[at : found.start()])
            out += Markup('<span lang="zh-CN">{}</span>').format(found.group())
            at = found.end()
        return out + escape(text[at:])

    @property
    def query(self) -> str:
        """What keeps the language in an address."""
        return "?lang=en" if self.lang == "en" else ""
