"""The sheet as a file: every format says the same, exactly, and can be read."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Cm
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pypdf import PdfReader

from assistant.profile import parse
from assistant.sheet import Cited, Fit, Group, Item, Section, Sheet, sheet
from corpus import library as corpus_library
from corpus import tables as corpus_tables
from corpus.settings import Settings
from ui import sheet_render
from ui.sheet_render import FORMATS, SheetFormatError, attribution, details, escape_markdown
from ui.words import Words

TRICKY = (
    "罚款5~10万元，或者10~20万元<img src=x> $$x$$ **《法》**规定 `a|b` &amp; [1](x) 2024. 完 #1 ^2"
)
ROOT = Path(__file__).parents[2]


def cited(**changes: object) -> Cited:
    return replace(
        Cited(
            document_id="甲法",
            document="甲法",
            number="某发〔2020〕1号",
            validity="现行",
            verbatim=True,
            verified=True,
            clause_id="甲法#第一条",
            clause="第一条",
            page=None,
            quote=TRICKY,
            start=0,
            end=len(TRICKY),
        ),
        **changes,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def awkward() -> Sheet:
    """A sheet with every field filled with text that careless code would corrupt."""
    item = Item(
        id="row",
        incentive=True,
        fit=Fit.APPLIES,
        title=f"标题{TRICKY}",
        who=f"对象{TRICKY}",
        text=f"内容{TRICKY}",
        figure=f"数额{TRICKY}",
        condition=f"条件{TRICKY}",
        how="",
        body="",
        because=(f"因为{TRICKY}",),
        missing=(),
        cautions=(),
        cited=(cited(), cited(verbatim=False, verified=False, validity="未核实", page=3)),
    )
    section = Section(
        "part", "适用的激励", "说明", True, Fit.APPLIES, (Group("税收优惠", (item,)),)
    )
    return Sheet(
        title="产教融合政策明白纸（企业）",
        who="enterprise",
        name=f"甲公司{TRICKY}",
        made_on=date(2024, 6, 1),
        summary=(("企业规模", "不清楚"),),
        unknown=("企业规模",),
        sections=(section,),
        documents=(f"《甲法》{TRICKY}",),
        left_out=(f"某行：{TRICKY}",),
    )


@pytest.fixture(scope="module")
def real() -> Sheet:
    library = corpus_library.load(Settings())
    profile = parse({"who": "school", "kind": "vocational", "level": "secondary"})
    return sheet(profile, corpus_tables.load(library), library, today=date(2024, 6, 1))


@pytest.fixture(scope="module")
def english() -> Sheet:
    library = corpus_library.load(Settings())
    profile = parse({"who": "school", "kind": "vocational", "level": "secondary"})
    tables = corpus_tables.load(library)
    return sheet(profile, tables, library, today=date(2024, 6, 1), lang="en")


def expected(of: Sheet) -> list[str]:
    """Every piece of text that a reader of any format must find."""
    say = Words(of.lang)
    out = [of.title, *of.documents, *of.left_out, of.name]
    for section in of.sections:
        out.append(section.title)
        for item in section.items:
            out += [item.title, item.text, *(text for _, text in details(item, say))]
            out += [piece for c in item.cited for piece in (c.quote, attribution(c, say))]
    return out


def plain(markdown: str) -> str:
    """What a Markdown reader shows."""
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    html = reader.render(markdown)
    text = re.sub(r"<[^>]+>", "", html)
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(entity, char)
    return text


@given(st.text(alphabet="甲乙万元5~10*_`<>[]()#|$&^!\\-+=.:;{}\"'2 ", min_size=1, max_size=40))
def test_markdown_shows_any_text_exactly(text: str) -> None:
    words = " ".join(text.split())
    if words:
        assert plain(escape_markdown(words)).strip() == words
        assert plain(f"| {escape_markdown(words)} |\n|---|\n").strip() == words


@pytest.mark.parametrize("name", ["awkward", "real", "english"])
def test_markdown_has_everything(name: str, request: pytest.FixtureRequest) -> None:
    of: Sheet = request.getfixturevalue(name)
    shown = "".join(plain(FORMATS["md"].make(of).decode()).split())
    for piece in expected(of):
        assert "".join(piece.split()) in shown


@pytest.mark.parametrize("name", ["awkward", "real", "english"])
def test_docx_has_everything(name: str, request: pytest.FixtureRequest) -> None:
    of: Sheet = request.getfixturevalue(name)
    document = docx.Document(io.BytesIO(FORMATS["docx"].make(of)))
    shown = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for piece in expected(of):
        assert piece in shown
    first = document.tables[0]
    item = of.sections[0].items[0]
    assert [cell.text for cell in first.rows[1].cells][:2] == [item.title, item.text]


def test_docx_is_a4_with_headings_and_chinese_fonts(real: Sheet) -> None:
    document = docx.Document(io.BytesIO(FORMATS["docx"].make(real)))
    page = document.sections[0]
    assert abs(page.page_width - Cm(21)) < 1000 and abs(page.page_height - Cm(29.7)) < 1000
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert headings[0] == "您的情况"
    assert [section.title for section in real.sections] == [
        text for text in headings if text in {section.title for section in real.sections}
    ]
    for name in ("Normal", "Title", "Heading 1", "Quote"):
        fonts = document.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) in ("宋体", "黑体", "楷体")
        assert fonts.get(qn("w:eastAsiaTheme")) is None
    assert "PAGE" in page.footer._element.xml


def test_pdf_has_everything_on_a4(awkward: Sheet, real: Sheet, english: Sheet) -> None:
    for of in (awkward, real, english):
        reader = PdfReader(io.BytesIO(FORMATS["pdf"].make(of)))
        width, height = reader.pages[0].mediabox[2:]
        assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (210, 297)
        shown = "".join("".join(page.extract_text() for page in reader.pages).split())
        for text in (of.title, *(s.title for s in of.sections)):
            assert "".join(text.split()) in shown
        assert reader.metadata and reader.metadata.title == of.title


def test_pdf_shows_awkward_text_exactly(awkward: Sheet) -> None:
    reader = PdfReader(io.BytesIO(FORMATS["pdf"].make(awkward)))
    shown = "".join("".join(page.extract_text() for page in reader.pages).split())
    assert "".join(f"内容{TRICKY}".split()) in shown
    assert "".join(f"“{TRICKY}”".split()) in shown


def test_pdf_without_pango_says_what_to_do(real: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(SheetFormatError, match="libpango"):
        FORMATS["pdf"].make(real)


def test_pdf_without_a_chinese_font_is_refused(tmp_path: Path) -> None:
    """A file full of empty boxes must not pass for a sheet."""
    fonts = tmp_path / "fonts.conf"
    latin = next(Path("/usr/share/fonts").rglob("DejaVuSans.ttf"), None)
    if latin is None:
        pytest.skip("needs a font without Chinese glyphs (DejaVu Sans)")
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / latin.name).write_bytes(latin.read_bytes())
    fonts.write_text(
        f"<fontconfig><dir>{tmp_path}/fonts</dir><cachedir>{tmp_path}/cache</cachedir></fontconfig>"
    )
    profile = tmp_path / "profile.json"
    profile.write_text('{"who": "school"}')
    run = subprocess.run(
        [sys.executable, "-m", "ui.cli", "sheet", "--profile", str(profile), "--format", "pdf"],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "FONTCONFIG_FILE": str(fonts)},
        check=False,
    )
    assert (run.returncode, run.stdout) == (1, b"")
    assert "中文字体" in run.stderr.decode()


def test_json_is_the_sheet(real: Sheet) -> None:
    data = json.loads(FORMATS["json"].make(real))
    assert data["schema"] == sheet_render.SCHEMA_VERSION == 1
    assert data["made_on"] == "2024-06-01"
    assert [part["id"] for part in data["sections"]] == [part.id for part in real.sections]
    item = data["sections"][0]["groups"][0]["items"][0]
    first = real.sections[0].items[0]
    assert item["fit"] == first.fit.value
    assert item["cited"][0]["quote"] == first.cited[0].quote


def test_silence_digests_and_doubts_are_spoken_of() -> None:
    shown = attribution(cited(verbatim=False, verified=False, validity="未核实", page=3))
    assert shown == "《甲法》（某发〔2020〕1号）第一条，第 3 页（未核实，要点摘编，非原文，待核实）"
    assert attribution(cited(number="")) == "《甲法》第一条（现行）"


def test_what_the_source_leaves_open_is_listed(real: Sheet) -> None:
    for section in real.sections:
        for item in section.items:
            rows = dict(details(item))
            silent = rows.get("原文未写明", "")
            assert ("责任单位" in silent) is (not item.body)
            assert ("条件" in silent) is (not item.condition)
            assert ("信息不足" in rows) is (item.fit is Fit.MAY_APPLY)


def own_words(shown: str, of: Sheet) -> str:
    """What is left of a text without what the documents and the tables say."""
    quoted = [cited.quote for s in of.sections for item in s.items for cited in item.cited]
    pieces = [*quoted, *of.documents]
    for section in of.sections:
        for item in section.items:
            pieces += [item.title, item.who, item.text, item.figure, item.condition, item.how]
            pieces += [item.body, *item.because, *item.cautions]
            pieces += [attribution(cited, Words(of.lang)) for cited in item.cited]
    for piece in sorted({piece for piece in pieces if piece}, key=len, reverse=True):
        shown = shown.replace(piece, "")
    return shown


def test_in_english_the_frame_is_english(english: Sheet, real: Sheet) -> None:
    document = docx.Document(io.BytesIO(FORMATS["docx"].make(english)))
    tables = [cell.text for t in document.tables for row in t.rows for cell in row.cells]
    written = "\n".join([*(p.text for p in document.paragraphs), *tables])
    assert not re.search("[\u4e00-\u9fff]", own_words(written, english))
    assert document.core_properties.language == "en-US"
    # The same rows, as sure as in Chinese, with the same Chinese words.
    for here, there in zip(english.sections, real.sections, strict=True):
        assert (here.id, here.fit) == (there.id, there.fit)
        for item, same in zip(here.items, there.items, strict=True):
            assert (item.id, item.fit, item.text, item.figure, item.cited) == (
                same.id,
                same.fit,
                same.text,
                same.figure,
                same.cited,
            )
            assert bool(item.because) is bool(same.because)
            assert len(item.missing) == len(same.missing)


def test_json_says_the_status_in_its_language(english: Sheet, real: Sheet) -> None:
    for of, words in ((english, {"applies", "may apply"}), (real, {"适用", "可能适用"})):
        data = json.loads(FORMATS["json"].make(of))
        assert data["lang"] == of.lang
        assert {section["status"] for section in data["sections"]} == words
        first = data["sections"][0]
        assert first["groups"][0]["items"][0]["status"] == first["status"]
        assert first["fit"] == "适用"


def test_attribution_in_english() -> None:
    shown = attribution(cited(verbatim=False, verified=False, page=3), Words("en"))
    assert shown == (
        "《甲法》 (某发〔2020〕1号) 第一条, p. 3"
        " (in force, digest, not the official wording, unverified)"
    )
    assert attribution(cited(number=""), Words("en")) == "《甲法》 第一条 (in force)"
