"""A plain sheet as Markdown, JSON, DOCX and PDF; the page itself is `templates/sheet_body.html`.

Every format is made from the same parts (`details`, `attribution`), so they say the same.
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

_HERE = Path(__file__).parent
SCHEMA_VERSION: Final = 1
SILENT: Final = "原文未写明"
OVERVIEW_HEAD: Final = ("事项", "内容", "数额或期限")
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~$&^])")
_BLOCK_START = re.compile(r"^(\s*)([-+=])|^(\s*\d+)([.)])", re.MULTILINE)


class SheetFormatError(RuntimeError):
    """A format cannot be made on this machine; the message says what to do, in Chinese."""


# ------------------------------------------------------------------ shared parts
def details(item: Item) -> tuple[tuple[str, str], ...]:
    """(label, text) pairs of an item, in reading order; where the source is silent it says so."""
    rows = [("对象", item.who), ("数额" if item.incentive else "数额或期限", item.figure)]
    rows.append(("条件", item.condition))
    if item.incentive:
        rows.append(("怎么办理", item.how))
    rows.append(("责任单位", item.body))
    silent = "、".join(label for label, text in rows if not text)
    if silent:
        rows.append((SILENT, silent))
    if item.because:
        rows.append(("为什么适用", "；".join(item.because)))
    if item.missing:
        rows.append(("信息不足", "还需要确认：" + "；".join(item.missing)))
    if item.cautions:
        rows.append(("注意", "；".join(item.cautions)))
    return tuple((label, text) for label, text in rows if text)


def heading(sheet: Sheet) -> tuple[tuple[str, str], ...]:
    """(label, text) pairs that stand below the title."""
    named = (("单位", sheet.name),) if sheet.name else ()
    return (*named, ("制表日期", sheet.made_on.isoformat()))


def overview(section: Section) -> tuple[tuple[str, str, str], ...]:
    """One line an item: title, what one gets or must do, figure or deadline."""
    return tuple((item.title, item.text, item.figure or SILENT) for item in section.items)


def attribution(cited: Cited) -> str:
    """Where a quote stands: document, number, label, page, validity, and what kind of text."""
    number = f"（{cited.number}）" if cited.number else ""
    page = f"，第 {cited.page} 页" if cited.page else ""
    kind = "" if cited.verbatim else "，要点摘编，非原文"
    checked = "" if cited.verified else "，待核实"
    return f"《{cited.document}》{number}{cited.clause}{page}（{cited.validity}{kind}{checked}）"


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
        overview_head=OVERVIEW_HEAD,
        attribution=attribution,
        NOTE=NOTE,
        SILENT=SILENT,
        sure=Fit.APPLIES,
        link=lambda cited: "",
    )
    return env


# ------------------------------------------------------------------ JSON and Markdown
def to_json(sheet: Sheet) -> bytes:
    """UTF-8 JSON: the fields of `assistant.sheet.Sheet`, under `schema` 1."""
    data: dict[str, Any] = {"schema": SCHEMA_VERSION, **asdict(sheet)}
    return (json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n").encode()


def escape_markdown(text: str) -> str:
    """Text that any Markdown reader shows exactly as it is."""
    return _BLOCK_START.sub(r"\1\3\\\2\4", _SPECIAL.sub(r"\\\1", text))


def _quote_lines(text: str) -> str:
    return "\n".join(f"> {escape_markdown(line)}  " for line in text.splitlines())


def to_markdown(sheet: Sheet) -> bytes:
    """UTF-8 Markdown, with every piece of policy text escaped."""
    say = escape_markdown
    out = [f"# {say(sheet.title)}", "", say(NOTE), ""]
    out += [f"{'：'.join(map(say, pair))}  " for pair in heading(sheet)]
    out += ["", "## 您的情况", ""]
    out += [f"- {say(question)}：{say(reply)}" for question, reply in sheet.summary]
    for section in sheet.sections:
        if section.fit is Fit.APPLIES:
            out += ["", f"## 一览：{say(section.title)}", ""]
            out += [f"| {' | '.join(OVERVIEW_HEAD)} |", "|---|---|---|"]
            out += [f"| {' | '.join(map(say, row))} |" for row in overview(section)]
    for section in sheet.sections:
        out += ["", f"## {say(section.title)}", "", say(section.lead)]
        for group in section.groups:
            out += ["", f"### {say(group.title)}"]
            for item in group.items:
                out += ["", f"#### {say(item.title)}", "", say(item.text), ""]
                out += [f"- **{label}**：{say(text)}" for label, text in details(item)]
                for cited in item.cited:
                    out += ["", _quote_lines(cited.quote), f"> —— {say(attribution(cited))}"]
    for title, lines in (("依据的文件", sheet.documents), ("未能列入", sheet.left_out)):
        if lines:
            out += ["", f"## {title}", ""]
            out += [f"- {say(line)}" for line in lines]
    return ("\n".join(out) + "\n").encode()


# ------------------------------------------------------------------ DOCX
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
    document = docx.Document()
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.4)
    page.top_margin = page.bottom_margin = Cm(2.2)
    document.core_properties.title = sheet.title
    document.core_properties.author = "明白"
    document.core_properties.language = "zh-CN"
    styles = document.styles
    _font(styles["Normal"], "宋体", 10.5, _INK)
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
        paragraph.add_run(f"{label}：").bold = True
        paragraph.add_run(text)

    document.add_heading(sheet.title, 0)
    document.add_paragraph(NOTE)
    for label, text in heading(sheet):
        pair(label, text)
    document.add_heading("您的情况", 1)
    for question, reply in sheet.summary:
        pair(question, reply)
    for section in sheet.sections:
        if section.fit is Fit.APPLIES:
            document.add_heading(f"一览：{section.title}", 1)
            _table(document, (OVERVIEW_HEAD, *overview(section)))
    for section in sheet.sections:
        document.add_heading(section.title, 1)
        document.add_paragraph(section.lead)
        for group in section.groups:
            document.add_heading(group.title, 2)
            for item in group.items:
                document.add_heading(item.title, 3)
                document.add_paragraph(item.text)
                for label, text in details(item):
                    pair(label, text)
                for cited in item.cited:
                    document.add_paragraph(cited.quote, style="Quote")
                    source = document.add_paragraph()
                    source.paragraph_format.left_indent = Cm(0.8)
                    source.add_run(f"—— {attribution(cited)}").font.color.rgb = _DIM
    for title, lines in (("依据的文件", sheet.documents), ("未能列入", sheet.left_out)):
        if lines:
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
        raise SheetFormatError(
            "生成 PDF 需要系统库 Pango，此机器上没有（Debian、Ubuntu 可安装 libpango-1.0-0、"
            "libpangoft2-1.0-0 和 libharfbuzz-subset0）。请安装后重试，"
            "或改用 DOCX，或在网页上打印为 PDF。"
        ) from error
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it warns of every screen-only rule
    static = _HERE / "static"
    css = "".join((static / name).read_text("utf-8") for name in ("library.css", "sheet.css"))
    html = environment().get_template("sheet_print.html").render(sheet=sheet, css=css)
    fetcher = URLFetcher(allowed_protocols=())
    pdf: bytes = weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf()
    if not _readable(pdf, sheet.title):
        raise SheetFormatError(
            "生成的 PDF 显示不出中文，因为此机器没有中文字体（Debian、Ubuntu 可安装"
            " fonts-noto-cjk）。请安装后重试，或改用 DOCX，或在网页上打印为 PDF。"
        )
    return pdf


def _readable(pdf: bytes, title: str) -> bool:
    """Whether the first page has real glyphs: boxes for missing ones carry no text."""
    from pypdf import PdfReader

    shown = set(PdfReader(io.BytesIO(pdf)).pages[0].extract_text())
    return len(shown & set(title)) > len(set(title)) / 2


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
