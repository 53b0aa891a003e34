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

from corpus.language import Lang, Said, SaidError

YesNo = Literal["yes", "no"]
YES_NO = (("yes", Said("是", "Yes")), ("no", Said("否", "No")))
UNKNOWN = Said("不清楚", "Not known")


class ProfileError(SaidError):
    """A profile that cannot be used; says which fact and what it may be."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One question of the form: `options` are (value, label) pairs, `hint` explains a term."""

    name: str
    label: Said
    options: tuple[tuple[str, Said], ...]
    hint: Said | None = None

    def say(self, value: str | None) -> Said:
        """The label of a value; 不清楚 for an unknown one."""
        return dict(self.options).get(value or "", UNKNOWN)


class _Profile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    facts: ClassVar[tuple[Fact, ...]] = ()
    noun: ClassVar[Said] = Said("", "")

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

    def summary(self, lang: Lang) -> tuple[tuple[str, str], ...]:
        """(question, answer) pairs in the form's order, unknown ones included."""
        return tuple(
            (fact.label.in_(lang), fact.say(self.answer(fact)).in_(lang)) for fact in self.facts
        )


class EnterpriseProfile(_Profile):
    """An enterprise."""

    noun: ClassVar[Said] = Said("企业", "an enterprise")
    facts: ClassVar[tuple[Fact, ...]] = (
        Fact(
            "size",
            Said("企业规模", "Size"),
            (
                ("large", Said("大型", "Large")),
                ("medium", Said("中型", "Medium")),
                ("small", Said("小型", "Small")),
                ("micro", Said("微型", "Micro")),
            ),
            Said(
                "按国家统计局《统计上大中小微型企业划分办法》划分",
                "By the size classes of the National Bureau of Statistics",
            ),
        ),
        Fact(
            "above_scale",
            Said("是否为规模以上企业", "Above the statistical threshold (规模以上)"),
            YES_NO,
            Said(
                "以统计部门的认定为准；与大中小微型的划分不是一回事",
                "As the statistics office counts it; not the same as the size class",
            ),
        ),
        Fact(
            "kind",
            Said("企业性质", "Ownership"),
            (
                ("state", Said("国有（含国有控股）", "State-owned or state-controlled")),
                ("private", Said("民营", "Private")),
                ("foreign", Said("外商投资", "Foreign-invested")),
                ("other", Said("其他", "Other")),
            ),
        ),
        Fact(
            "fusion",
            Said(
                "是否为产教融合型企业",
                "An enterprise of industry-education integration (产教融合型企业)",
            ),
            (
                ("none", Said("都不是", "Neither")),
                (
                    "pilot",
                    Said("已纳入建设培育范围（试点）", "Pilot: being fostered to become one"),
                ),
                ("certified", Said("已认证，进入目录或名录", "Certified and listed")),
            ),
            Said(
                "先建设培育，再认证进入目录，两种身份享受的政策不同",
                "Pilots are fostered first and certified later; the policies for the two differ",
            ),
        ),
        Fact("takes_interns", Said("是否接收学生实习", "Takes student interns"), YES_NO),
        Fact(
            "runs_training",
            Said("是否开展职工培训或学徒培训", "Trains employees or apprentices"),
            YES_NO,
        ),
        Fact(
            "runs_school",
            Said(
                "是否举办或参与举办学校、培训机构",
                "Runs, or takes part in running, a school or training institution",
            ),
            YES_NO,
        ),
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

    noun: ClassVar[Said] = Said("学校", "a school")
    facts: ClassVar[tuple[Fact, ...]] = (
        Fact(
            "kind",
            Said("学校类型", "Kind of school"),
            (
                (
                    "vocational",
                    Said(
                        "职业学校（含技工学校）", "Vocational school (technician schools included)"
                    ),
                ),
                (
                    "university",
                    Said(
                        "普通高等学校（含应用型本科）",
                        "University or college (applied ones included)",
                    ),
                ),
                ("training", Said("职业培训机构", "Vocational training institution")),
            ),
        ),
        Fact(
            "level",
            Said("办学层次", "Level"),
            (
                ("secondary", Said("中等", "Secondary")),
                ("college", Said("专科", "Junior college")),
                ("bachelor", Said("本科及以上", "Bachelor or above")),
            ),
        ),
        Fact(
            "ownership",
            Said("办学性质", "Ownership"),
            (
                ("public", Said("公办", "Public")),
                ("nonprofit", Said("民办非营利", "Private, not for profit")),
                ("profit", Said("民办营利", "Private, for profit")),
            ),
        ),
        Fact(
            "sends_interns",
            Said("是否组织学生到企业实习", "Sends students to enterprises as interns"),
            YES_NO,
        ),
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


_NOT_FACTS = Said(
    "情况应写成“名称: 值”的形式，例如 who: enterprise。",
    "Please write the facts as “name: value”, such as who: enterprise.",
)
_NO_WHO = Said(
    "请用 who 说明身份：enterprise（企业）或 school（学校）。",
    "Please say by who what you are: enterprise or school.",
)


def _wrong(name: str, kind: str, value: Any, model: type[_Profile]) -> Said:
    facts = {fact.name: fact for fact in model.facts}
    if kind == "extra_forbidden":
        names = ["who", "name", *facts]
        return Said(
            f"没有“{name}”这一项，可用的有：{'、'.join(names)}。",
            f"There is no fact “{name}”; there are {', '.join(names)}.",
        )
    if fact := facts.get(name):
        options = "、".join(f"{value}（{label.zh}）" for value, label in fact.options)
        choices = ", ".join(f"{value} ({label.en})" for value, label in fact.options)
        return Said(
            f"“{name}”（{fact.label.zh}）的值 {value!r} 无法识别，"
            f"请填 {options}；不清楚就填 unknown 或不写。",
            f"“{name}” ({fact.label.en}) cannot be {value!r}. Please give one of "
            f"{choices}; if it is not known, unknown or nothing.",
        )
    return Said(
        f"“{name}”应是不超过 60 个字的文字。",
        f"“{name}” must be text of at most 60 characters.",
    )


def _explain(data: dict[str, Any], error: ValidationError) -> Said:
    found = []
    for problem in error.errors():
        name = str(problem["loc"][-1])
        found.append(_wrong(name, problem["type"], data.get(name), KINDS[data["who"]]))
    return Said("".join(said.zh for said in found), " ".join(said.en for said in found))


def parse(data: Any) -> Profile:
    """A profile from plain data (a form or a file).

    Raises ProfileError, naming the fact and the values it may have.
    """
    if not isinstance(data, dict):
        raise ProfileError(_NOT_FACTS)
    if not isinstance(data.get("who"), str) or data["who"] not in KINDS:
        raise ProfileError(_NO_WHO)
    try:
        return KINDS[data["who"]].model_validate(data)
    except ValidationError as error:
        raise ProfileError(_explain(data, error)) from error
