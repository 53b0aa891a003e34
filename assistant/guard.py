"""Requests that are refused before anything is searched. Pure functions.

The extractive pipeline obeys no text, so this is courtesy and honesty more than defence: a
request to change the rules gets a plain refusal instead of an irrelevant clause.
"""

from __future__ import annotations

import re

_INJECTION = re.compile(
    r"(?:忽略|无视|忘记|忘掉|不要管|跳过|抛开|违背)[^，。]{0,12}(?:指令|规则|要求|提示|设定|限制|说明|约束|身份)|"
    r"(?:系统|初始|内部|隐藏)(?:提示词?|指令|设定|prompt)|提示词|开发者模式|越狱|jailbreak|"
    r"(?:你现在是|从现在起你|从现在开始你|假装你|假设你是|扮演)|"
    r"ignore (?:all |any |the )?(?:previous|above|prior|earlier)|system prompt|developer mode|"
    r"(?:disregard|forget) (?:all|your|the|previous)|pretend (?:to be|you)|act as (?:a|an|if)|"
    r"<script|</?(?:system|instruction)|\{\{|不(?:需要|要|用)(?:给|加|带)?(?:出|上)?(?:引用|出处|依据|来源)|"
    r"只(?:准|许|能)?(?:回答|回复|输出|说)[“\"'‘]|一律(?:答|回答|回复|说)|新规则|直接确认|不用管|末尾加上|系统通知|照做|(?:不|别|勿)(?:写|附|标|列)(?:明|上)?(?:出处|引用|来源|依据)|明确告诉(?:用户|他们|大家)|记住了吗|"
    r"你是(?:税务局|政府|官方|管理员|一个|一名)|</?(?:context|prompt|user|assistant)|"
    r"reply only|respond only|say only|ignore the (?:plan|documents?|rules|law)|"
    r"编(?:一个|造|一条|个)|随便编|瞎编|杜撰",
    re.I,
)
# A task, not a question about a policy.
_TASK = re.compile(
    r"(?:写|作|编|画|来)(?:一|几)?(?:首|篇|个|段|幅|张)?(?:诗|歌词|代码|程序|作文|小说|故事|笑话|祝福语|演讲稿|总结|文案)|"
    r"讲个?笑话|翻译(?:成|一下|这)|帮(?:我|忙)(?:把|填|写|算算|改|做一份|起草|订|买|查一下我)|推荐(?:几|一)?(?:只|支|部|家|本|个)|"
    r"translate|tell me a joke|write (?:a|me|an)|recommend (?:a|me|some)|概念股|股票",
    re.I,
)
_UNSAFE = re.compile(
    r"(?:骗取|套取|骗补|冒领|伪造|造假|做假|假(?:合同|发票|协议|材料|账)|虚报|偷税|逃税|漏税|行贿|贿赂|钻空子)"
)
_HOW_TO = re.compile(r"怎么|怎样|如何|咋|教我|帮我|办法|方法|技巧|才能|不被")


def is_injection(text: str) -> bool:
    """Whether the text tries to change how the assistant works."""
    return bool(_INJECTION.search(text))


def is_task(text: str) -> bool:
    """Whether the text wants something done (a poem, a translation) rather than asks."""
    return bool(_TASK.search(text))


def is_unsafe(text: str) -> bool:
    """Whether the text asks how to break the law; asking what the penalty is does not."""
    return bool(_UNSAFE.search(text) and _HOW_TO.search(text)) and not re.search(
        r"处罚|后果|责任|罚|举报|追究|会怎[么样]|怎[么样]处[理置]|查处", text
    )
