"""What a log holds and a session folder must not: keys, tokens, the operator's words, telephone numbers.

Found by the name it stands under, or by its look wherever it stands, also inside JSON that is written as text (a tool's
arguments and output). Whatever is left out is replaced by :data:`LEFT_OUT`, so that a reader sees that something stood
there. Words that were spoken stay: they are what is studied.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

LEFT_OUT = "(left out)"

#: Ends of names whose whole value goes, compared without case, ``-`` and ``_``. Counts end in ``tokens``: they stay.
SECRET_NAME = re.compile(
    r"(?:token|secret|password|passwd|passphrase|api-?key|authorization|credentials?|cookies?|headers|signature|jwt|"
    r"bearer|secretkey|privatekey|accesskey|accesskeyid|subscriptionkey|ephemeralkey|keypair)$|^auth$"
)
#: Names under which the operator speaks, not the user or the agent.
OPERATOR_NAMES = frozenset({"instructions", "prompt"})
#: Roles whose words are the operator's instructions under another name.
OPERATOR = frozenset({"system", "developer"})
#: Names whose numbers are somebody's telephone.
PHONE_NAME = re.compile(
    r"^(?:from|to|caller|callee|ani|dnis|msisdn|e164)$|(?:phone|mobile|callerid|(?:phone|caller|callee|from|to)number)$"
)
#: Names of what was said: a number in it was spoken, and stays.
SPOKEN = frozenset({"transcript", "text", "delta"})
#: How headers come as pairs, ``{"name": "Authorization", "value": …}``.
PAIR = ("name", "key", "header")

#: Secrets by their look, wherever they stand.
PATTERNS: Mapping[str, re.Pattern[str]] = {
    "API key": re.compile(
        r"\b(?:(?:sk|rk|pk|ek|xai|gsk)[-_](?=[\w-]*\d)[\w-]{12,}|AIza[\w-]{20,}|(?:AKIA|ASIA)[A-Z0-9]{16}\b|ya29\.[\w-]{20,}"
        r"|gh[opsru]_\w{20,}|github_pat_\w{20,}|hf_\w{20,}|xox[abeprs]-[\w-]{10,}|SK[0-9a-f]{32}\b)"
    ),
    "private key": re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
    ),
    "bearer token": re.compile(r"(?i)\bbearer\s+(?=\S*\d|\S+\.\w)[\w.~+/-]{8,}=*"),
    "authorization": re.compile(
        r"(?i)\bauthorization[\"']?\s*[:=]\s*[\"']?(?:basic|digest|token|negotiate|apikey)\s+[^\s\"';}]+"
    ),
    "client secret": re.compile(r"xai-client-secret\.[\w.~+/=-]+|openai-insecure-api-key\.[\w.-]+"),
    "signed token": re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    "key in a line": re.compile(
        r"(?i)\b(?:(?:[\w-]*[-_])?(?:api|subscription|access|account)[-_]?key|[\w-]*(?:access|auth|session|refresh)[-_]token"
        r"|client[-_]secret)[\"']?\s*[:=]\s*[\"']?[\w.~+/-]{6,}=*|\b(?:password|passwd|pwd|secret)=[^\s&;\"',]+"
    ),
    "key in an address": re.compile(
        r"(?i)(?<=[?&#])(?:[\w.-]*[-_.])?(?:api-?key|key|token|secret|sig|signature|credential|password|auth)=[^&\s\"#]+"
    ),
    "user in an address": re.compile(r"(?<=://)[^/\s:@\"]+:[^/\s@\"]*(?=@)"),
    "cookie": re.compile(r"(?i)\b(?:set-)?cookie:\s*[^\s=;]+=[^\r\n\"]+"),
    "telephone number": re.compile(r"(?i)\b(?:sips?|tel):\+?[^\s@;>\"]+"),
}
#: As written with the country's code; and, under a name that says so, as anybody writes it: no date, no IP address.
E164 = re.compile(r"(?<![\w+])\+\d[\d ().-]{6,}\d(?!\w)")
PHONE = re.compile(
    r"(?<![\w.:-])(?!\d{4}-\d\d-\d\d(?!\d)|\d{1,3}(?:\.\d{1,3}){3}(?![\w.]))\+?\(?\d[\d ().-]{5,}\d(?![\w:])"
)


class Redactor:
    """Takes secrets out of payloads and counts what it took, by kind.

    Examples
    --------
    >>> redactor = Redactor()
    >>> redactor.clean({"type": "session.update", "session": {"instructions": "Be kind.", "max_output_tokens": 9}})
    {'type': 'session.update', 'session': {'instructions': '(left out)', 'max_output_tokens': 9}}
    >>> redactor.counts
    {'instructions': 1}
    """

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def clean(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Give a payload without its secrets; the one given is not changed."""
        cleaned = self._object(payload)
        name = str(payload.get("type", ""))
        for event, key, kind in WHOLE_FIELDS:
            if name.endswith(event) and payload.get(key):
                cleaned[key] = self._gone(kind)
        return cleaned

    def _object(self, value: Mapping[str, Any]) -> dict[str, Any]:
        words = "logprob" in value  # there a token is a piece of a transcript
        cleaned = {self._text(k): v if words and k == "token" else self._named(k, v) for k, v in value.items()}
        if value.get("role") in OPERATOR and value.get("content"):
            cleaned["content"] = self._gone("instructions")
        if any(SECRET_NAME.search(_plain(value.get(key))) for key in PAIR) and _says(value.get("value")):
            cleaned["value"] = self._gone("secrets")
        return cleaned

    def _named(self, name: str, value: Any) -> Any:
        plain = _plain(name)
        if plain == "sipheaders" and isinstance(value, list):  # numbers, addresses and credentials, as {name, value}
            return [{**h, "value": self._gone("SIP header")} if isinstance(h, dict) else self._gone("SIP header")
                    for h in value]  # fmt: skip
        if plain in OPERATOR_NAMES:
            return self._gone("instructions") if _says(value) else value
        if SECRET_NAME.search(plain):
            return self._gone("secrets") if _says(value) else value
        if PHONE_NAME.search(plain):
            return self._phone(value)
        return self._value(value, said=plain in SPOKEN)

    def _phone(self, value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool) and value >= 10**6:
            return self._gone("telephone number")
        if isinstance(value, dict):
            return {k: self._phone(v) for k, v in self._object(value).items()}
        if isinstance(value, list):
            return [self._phone(v) for v in value]
        return self._swap("telephone number", PHONE, self._text(value)) if isinstance(value, str) else value

    def _value(self, value: Any, *, said: bool = False) -> Any:
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, list):
            return [self._value(v, said=said) for v in value]
        return self._text(value, said=said) if isinstance(value, str) else value

    def _text(self, text: str, *, said: bool = False) -> str:
        if not said:
            text = self._swap("telephone number", E164, self._json(text))
        for kind, pattern in PATTERNS.items():
            text = self._swap(kind, pattern, text)
        return text

    def _json(self, text: str) -> str:
        """Clean JSON that is written as text; as it was, to the letter, where there is nothing to leave out."""
        if not text.lstrip().startswith(("{", "[")):
            return text
        try:
            inside = json.loads(text)
        except (ValueError, RecursionError):
            return text
        before = dict(self.counts)
        cleaned = self._value(inside)
        return text if before == self.counts else json.dumps(cleaned, ensure_ascii=False)

    def _swap(self, kind: str, pattern: re.Pattern[str], text: str) -> str:
        text, times = pattern.subn(LEFT_OUT, text)
        if times:
            self.counts[kind] = self.counts.get(kind, 0) + times
        return text

    def _gone(self, kind: str) -> str:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return LEFT_OUT


#: End of an event's name, field, and what stands there: card numbers are typed, too; a secret in pieces has no look.
WHOLE_FIELDS = (
    ("dtmf_event_received", "event", "key presses"),
    ("_call_arguments.delta", "delta", "pieces of tool arguments"),
)


def _plain(name: Any) -> str:
    return name.lower().replace("-", "").replace("_", "") if isinstance(name, str) else ""


def _says(value: Any) -> bool:
    """Whether there is anything to leave out: null, empty, a number or an earlier redaction is not."""
    return bool(value) and value != LEFT_OUT and not isinstance(value, bool | int | float)
