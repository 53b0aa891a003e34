"""Which documents a question names, and which of them are not on file."""

from __future__ import annotations

import pytest

from assistant.naming import absent_documents, named_documents
from assistant.pipeline import Assistant

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("职教法第36条", ("职业教育法",)),
        ("高教法怎么说", ("高等教育法",)),
        ("成果转化法第45条", ("促进科技成果转化法",)),
        ("国发4号文讲了什么", ("国发〔2019〕4号",)),
        ("国办2017年95号文", ("国办发〔2017〕95号",)),
        ("实习管理规定对报酬的要求", ("教职成〔2021〕4号",)),
        ("国家对企业规定了啥", ()),
        ("义务教育法第二十五条", ()),
        ("营业税暂行条例第五条", ()),
    ],
)
def test_named(assistant: Assistant, question: str, expected: tuple[str, ...]) -> None:
    named = named_documents(question, assistant.library.documents, assistant.law_names)
    assert named == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("公司法规定几年内实缴", ("公司法",)),
        ("学前教育法从哪天施行", ("学前教育法",)),
        ("江苏省职业教育校企合作条例怎么规定", ("江苏省职业教育校企合作条例",)),
        ("国发〔2014〕19号第十条怎么写的", ("国发〔2014〕19号",)),
        ("职业教育法和企业所得税法实施条例怎么说", ()),
    ],
)
def test_absent(assistant: Assistant, question: str, expected: tuple[str, ...]) -> None:
    absent = absent_documents(question, assistant.library.documents, assistant.law_names)
    assert absent == expected


def test_a_document_not_on_file_is_not_answered_from_another(assistant: Assistant) -> None:
    for question in ("义务教育法第二十五条怎么写的", "国发〔2014〕19号第十条怎么写的"):
        answer = assistant.ask(question)
        assert answer.status.is_refusal and not answer.claims
