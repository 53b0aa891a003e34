"""Read a profile from a file (JSON, TOML or YAML) or from a form's fields."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from assistant.profile import KINDS, Profile, ProfileError, parse
from corpus.language import Said

_MAX_BYTES = 65_536


def _load(text: str, suffix: str) -> Any:
    if suffix == ".json":
        return json.loads(text)
    if suffix == ".toml":
        return tomllib.loads(text)
    return yaml.safe_load(text)


def read(path: Path) -> Profile:
    """The profile in a file; the suffix tells the format (.json, .toml, .yaml, .yml).

    Raises ProfileError with a sentence that says what to do.
    """
    suffix = path.suffix.lower()
    if suffix not in (".json", ".toml", ".yaml", ".yml"):
        raise ProfileError(
            Said(
                f"文件“{path}”的格式不认识，请用 .json、.toml 或 .yaml。",
                f"The format of the file “{path}” is not known; please use .json, .toml or .yaml.",
            )
        )
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise ProfileError(Said(f"没有文件“{path}”。", f"There is no file “{path}”.")) from error
    except OSError as error:
        raise ProfileError(
            Said(
                f"文件“{path}”无法读取（{error.strerror}）。",
                f"The file “{path}” cannot be read ({error.strerror}).",
            )
        ) from error
    if len(raw) > _MAX_BYTES:
        raise ProfileError(
            Said(
                f"文件“{path}”太大，一份情况说明不应超过 64 KB。",
                f"The file “{path}” is too large: a profile has at most 64 KB.",
            )
        )
    try:
        data = _load(raw.decode("utf-8-sig"), suffix)
    except UnicodeDecodeError as error:
        raise ProfileError(
            Said(
                f"文件“{path}”不是 UTF-8 文本，请另存为 UTF-8。",
                f"The file “{path}” is not UTF-8 text; please save it as UTF-8.",
            )
        ) from error
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise ProfileError(
            Said(
                f"文件“{path}”不是合法的 {suffix[1:].upper()}：{error}",
                f"The file “{path}” is not valid {suffix[1:].upper()}: {error}",
            )
        ) from error
    return parse(data)


def from_form(query: Mapping[str, str]) -> Profile:
    """The profile in a form's fields; fields that are none of its facts are left out.

    Raises ProfileError.
    """
    who = query.get("who", "")
    names = {fact.name for fact in KINDS[who].facts} if who in KINDS else set()
    return parse({"who": who, **{name: query[name] for name in names if name in query}})
