"""What the server-rendered pages share: templates, language, notices."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from ui.refusals import Said, preferred
from ui.texts import EN, Lang

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'self'"
)
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
    **{validity.value: words for validity, words in EN.validities.items()},
}


_CANNOT: Final = Said("无法显示", "This cannot be shown")
_TEMPLATES: Final = Jinja2Templates(directory=Path(__file__).parent / "templates")


class Words:
    """The words of a page in its language."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang

    def __call__(self, words: str, *values: object) -> str:
        """The words, their `{}` filled."""
        said = ENGLISH[words] if self.lang == "en" else words
        return said.format(*values) if values else said

    @property
    def query(self) -> str:
        """What keeps the language in an address."""
        return "?lang=en" if self.lang == "en" else ""


def words_of(request: Request) -> Words:
    """The words in the language that the address names; Chinese where it names none."""
    return Words("en" if request.query_params.get("lang") == "en" else "zh")


def page(
    request: Request,
    name: str,
    status: int = 200,
    *,
    words: Words | None = None,
    headers: dict[str, str] | None = None,
    **values: object,
) -> HTMLResponse:
    """A page of the library or a notice: no script, no other host."""
    say = words or words_of(request)
    other = request.url.remove_query_params("lang")
    if say.lang == "zh":
        other = other.include_query_params(lang="en")
    values |= {"say": say, "other_lang": f"{other.path}?{other.query}".rstrip("?")}
    sent = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache", **(headers or {})}
    return _TEMPLATES.TemplateResponse(request, name, values, status_code=status, headers=sent)


def notice(
    request: Request,
    status: int,
    said: Said,
    headers: dict[str, str] | None = None,
    title: Said = _CANNOT,
) -> HTMLResponse:
    """A page with one sentence, in the language of the address or else of the browser."""
    named = request.query_params.get("lang") == "en"
    words = Words("en" if named else preferred(request.headers) or "zh")
    return page(
        request,
        "library_notice.html",
        status,
        words=words,
        headers={"Cache-Control": "no-store", **(headers or {})},
        title=title.in_(words.lang),
        text=said.in_(words.lang),
    )


def waiting(request: Request, detail: Said) -> HTMLResponse:
    """A page that reloads until the library is open."""
    title = Said("正在准备", "Getting ready")
    return notice(request, 503, detail, {"Refresh": "3", "Retry-After": "5"}, title)
