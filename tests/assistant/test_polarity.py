"""Yes or no, read off the modal verb of the provision."""

from __future__ import annotations

import pytest

from assistant.figures import figures
from assistant.polarity import Verdict, verdict


@pytest.mark.parametrize(
    ("question", "quote", "expected"),
    [
        ("企业能不能自己办职业学校？", "支持企业以独资等方式依法参与举办职业教育", Verdict.CAN),
        ("可以收实习押金吗？", "不得向学生收取实习押金", Verdict.CANNOT),
        ("企业必须提取职工教育经费吗？", "企业应当足额提取教育培训经费", Verdict.MUST),
        ("要不要给实习生报酬？", "保障学生享受休息休假；应当给予适当的劳动报酬", Verdict.MUST),
        ("企业必须接收实习生吗？", "鼓励企业更多接收学生实习实训", Verdict.OPTIONAL),
        ("学校不签实习协议可以吗？", "应当签订实习协议", Verdict.CANNOT),
        ("是不是每批20家？", "每批次至少有5家企业", Verdict.OTHER_FIGURE),
        ("是不是每批5家？", "每批次至少有5家企业", Verdict.TRUE),
        ("企业有食堂吗？", "企业是经济活动的主体", None),
    ],
)
def test_verdict(question: str, quote: str, expected: Verdict | None) -> None:
    assert verdict(question, figures(question), quote) is expected


def test_a_rule_for_the_opposite_decides_nothing() -> None:
    quote = "非营利性民办学校享受与公办学校同等的税收优惠政策"
    assert verdict("营利性民办学校能享受同等的税收优惠吗？", (), quote) is None
    assert verdict("非营利性民办学校能享受同等的税收优惠吗？", (), quote) is Verdict.CAN
