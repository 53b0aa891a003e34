"""A plain sheet as Markdown, JSON, DOCX and PDF; the page itself is `templates/sheet_body.html`.

Every format is made from the same parts (`details`, `attribution`), so they say the same, in
the language of the sheet.
"""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import docx
import jinja2
from docx.document import Document as Docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from assistant.sheet import NOTE, Cited, Fit, Item, Section, Sheet
from corpus.language import Lang, Said, SaidError
from ui.words import Words

_HERE = Path(__file__).parent
SCHEMA_VERSION: Final = 1
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~$&^])")
_BLOCK_START = re.compile(r"^(\s*)([-+=])|^(\s*\d+)([.)])", re.MULTILINE)


_ZH: Final = Words("zh")
_NO_PANGO: Final = Said(
    "生成 PDF 需要系统库 Pango，此机器上没有（Debian、Ubuntu 可安装 libpango-1.0-0、"
    "libpangoft2-1.0-0 和 libharfbuzz-subset0）。请安装后重试，"
    "或改用 DOCX，或在网页上打印为 PDF。",
    "PDF needs the system library Pango, which this machine lacks (on Debian and Ubuntu: "
    "libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0). Please install it and try "
    "again, or use DOCX, or print the page as PDF.",
)
_NO_FONT: Final = Said(
    "生成的 PDF 显示不出中文，因为此机器没有中文字体（Debian、Ubuntu 可安装"
    " fonts-noto-cjk）。请安装后重试，或改用 DOCX，或在网页上打印为 PDF。",
    "The PDF could not show Chinese, because this machine has no Chinese font (on Debian and "
    "Ubuntu: fonts-noto-cjk). Please install one and try again, or use DOCX, or print the page "
    "as PDF.",
)


class SheetFormatError(SaidError):
    """A format cannot be made on this machine; says what to do."""


# ------------------------------------------------------------------ shared parts
def details(item: Item, say: Words = _ZH) -> tuple[tuple[str, str], ...]:
    """(label, text) pairs of an item, in reading order; where the source is silent it says so."""
    rows = [(say("对象"), item.who)]
    rows.append((say("数额" if item.incentive else "数额或期限"), item.figure))
    rows.append((say("条件"), item.condition))
    if item.incentive:
        rows.append((say("怎么办理"), item.how))
    rows.append((say("责任单位"), item.body))
    silent = say("、").join(label for label, text in rows if not text)
    if silent:
        rows.append((say("原文未写明"), silent))
    if item.because:
        rows.append((say("为什么适用"), say("；").join(item.because)))
    if item.missing:
        rows.append((say("信息不足"), say("还需要确认：{}", say("；").join(item.missing))))
    if item.cautions:
        rows.append((say("注意"), say("；").join(item.cautions)))
    return tuple((label, text) for label, text in rows if text)


def heading(sheet: Sheet, say: Words = _ZH) -> tuple[tuple[str, str], ...]:
    """(label, text) pairs that stand below the title."""
    named = ((say("单位"), sheet.name),) if sheet.name else ()
    return (*named, (say("制表日期"), sheet.made_on.isoformat()))


def overview_head(say: Words = _ZH) -> tuple[str, str, str]:
    """The heads of the columns of an overview."""
    return (say("事项"), say("内容"), say("数额或期限"))


def overview(section: Section, say: Words = _ZH) -> tuple[tuple[str, str, str], ...]:
    """One line an item: title, what one gets or must do, figure or deadline."""
    silent = say("原文未写明")
    return tuple((item.title, item.text, item.figure or silent) for item in section.items)


def attribution(cited: Cited, say: Words = _ZH) -> str:
    """Where a quote stands: document, number, label, page, validity, and what kind of text."""
    kinds = [say(cited.validity)]
    kinds += [] if cited.verbatim else [say("要点摘编，非原文")]
    kinds += [] if cited.verified else [say("待核实")]
    number = say("（{}）", cited.number) if cited.number else ""
    page = say("，第 {} 页", cited.page) if cited.page else ""
    return say(
        "《{}》{}{}{}（{}）", cited.document, number, cited.clause, page, say("，").join(kinds)
    )


def _ends(sheet: Sheet, say: Words) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The (title, lines) at the end of a sheet, without empty ones."""
    ends = ((say("依据的文件"), sheet.documents), (say("未能列入"), sheet.left_out))
    return tuple((title, lines) for title, lines in ends if lines)


def environment() -> jinja2.Environment:
    """The templates, escaping everything, with the shared parts at hand."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(
        details=details,
        heading=heading,
        overview=overview,
        overview_head=overview_head,
        attribution=attribution,
        NOTE=NOTE,
        sure=Fit.APPLIES,
        link=lambda cited: "",
    )
    return env


# ------------------------------------------------------------------ JSON and Markdown
def to_json(sheet: Sheet) -> bytes:
    """UTF-8 JSON: the fields of `assistant.sheet.Sheet`, under `schema` 1.

    `fit` is the same in every language; `status` says it in the sheet's own.
    """
    data: dict[str, Any] = {"schema": SCHEMA_VERSION, **asdict(sheet)}
    say = Words(sheet.lang)
    for section in data["sections"]:
        section["status"] = say(section["fit"])
        for item in (item for group in section["groups"] for item in group["items"]):
            item["status"] = say(item["fit"])
    return (json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n").encode()


def escape_markdown(text: str) -> str:
    """Text that any Markdown reader shows exactly as it is."""
    return _BLOCK_START.sub(r"\1\3\\\2\4", _SPECIAL.sub(r"\\\1", text))


def _quote_lines(text: str) -> str:
    return "\n".join(f"> {escape_markdown(line)}  " for line in text.splitlines())


def to_markdown(sheet: Sheet) -> bytes:
    """UTF-8 Markdown, with every piece of policy text escaped."""
    plain, say = escape_markdown, Words(sheet.lang)
    out = [f"# {plain(sheet.title)}", "", plain(NOTE.in_(sheet.lang)), ""]
    out += [f"{say('{}：{}', *map(plain, pair))}  " for pair in heading(sheet, say)]
    out += ["", f"## {say('您的情况')}", ""]
    out += [f"- {say('{}：{}', *map(plain, pair))}" for pair in sheet.summary]
    for section in sheet.sections:
        if section.fit is Fit.APPLIES:
            out += ["", f"## {say('一览：{}', plain(section.title))}", ""]
            out += [f"| {' | '.join(overview_head(say))} |", "|---|---|---|"]
            out += [f"| {' | '.join(map(plain, row))} |" for row in overview(section, say)]
    for section in sheet.sections:
        out += ["", f"## {plain(section.title)}", "", plain(section.lead)]
        for group in section.groups:
            out += ["", f"### {plain(group.title)}"]
            for item in group.items:
                out += ["", f"#### {plain(item.title)}", "", plain(item.text), ""]
                out += [
                    f"- {say('{}：{}', f'**{label}**', plain(text))}"
                    for label, text in details(item, say)
                ]
                for cited in item.cited:
                    source = plain(attribution(cited, say))
                    out += ["", _quote_lines(cited.quote), f"> —— {source}"]
    for title, lines in _ends(sheet, say):
        out += ["", f"## {title}", ""]
        out += [f"- {plain(line)}" for line in lines]
    return ("\n".join(out) + "\n").encode()


# ------------------------------------------------------------------ DOCX
_TAGS: Final[dict[Lang, str]] = {"zh": "zh-CN", "en": "en-US"}
_INK, _DIM, _ACCENT = (
    RGBColor(0x1C, 0x27, 0x33),
    RGBColor(0x55, 0x61, 0x6E),
    RGBColor(0x1D, 0x5A, 0x96),
)


def _font(style: Any, name: str, points: float, color: RGBColor) -> None:
    style.font.name, style.font.size, style.font.color.rgb = "Times New Roman", Pt(points), color
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{script}"), None)
    fonts.set(qn("w:eastAsia"), name)


def _page_number(document: Docx) -> None:
    paragraph = document.sections[0].footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run()
    for kind, text in (("begin", ""), (None, "PAGE"), ("end", "")):
        if kind:
            mark = run._r.makeelement(qn("w:fldChar"), {qn("w:fldCharType"): kind})
        else:
            mark = run._r.makeelement(qn("w:instrText"), {})
            mark.text = text
        run._r.append(mark)


def _table(document: Docx, rows: Sequence[Sequence[str]]) -> None:
    table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text, width in zip(row.cells, texts, (4.2, 7.6, 4.4), strict=True):
            cell.width = Cm(width)
            run = cell.paragraphs[0].add_run(text)
            run.font.size = Pt(9.5)
            run.bold = texts is rows[0]
    head = table.rows[0]._tr.get_or_add_trPr()  # repeated on every page
    head.append(head.makeelement(qn("w:tblHeader"), {}))


def to_docx(sheet: Sheet) -> bytes:
    """A Word document, A4, with headings for navigation."""
    document, say = docx.Document(), Words(sheet.lang)
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.4)
    page.top_margin = page.bottom_margin = Cm(2.2)
    document.core_properties.title = sheet.title
    document.core_properties.author = say("明白 Mingbai")
    document.core_properties.language = _TAGS[sheet.lang]
    styles = document.styles
    _font(styles["Normal"], "宋体", 10.5, _INK)
    # Chinese characters are read as Chinese in either language.
    spoken = styles["Normal"].element.get_or_add_rPr()
    tags = {qn("w:val"): _TAGS[sheet.lang], qn("w:eastAsia"): _TAGS["zh"]}
    spoken.append(spoken.makeelement(qn("w:lang"), tags))
    styles["Normal"].paragraph_format.line_spacing = 1.35
    styles["Normal"].paragraph_format.space_after = Pt(4)
    _font(styles["Title"], "黑体", 20, _INK)
    for level, points, color in ((1, 15, _ACCENT), (2, 12.5, _INK), (3, 11, _INK)):
        _font(styles[f"Heading {level}"], "黑体", points, color)
        styles[f"Heading {level}"].paragraph_format.keep_with_next = True
    _font(styles["Quote"], "楷体", 10.5, _INK)
    styles["Quote"].font.italic = False
    styles["Quote"].paragraph_format.left_indent = Cm(0.8)

    def pair(label: str, text: str) -> None:
        paragraph = document.add_paragraph()
        paragraph.add_run(say("{}：{}", label, "")).bold = True
        paragraph.add_run(text)

    document.add_heading(sheet.title, 0)
    document.add_paragraph(NOTE.in_(sheet.lang))
    for label, text in heading(sheet, say):
        pair(label, text)
    document.add_heading(say("您的情况"), 1)
    for question, reply in sheet.summary:
        pair(question, reply)
    for section in sheet.sections:
        if section.fit is Fit.APPLIES:
            document.add_heading(say("一览：{}", section.title), 1)
            _table(document, (overview_head(say), *overview(section, say)))
    for section in sheet.sections:
        document.add_heading(section.title, 1)
        document.add_paragraph(section.lead)
        for group in section.groups:
            document.add_heading(group.title, 2)
            for item in group.items:
                document.add_heading(item.title, 3)
                document.add_paragraph(item.text)
                for label, text in details(item, say):
                    pair(label, text)
                for cited in item.cited:
                    document.add_paragraph(cited.quote, style="Quote")
                    source = document.add_paragraph()
                    source.paragraph_format.left_indent = Cm(0.8)
                    source.add_run(f"—— {attribution(cited, say)}").font.color.rgb = _DIM
    for title, lines in _ends(sheet, say):
        document.add_heading(title, 1)
        for line in lines:
            document.add_paragraph(line, style="List Bullet")
    _page_number(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


# ------------------------------------------------------------------ PDF
def to_pdf(sheet: Sheet) -> bytes:
    """An A4 PDF of the printed page, through WeasyPrint; fetches nothing.

    Raises SheetFormatError where Pango or a Chinese font is missing.
    """
    try:
        import weasyprint
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:
        raise SheetFormatError(_NO_PANGO) from error
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it warns of every screen-only rule
    static = _HERE / "static"
    css = "".join((static / name).read_text("utf-8") for name in ("library.css", "sheet.css"))
    template = environment().get_template("sheet_print.html")
    html = template.render(sheet=sheet, css=css, say=Words(sheet.lang))
    fetcher = URLFetcher(allowed_protocols=())
    pdf: bytes = weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf()
    quotes = "".join(item.title for section in sheet.sections for item in section.items)
    if not _readable(pdf, sheet.title + quotes):
        raise SheetFormatError(_NO_FONT)
    return pdf


def _readable(pdf: bytes, text: str) -> bool:
    """Whether the Chinese of a text has real glyphs: boxes for missing ones carry no text."""
    from pypdf import PdfReader

    pages = PdfReader(io.BytesIO(pdf)).pages
    shown = {char for page in pages for char in page.extract_text()}
    wanted = {char for char in text if "\u3400" <= char <= "\u9fff"}
    return len(shown & wanted) >= len(wanted) / 2


# ------------------------------------------------------------------ choice
@dataclass(frozen=True, slots=True)
class Format:
    """One output format: how it is made, and how it is served."""

    make: Callable[[Sheet], bytes]
    media_type: str
    label: str


FORMATS: Final[dict[str, Format]] = {
    "pdf": Format(to_pdf, "application/pdf", "PDF"),
    "docx": Format(
        to_docx,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "Word",
    ),
    "md": Format(to_markdown, "text/markdown; charset=utf-8", "Markdown"),
    "json": Format(to_json, "application/json", "JSON"),
}
