"""What a provision on liability punishes: the duties whose breach it names. Pure functions.

违反本法第六十一条规定的，……罚款 does not say what article 61 forbids; a question about the penalty
does. Held against such a question, the provision is read with the duties it refers to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from corpus.document import Clause, Document
from corpus.numerals import CHINESE_NUMERAL, to_chinese, to_int

_BREACH = re.compile(
    r"违反(?:了)?本(?:法|条例|规定|办法)(?P<where>第[^，。；]{1,80}?)(?:规定|的|，)"
)
_ARTICLE = re.compile(rf"第(?P<n>[{CHINESE_NUMERAL}\d]+)条")
# So much of a duty tells what it is about.
_LONGEST = 400


def breached(text: str) -> tuple[int, ...]:
    """Numbers of the articles of the same document whose breach a text names."""
    named = (
        to_int(article["n"])
        for breach in _BREACH.finditer(text)
        for article in _ARTICLE.finditer(breach["where"])
    )
    return tuple(dict.fromkeys(named))


def duties(documents: Iterable[Document]) -> Mapping[str, str]:
    """For each clause on liability, by id, the text of the duties whose breach it names."""
    found: dict[str, str] = {}
    for document in documents:
        clauses: dict[str, Clause] = {c.id.partition("#")[2]: c for c in document.clauses}
        for clause in document.clauses:
            named = (clauses.get(f"第{to_chinese(n)}条") for n in breached(clause.text))
            texts = [duty.text[:_LONGEST] for duty in named if duty and duty is not clause]
            if texts:
                found[clause.id] = "\n".join(texts)
    return found
