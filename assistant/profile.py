"""Who asks for a plain sheet: the facts that decide what applies to them.

Every fact may be unknown (`None`); nothing is assumed in its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

YesNo = Literal["yes", "no"]
YES_NO = (("yes", "是"), ("no", "否"))


class ProfileError(ValueError):
    """A profile that cannot be used; the message says which fact and what it may be."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One question of the form: `options` are (value, label) pairs, `hint` explains a term."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    hint: str = ""

    def say(self, value: str | None) -> str:
        """The label of a value; 不清楚 for an unknown one."""
        return dict(self.options).get(value or "", "不清楚")


class _Profile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    facts: ClassVar[tuple[Fact, ...]] = ()
    noun: ClassVar[str] = ""

    name: str = Field(default="", max_length=60)

    @field_validator("*", mode="before")
    @classmethod
    def _plain(cls, value: Any, info: ValidationInfo) -> Any:
        """true/false stand for yes/no; an empty choice or "unknown" is an unknown fact."""
        if info.field_name in ("name", "who"):
            return value
        if isinstance(value, bool):
            return "yes" if value else "no"
        return None if value in ("unknown", "") else value

    def answer(self, fact: Fact) -> str | None:
        """What is known of a fact."""
        value = getattr(self, fact.name)
        return None if value is None else str(value)

    @property
    def summary(self) -> tuple[tuple[str, str], ...]:
        """(question, answer) pairs in the form's order, unknown ones included."""
        return tuple((fact.label, fact.say(self.answer(fact))) for fact in self.facts)


class EnterpriseProfile(_Profile):
    """An enterprise."""

    noun: ClassVar[str] = "企业"
    facts: ClassVar[tuple[Fact, ...]] = (
        Fact(
            "size",
            "企业规模",
            (("large", "大型"), ("medium", "中型"), ("small", "小型"), ("micro", "微型")),
            "按国家统计局《统计上大中小微型企业划分办法》划分",
        ),
        Fact(
            "above_scale",
            "是否为规模以上企业",
            YES_NO,
            "以统计部门的认定为准；与大中小微型的划分不是一回事",
        ),
        Fact(
            "kind",
            "企业性质",
            (
                ("state", "国有（含国有控股）"),
                ("private", "民营"),
                ("foreign", "外商投资"),
                ("other", "其他"),
            ),
        ),
        Fact(
            "fusion",
            "是否为产教融合型企业",
            (
                ("none", "都不是"),
                ("pilot", "已纳入建设培育范围（试点）"),
                ("certified", "已认证，进入目录或名录"),
            ),
            "先建设培育，再认证进入目录，两种身份享受的政策不同",
        ),
        Fact("takes_interns", "是否接收学生实习", YES_NO),
        Fact("runs_training", "是否开展职工培训或学徒培训", YES_NO),
        Fact("runs_school", "是否举办或参与举办学校、培训机构", YES_NO),
    )

    who: Literal["enterprise"] = "enterprise"
    size: Literal["large", "medium", "small", "micro"] | None = None
    above_scale: YesNo | None = None
    kind: Literal["state", "private", "foreign", "other"] | None = None
    fusion: Literal["none", "pilot", "certified"] | None = None
    takes_interns: YesNo | None = None
    runs_training: YesNo | None = None
    runs_school: YesNo | None = None


class SchoolProfile(_Profile):
    """A school."""

    noun: ClassVar[str] = "学校"
    facts: ClassVar[tuple[Fact, ...]] = (
        Fact(
            "kind",
            "学校类型",
            (
                ("vocational", "职业学校（含技工学校）"),
                ("university", "普通高等学校（含应用型本科）"),
                ("training", "职业培训机构"),
            ),
        ),
        Fact(
            "level",
            "办学层次",
            (("secondary", "中等"), ("college", "专科"), ("bachelor", "本科及以上")),
        ),
        Fact(
            "ownership",
            "办学性质",
            (
                ("public", "公办"),
                ("nonprofit", "民办非营利"),
                ("profit", "民办营利"),
            ),
        ),
        Fact("sends_interns", "是否组织学生到企业实习", YES_NO),
    )

    who: Literal["school"] = "school"
    kind: Literal["vocational", "university", "training"] | None = None
    level: Literal["secondary", "college", "bachelor"] | None = None
    ownership: Literal["public", "nonprofit", "profit"] | None = None
    sends_interns: YesNo | None = None


Profile = EnterpriseProfile | SchoolProfile
KINDS: dict[str, type[EnterpriseProfile] | type[SchoolProfile]] = {
    "enterprise": EnterpriseProfile,
    "school": SchoolProfile,
}


def _explain(data: dict[str, Any], error: ValidationError) -> str:
    model = KINDS[data["who"]]
    facts = {fact.name: fact for fact in model.facts}
    sentences = []
    for problem in error.errors():
        name = str(problem["loc"][-1])
        if problem["type"] == "extra_forbidden":
            allowed = "、".join(["who", "name", *facts])
            sentences.append(f"没有“{name}”这一项，可用的有：{allowed}。")
        elif fact := facts.get(name):
            options = "、".join(f"{value}（{label}）" for value, label in fact.options)
            sentences.append(
                f"“{name}”（{fact.label}）的值 {data.get(name)!r} 无法识别，"
                f"请填 {options}；不清楚就填 unknown 或不写。"
            )
        else:
            sentences.append(f"“{name}”应是不超过 60 个字的文字。")
    return "".join(sentences)


def parse(data: Any) -> Profile:
    """A profile from plain data (a form or a file).

    Raises ProfileError, in Chinese, naming the fact and the values it may have.
    """
    if not isinstance(data, dict):
        raise ProfileError("情况应写成“名称: 值”的形式，例如 who: enterprise。")
    if not isinstance(data.get("who"), str) or data["who"] not in KINDS:
        raise ProfileError("请用 who 说明身份：enterprise（企业）或 school（学校）。")
    try:
        return KINDS[data["who"]].model_validate(data)
    except ValidationError as error:
        raise ProfileError(_explain(data, error)) from error
