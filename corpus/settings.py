"""Every option of Mingbai, in one place.

Read from `MINGBAI_*` environment variables, then from a TOML file (`mingbai.toml`
in the working folder, or the file named by `MINGBAI_CONFIG`), then the defaults.
The table in `docs/settings.md` is checked against this class by a test.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
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
)
PACKAGED_MODEL = "multilingual-e5-small"


class SettingsError(ValueError):
    """A setting is unknown or has a bad value; the message says which and why."""


class Settings(BaseSettings):
    """All options; see `docs/settings.md`."""

    model_config = SettingsConfigDict(env_prefix="MINGBAI_", extra="forbid", frozen=True)

    corpus_dirs: tuple[Path, ...] = Field(
        default=(),
        description="另外要收录的资料文件夹（Markdown、TXT、DOCX、PDF）",
    )
    statutes: tuple[str, ...] | Literal["all", "none"] = Field(
        default=DEFAULT_STATUTES,
        description="从数据包收录的法律简称列表；all 为全部现行法律，none 为不收录",
    )
    index_dir: Path = Field(default=Path("var/index"), description="索引所在文件夹")
    data_dir: Path = Field(default=Path("var/data"), description="反馈等运行数据所在文件夹")
    embedding_model: str = Field(
        default=PACKAGED_MODEL,
        description="向量模型：随包模型、模型库名称或本地文件夹",
    )
    query_prompt: str | None = Field(default=None, description="问题侧提示语（默认按模型选取）")
    document_prompt: str | None = Field(default=None, description="条款侧提示语（默认按模型选取）")
    host: str = Field(default="127.0.0.1", description="服务监听地址")
    port: int = Field(default=7860, ge=1, le=65535, description="服务端口")
    max_question_chars: int = Field(default=500, ge=20, le=4000, description="一个问题最多多少个字")
    max_body_bytes: int = Field(default=65_536, ge=1024, description="一次请求正文的最大字节数")
    rate_limit: str = Field(default="60/minute", description="每个来访地址的提问上限")
    allowed_origins: tuple[str, ...] = Field(
        default=(),
        description="可以嵌入挂件、跨域调用接口的网站（完整来源，如 https://example.gov.cn）",
    )
    trusted_proxies: int = Field(
        default=0, ge=0, le=5, description="前面有几层反向代理（用于取真实来访地址）"
    )
    llm_model: str = Field(default="", description="语言模型名称；留空则不用语言模型")
    llm_provider: Literal["openai", "ollama"] = Field(
        default="openai", description="语言模型接口类型"
    )
    llm_base_url: str = Field(default="", description="语言模型接口地址")
    llm_api_key: SecretStr = Field(default=SecretStr(""), description="语言模型接口密钥")
    llm_timeout: float = Field(
        default=20.0, gt=0, le=300, description="等语言模型的最长秒数，超过则改用摘录式回答"
    )

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
        file = Path(os.environ.get("MINGBAI_CONFIG", "mingbai.toml"))
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file))
