"""One plan, four formats, the same clauses; and files that cannot be read."""

from __future__ import annotations

import io
import zipfile
from html import escape
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from corpus.document import Clause, Document, Validity
from corpus.library import PLAN_DIR
from corpus.readers import UnreadableFile, read
from corpus.readers import text as text_reader
from corpus.readers.pdf import radicals

PLAN = read(PLAN_DIR / "plan-2024.md")


def same(found: Document) -> bool:
    def key(clauses: tuple[Clause, ...]) -> list[tuple[str, str, str]]:
        return [(c.id.partition("#")[2], c.label, c.text) for c in clauses]

    return key(found.clauses) == key(PLAN.clauses)


def test_the_markdown_gives_the_text_character_for_character() -> None:
    raw = (PLAN_DIR / "plan-2024.md").read_text("utf-8").split("---\n", 2)[2].strip()
    assert PLAN.text == raw
    assert (PLAN.id, PLAN.validity) == ("plan-2024", Validity.IN_FORCE)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_plain_text_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "plan.txt"
    file.write_bytes(PLAN.text.replace("\n", "\r\n").encode(encoding))
    assert same(read(file))


def test_docx_with_typed_numbers(tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.title = PLAN.title
    for line in PLAN.text.split("\n"):
        document.add_paragraph(line)
    document.save(str(tmp_path / "plan.docx"))
    assert same(read(tmp_path / "plan.docx"))


def test_docx_with_automatic_numbers(tmp_path: Path) -> None:
    document = docx.Document()
    root = document.part.numbering_part.element
    levels = [("chineseCounting", "%1、"), ("chineseCounting", "(%2)"), ("decimal", "%3、")]
    shown = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{style}"/>'
        f'<w:lvlText w:val="{mark}"/></w:lvl>'
        for n, (style, mark) in enumerate(levels)
    )
    root.insert(
        0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="99">{shown}</w:abstractNum>')
    )
    root.append(
        parse_xml(f'<w:num {nsdecls("w")} w:numId="99"><w:abstractNumId w:val="99"/></w:num>')
    )
    lines = [
        ("", "通知"),
        (0, "总则"),
        (1, "目的。为了测试。"),
        (1, "范围。全部。"),
        (0, "分则"),
        (1, "甲。乙。"),
    ]
    for level, words in lines:
        paragraph = document.add_paragraph(words)
        if level != "":
            properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
            properties.get_or_add_ilvl().val = level
            properties.get_or_add_numId().val = 99
    document.save(str(tmp_path / "auto.docx"))
    labels = [c.label for c in read(tmp_path / "auto.docx").clauses]
    assert labels == ["标题", "一", "一(一)", "一(二)", "二", "二(一)"]


def as_pdf(text: str) -> bytes:
    weasyprint = pytest.importorskip("weasyprint", reason="WeasyPrint needs pango")
    body = "".join(f"<p>{escape(line)}</p>" for line in text.split("\n"))
    style = (
        "@page { size: A4; margin: 25mm; @top-center { content: '产教融合工作专班文件' }"
        " @bottom-center { content: '— ' counter(page) ' —' } }"
        " body { font: 12pt 'Noto Sans CJK SC' } p { margin: 0; text-indent: 2em }"
    )
    html = f"<html><head><style>{style}</style></head><body>{body}</body></html>"
    return bytes(weasyprint.HTML(string=html).write_pdf())


@pytest.mark.slow
def test_pdf_gives_the_same_clauses_with_their_pages(tmp_path: Path) -> None:
    file = tmp_path / "plan.pdf"
    file.write_bytes(as_pdf(PLAN.text))
    found = read(file)
    assert [c.id.partition("#")[2] for c in found.clauses] == [
        c.id.partition("#")[2] for c in PLAN.clauses
    ]
    assert same(found)
    pages = [page.extract_text() for page in PdfReader(file).pages]
    assert len(pages) > 3
    for clause in found.clauses:
        assert clause.page is not None
        start = clause.text.replace("\n", "")[:8]
        assert start in pages[clause.page - 1].replace("\n", "").replace(" ", "")


def test_radical_look_alikes_become_whole_characters() -> None:
    assert "⻝⺠⻔⼈⻓⻩".translate(radicals()) == "食民门人长黄"
    assert "（，：）".translate(radicals()) == "（，：）"


def encrypted() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def blank() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * (210 * 1024 * 1024))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "raw", "reason"),
    [
        ("a.txt", b"", "空"),
        ("a.txt", bytes(range(256)) * 8, "编码"),
        ("a.pdf", b"%PDF-1.7 cut", "PDF"),
        ("a.pdf", encrypted(), "加密"),
        ("a.pdf", blank(), "扫描"),
        ("a.docx", b"PK no zip", "DOCX"),
        ("a.docx", bomb(), "过大"),
        ("a.md", "---\ncolour: red\n---\n文".encode(), "colour"),
        ("a.md", b"---\na: [\n---\n", "YAML"),
        ("a.xls", b"x", "不支持"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, name: str, raw: bytes, reason: str) -> None:
    file = tmp_path / name
    file.write_bytes(raw)
    with pytest.raises(UnreadableFile) as caught:
        read(file)
    assert reason in caught.value.reason
    assert name in str(caught.value)


@given(st.binary(max_size=300))
def test_the_text_reader_raises_nothing_else(raw: bytes) -> None:
    try:
        text_reader.extract(Path("x.txt"), raw)
    except UnreadableFile:
        pass
