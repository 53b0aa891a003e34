"""Every option of Mingbai, in one place.

Read from `MINGBAI_*` environment variables, then from a TOML file (`mingbai.toml`
in the working folder, or the file named by `MINGBAI_CONFIG`), then the defaults.
The table in `docs/settings.md` is checked against this class by a test.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic_settings
from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

DEFAULT_STATUTES = (
    "职业教育法",
    "教育法",
    "高等教育法",
    "民办教育促进法",
    "教师法",
    "就业促进法",
    "劳动法",
    "劳动合同法",
    "中小企业促进法",
    "企业所得税法",
    "促进科技成果转化法",
    "科学技术进步法",
    "民营经济促进法",
    "乡村振兴促进法",
    "个人所得税法",
    "增值税法",
    "契税法",
    "耕地占用税法",
    "公益事业捐赠法",
    "慈善法",
    "未成年人保护法",
)
PACKAGED_MODEL = "multilingual-e5-small"
ENV_PREFIX = "MINGBAI_"
CONFIG_VARIABLE = "MINGBAI_CONFIG"
DEFAULT_CONFIG = "mingbai.toml"
_ORIGIN = re.compile(r"https?://[a-z0-9.\-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")


class SettingsError(ValueError):
    """A setting is unknown or has a bad value; the message says which and why."""


def _split(value: object) -> object:
    """A list written as `a,b` or as JSON, as an environment variable must write it."""
    if not isinstance(value, str) or value in ("all", "none"):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError("不是合法的 JSON 列表") from error
    return [part.strip() for part in re.split("[,，]", value) if part.strip()]


_List = BeforeValidator(_split)


class Settings(BaseSettings):
    """All options; see `docs/settings.md`."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_ignore_empty=True, extra="forbid", frozen=True
    )

    corpus_dirs: Annotated[tuple[Path, ...], NoDecode, _List] = Field(
        default=(),
        description="另外要收录的资料文件夹（Markdown、TXT、DOCX、PDF）",
    )
    statutes: Annotated[tuple[str, ...] | Literal["all", "none"], NoDecode, _List] = Field(
        default=DEFAULT_STATUTES,
        description="从数据包收录的法律简称列表；all 为全部现行法律，none 为不收录",
    )
    index_dir: Path = Field(default=Path("var/index"), description="索引所在文件夹")
    data_dir: Path = Field(default=Path("var/data"), description="反馈等运行数据所在文件夹")
    embedding_model: str = Field(
        default=PACKAGED_MODEL,
        description="向量模型：随包模型、模型库名称或本地文件夹",
    )
    tuned_queries: bool = Field(
        default=True,
        description="随包模型编码问题时用训练过的权重；false 为用原来的权重",
    )
    retrieval_profile: Literal["auto", "fused", "learned"] = Field(
        default="auto",
        description="检索排序：fused 为各路融合，learned 为学习排序（只配随包模型）；"
        "auto 在收录全部法律时用学习排序，否则用融合",
    )
    query_prompt: str | None = Field(default=None, description="问题侧提示语（默认按模型选取）")
    document_prompt: str | None = Field(default=None, description="条款侧提示语（默认按模型选取）")
    host: str = Field(default="127.0.0.1", description="服务监听地址")
    port: int = Field(default=7860, ge=1, le=65535, description="服务端口")
    max_question_chars: int = Field(default=500, ge=20, le=4000, description="一个问题最多多少个字")
    max_body_bytes: int = Field(default=65_536, ge=1024, description="一次请求正文的最大字节数")
    rate_limit: str = Field(default="60/minute", description="每个来访地址的提问上限")
    allowed_origins: Annotated[tuple[str, ...], NoDecode, _List] = Field(
        default=(),
        description="可以嵌入挂件、跨域调用接口的网站（完整来源，如 https://example.gov.cn）",
    )
    trusted_proxies: int = Field(
        default=0, ge=0, le=5, description="前面有几层反向代理（用于取真实来访地址）"
    )
    composer: Literal["extractive", "generative"] = Field(
        default="extractive",
        description="怎样写回答：extractive 由程序摘句，不用语言模型；"
        "generative 由语言模型写，逐句核对后才显示",
    )
    llm_model: str = Field(default="", description="语言模型名称；留空则不用语言模型")
    llm_provider: Literal["openai", "ollama"] = Field(
        default="openai", description="语言模型接口类型；openai 指任何兼容 OpenAI 的接口"
    )
    llm_base_url: str = Field(default="", description="语言模型接口地址")
    llm_api_key: SecretStr = Field(default=SecretStr(""), description="语言模型接口密钥")
    llm_timeout: float = Field(
        default=20.0, gt=0, le=300, description="等语言模型的最长秒数，到时改用摘句"
    )
    llm_temperature: float = Field(default=0.0, ge=0, le=2, description="语言模型的温度")
    llm_max_tokens: int = Field(
        default=1024, ge=64, le=16_384, description="语言模型一次最多写多少个词元"
    )
    llm_retries: int = Field(default=1, ge=0, le=5, description="语言模型接口出错时重试几次")

    @model_validator(mode="after")
    def _check_composer(self) -> Settings:
        if self.composer == "generative" and not self.llm_model:
            raise ValueError("composer 为 generative 时必须设置 llm_model")
        return self

    @field_validator("allowed_origins")
    @classmethod
    def _check_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"“{origin}”不是完整来源，应写成 https://域名[:端口]，小写，末尾不带斜杠和路径"
                )
        return origins

    @field_validator("rate_limit")
    @classmethod
    def _check_rate(cls, rate: str) -> str:
        from limits import parse_many

        try:
            parse_many(rate)
        except ValueError as error:
            raise ValueError("应写成“次数/时间单位”，如 60/minute 或 1000/day") from error
        return rate

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then TOML file."""
        toml = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return (init_settings, env_settings, toml)


def config_file() -> Path:
    """The TOML file that is read, whether or not it exists."""
    return Path(os.environ.get(CONFIG_VARIABLE) or DEFAULT_CONFIG)


def load_settings(**overrides: Any) -> Settings:
    """The settings in force; `overrides` (by option name) go before all sources.

    Raises SettingsError with one sentence that names the option, where it was
    set, and what is wrong with it.
    """
    _refuse_unknown_variables(os.environ)
    file = config_file()
    if os.environ.get(CONFIG_VARIABLE) and not file.is_file():
        raise SettingsError(f"环境变量 {CONFIG_VARIABLE} 指定的设置文件“{file}”不存在。")
    try:
        return Settings(**overrides)
    except ValidationError as error:
        reasons = [_sentence(detail, overrides) for detail in _first_by_option(error)]
        raise SettingsError("；".join(reasons) + "。") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"设置文件“{file}”不是合法的 TOML：{error}。") from error
    except pydantic_settings.SettingsError as error:
        raise SettingsError(f"设置无法读取：{error}。") from error
    except (OSError, UnicodeDecodeError) as error:
        reason = type(error).__name__
        raise SettingsError(f"设置文件“{file}”无法读取（{reason}）。") from error


def _refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    known = {CONFIG_VARIABLE, *(ENV_PREFIX + name.upper() for name in Settings.model_fields)}
    for name in environ:
        if name.upper().startswith(ENV_PREFIX) and name.upper() not in known:
            raise SettingsError(f"环境变量 {name} 不是可用的设置{_nearest(name.upper(), known)}。")


def _nearest(name: str, known: set[str]) -> str:
    near = get_close_matches(name, sorted(known), n=1)
    return f"，是不是想写 {near[0]}" if near else "；全部选项见 docs/settings.md"


def _first_by_option(error: ValidationError) -> list[ErrorDetails]:
    """One error an option: a union reports one for each of its branches."""
    found: dict[object, ErrorDetails] = {}
    for detail in error.errors(include_url=False):
        found.setdefault(detail["loc"][0] if detail["loc"] else "", detail)
    return list(found.values())


def _sentence(detail: ErrorDetails, overrides: Mapping[str, Any]) -> str:
    option = str(detail["loc"][0]) if detail["loc"] else "设置"
    if detail["type"] == "extra_forbidden":
        where = "参数" if option in overrides else f"设置文件“{config_file()}”中的"
        return f"{where}“{option}”不是可用的设置{_nearest(option, set(Settings.model_fields))}"
    variable = ENV_PREFIX + option.upper()
    if option in overrides:
        where = f"设置 {option}"
    elif any(name.upper() == variable for name in os.environ):
        where = f"环境变量 {variable}"
    else:
        where = f"设置文件“{config_file()}”中的 {option}"
    secret = option in Settings.model_fields and (
        Settings.model_fields[option].annotation is SecretStr
    )
    value = "" if secret else f"“{detail['input']}”"
    return f"{where} 的值{value}不对：{_reason(detail)}"


def _reason(detail: ErrorDetails) -> str:
    context = {
        key: str(value).replace(" or ", " 或 ") for key, value in detail.get("ctx", {}).items()
    }
    reasons = {
        "int_parsing": "应为整数",
        "int_type": "应为整数",
        "int_from_float": "应为整数",
        "float_parsing": "应为数字",
        "float_type": "应为数字",
        "string_type": "应为文字",
        "path_type": "应为文件夹路径",
        "tuple_type": "应为列表",
        "bool_parsing": "应为 true 或 false",
        "bool_type": "应为 true 或 false",
        "greater_than": "应大于 {gt}",
        "greater_than_equal": "不能小于 {ge}",
        "less_than_equal": "不能大于 {le}",
        "literal_error": "只能是 {expected}",
        "value_error": "{error}",
    }
    return reasons.get(detail["type"], detail["msg"]).format(**context)
