"""A conversation as a file: Markdown and DOCX, every quote with its source."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import datetime

from assistant.answer import Citation
from corpus.document import Document
from ui.conversations import Exchange
from ui.texts import Texts

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$])|^(\s*)([-+]|\d+[.)])(?=\s)", re.M)


def _plain(text: str) -> str:
    """Text that Markdown leaves as it is."""

    def guard(found: re.Match[str]) -> str:
        if found.group(1):
            return "\\" + found.group(1)
        mark = found.group(3)
        return f"{found.group(2)}{mark[:-1]}\\{mark[-1]}"

    return _MARKDOWN.sub(guard, text)


def source_line(citation: Citation, documents: dict[str, Document], texts: Texts) -> str:
    """`[1] 《name》第X条（number，validity）：“quote”`."""
    document = documents.get(citation.document_id)
    name = document.name if document else citation.document
    facts = [document.number, texts.validities[document.validity]] if document else []
    facts += [texts.digest] if document and not document.verbatim else []
    shown = "，".join(fact for fact in facts if fact)
    about = f"（{shown}）" if shown else ""
    return f"[{citation.n}] 《{name}》{citation.clause}{about}：“{citation.quote}”"


def _answered(exchanges: Sequence[Exchange]) -> list[Exchange]:
    return [exchange for exchange in exchanges if exchange.answer]


def to_markdown(
    exchanges: Sequence[Exchange], documents: dict[str, Document], texts: Texts, now: datetime
) -> str:
    """The conversation in Markdown."""
    out = [f"# {texts.exported_title}", f"{texts.exported_at}{now:%Y-%m-%d %H:%M}"]
    for exchange in _answered(exchanges):
        assert exchange.answer is not None
        out.append(f"## {texts.asked}：{_plain(exchange.question)}")
        out += [_plain(line) for line in exchange.answer.answer.split("\n") if line.strip()]
        if exchange.answer.citations:
            out.append(f"**{texts.sources}**")
            lines = (source_line(c, documents, texts) for c in exchange.answer.citations)
            out.append("\n".join(f"- {_plain(line)}" for line in lines))
    out.append(f"*{texts.official_prevails}*")
    return "\n\n".join(out) + "\n"


def to_docx(
    exchanges: Sequence[Exchange], documents: dict[str, Document], texts: Texts, now: datetime
) -> bytes:
    """The conversation as a Word document."""
    from docx import Document as new_docx
    from docx.oxml.ns import qn
    from docx.shared import Pt

    made = new_docx()
    style = made.styles["Normal"]
    style.font.name = "Times New Roman"
    style.font.size = Pt(11)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")
    made.core_properties.title = texts.exported_title
    made.core_properties.author = texts.brand
    made.add_heading(texts.exported_title, 0)
    made.add_paragraph(f"{texts.exported_at}{now:%Y-%m-%d %H:%M}")
    for exchange in _answered(exchanges):
        assert exchange.answer is not None
        made.add_heading(f"{texts.asked}：{_printable(exchange.question)}", 1)
        for line in exchange.answer.answer.split("\n"):
            if line.strip():
                made.add_paragraph(_printable(line))
        for citation in exchange.answer.citations:
            paragraph = made.add_paragraph()
            run = paragraph.add_run(_printable(source_line(citation, documents, texts)))
            run.font.size = Pt(9)
    made.add_paragraph(texts.official_prevails)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def _printable(text: str) -> str:
    """The text without the control characters that XML cannot hold."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)
