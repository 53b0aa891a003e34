# Mingbai: `make run` serves the chat, `make test` checks everything.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
RUN_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
REQUIREMENTS := pyproject.toml constraints.txt
# What the tests need from the system: a browser, a CJK font, Pango, a PDF renderer.
APT := chromium fonts-noto-cjk libpango-1.0-0 libpangoft2-1.0-0 poppler-utils
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test lint eval clean system

help: ## 显示这些说明
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/'

$(BIN)/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "需要 Python 3.11 或更新的版本。Python 3.11 or newer is needed." >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "无法建立虚拟环境：请先安装 venv（如 apt-get install python3-venv）。" >&2; exit 1; }

$(RUN_STAMP): $(BIN)/python $(REQUIREMENTS)
	@echo "正在安装依赖，第一次要几分钟…… Installing, this takes a few minutes the first time."
	$(PIP) install -qq -c constraints.txt -e .
	@touch $@

$(DEV_STAMP): $(BIN)/python $(REQUIREMENTS)
	@echo "正在安装依赖…… Installing."
	$(PIP) install -qq -c constraints.txt -e '.[dev]'
	@touch $(RUN_STAMP) $@

run: $(RUN_STAMP) ## 安装、建立索引并启动服务 http://127.0.0.1:7860
	@$(BIN)/mingbai serve

system:
	@missing=; for package in $(APT); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' \
	    || missing="$$missing $$package"; done; \
	if [ -z "$$missing" ]; then exit 0; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "安装测试所需的系统软件包：$$missing"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	elif command -v chromium >/dev/null && command -v pdftoppm >/dev/null; then exit 0; \
	else echo "测试需要以下系统软件包，请先安装：$$missing" >&2; exit 1; fi

lint: $(DEV_STAMP) ## 代码检查与类型检查
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: system lint ## 安装测试所需、检查代码并运行全部测试
	$(BIN)/pytest $(PYTEST_ARGS)

eval: $(RUN_STAMP) ## 评测检索与回答的质量
	$(BIN)/mingbai eval

clean: ## 删除虚拟环境、索引和缓存
	rm -rf $(VENV) var build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
