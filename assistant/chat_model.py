"""The language model that the settings name, through LangChain; the only place that makes one.

Any endpoint that speaks OpenAI's chat-completions protocol (DeepSeek, Qwen, vLLM, llama.cpp
server) or Ollama. Nothing is connected to before the first call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corpus.language import Said, SaidError
from corpus.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_NONE = Said(
    "没有设置语言模型：请设置 llm_model",
    "No language model is set: please set llm_model.",
)


class ModelUnavailable(SaidError):
    """There is no language model to use; says why and what to do."""


def chat_model(settings: Settings, *, temperature: float | None = None) -> BaseChatModel:
    """The chat model of the `llm_*` settings, at `temperature` where one is given.

    Raises ModelUnavailable where the settings name none or it cannot be made.
    """
    if not settings.llm_model:
        raise ModelUnavailable(_NONE)
    from langchain.chat_models import init_chat_model

    try:
        model: BaseChatModel = init_chat_model(
            settings.llm_model,
            model_provider=settings.llm_provider,
            temperature=settings.llm_temperature if temperature is None else temperature,
            **_options(settings),
        )
    except Exception as error:  # every provider raises its own
        why = type(error).__name__
        said = Said(
            f"语言模型用不了（{why}）：{error}",
            f"The language model cannot be used ({why}): {error}",
        )
        raise ModelUnavailable(said) from error
    return model


def _options(settings: Settings) -> dict[str, Any]:
    """What the two providers call by different names."""
    url, key = settings.llm_base_url, settings.llm_api_key.get_secret_value()
    options: dict[str, Any] = {"base_url": url} if url else {}
    if settings.llm_provider == "ollama":
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        client = {"timeout": settings.llm_timeout, "headers": headers}
        return options | {"num_predict": settings.llm_max_tokens, "client_kwargs": client}
    if url:
        # Endpoints other than OpenAI's know the limit by its older name only.
        options["extra_body"] = {"max_tokens": settings.llm_max_tokens}
    else:
        options["max_tokens"] = settings.llm_max_tokens
    # A local server wants no key, but the client does.
    options["api_key"] = key or ("none" if url else None)
    return options | {"timeout": settings.llm_timeout, "max_retries": settings.llm_retries}
