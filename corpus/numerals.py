"""Chinese and full-width numerals as integers."""

from __future__ import annotations

CHINESE_DIGITS = "〇零一二三四五六七八九"
CHINESE_NUMERAL = "〇零一二两三四五六七八九十百千"
_VALUE = {"〇": 0, "零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7}
_VALUE |= {"八": 8, "九": 9}
_UNIT = {"十": 10, "百": 100, "千": 1000}


def to_int(numeral: str) -> int:
    """The value below 10,000 of `五十八`, `12` or `１２`.

    Raises ValueError where the text is no numeral.
    """
    if not numeral:
        raise ValueError("empty numeral")
    if numeral.isdecimal():
        return int(numeral)
    total = digit = 0
    positional = not any(char in _UNIT for char in numeral)
    for char in numeral:
        if char in _UNIT:
            total += (digit or 1) * _UNIT[char]
            digit = 0
        elif char in _VALUE:
            digit = digit * 10 + _VALUE[char] if positional else _VALUE[char]
        else:
            raise ValueError(f"not a numeral: {numeral!r}")
    return total + digit


def to_chinese(value: int) -> str:
    """`58` as `五十八`; 0 <= value < 10,000."""
    if not 0 <= value < 10_000:
        raise ValueError(f"out of range: {value}")
    if value == 0:
        return "零"
    digits = "零一二三四五六七八九"
    out, rest, pending_zero = "", value, False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        count, rest = divmod(rest, unit)
        if count:
            out += ("零" if pending_zero else "") + digits[count] + name
            pending_zero = False
        elif out and rest:
            pending_zero = True
    return out[1:] if out.startswith("一十") else out
