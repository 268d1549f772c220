"""What a log holds and a session folder must not: keys, tokens, the operator's instructions, telephone numbers.

Whatever is left out is replaced by :data:`LEFT_OUT`, so that a reader sees that something stood there. Words that were
spoken stay: they are what is studied.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

LEFT_OUT = "(left out)"

#: Names whose whole value goes, compared without case, ``-`` and ``_``. Counts such as ``max_output_tokens`` are none.
SECRET_NAMES = frozenset({
    "instructions", "clientsecret", "ephemeralkey", "ephemeraltoken", "apikey", "xapikey", "openaiapikey",
    "authorization", "accesstoken", "refreshtoken", "authtoken", "bearertoken", "token", "password", "secret",
    "cookie", "setcookie", "headers", "credentials", "signature",
})  # fmt: skip

#: Names whose numbers are somebody's telephone.
PHONE_NAMES = frozenset({"phone", "phonenumber", "caller", "callee", "callerid", "from", "to", "ani", "dnis"})

#: Secrets by their look, wherever they stand.
PATTERNS: Mapping[str, re.Pattern[str]] = {
    "API key": re.compile(r"\b(?:(?:sk|rk|pk|ek|xai|gsk)[-_][A-Za-z0-9_-]{12,}|AIza[A-Za-z0-9_-]{20,})"),
    "bearer token": re.compile(r"(?i)\bbearer\s+[A-Za-z0-9._~+/-]{8,}=*"),
    "client secret": re.compile(r"xai-client-secret\.[A-Za-z0-9._~+/=-]+|openai-insecure-api-key\.[A-Za-z0-9._-]+"),
    "signed token": re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    "key in an address": re.compile(
        r"(?i)(?<=[?&])(?:api[-_]?key|key|token|secret|sig|signature|access_token)=[^&\s\"]+"
    ),
    "telephone number": re.compile(r"(?i)\b(?:sips?|tel):\+?[^\s@;>\"]+"),
}
PHONE = re.compile(r"\+?\d[\d ().-]{5,}\d")

#: Roles whose words are the operator's instructions under another name.
OPERATOR = frozenset({"system", "developer"})


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
        if payload.get("type") == "input_audio_buffer.dtmf_event_received" and payload.get("event"):
            cleaned["event"] = self._gone("key presses")  # card numbers are typed, too
        return cleaned

    def _object(self, value: Mapping[str, Any]) -> dict[str, Any]:
        words = "logprob" in value  # there a token is a piece of a transcript
        cleaned = {k: v if words and k == "token" else self._named(k, v) for k, v in value.items()}
        if value.get("role") in OPERATOR and value.get("content"):
            cleaned["content"] = self._gone("instructions")
        return cleaned

    def _named(self, name: str, value: Any) -> Any:
        plain = name.lower().replace("-", "").replace("_", "")
        if plain == "sipheaders":  # numbers, addresses and credentials, as {name, value}
            gone = _texts([h.get("value") for h in value if isinstance(h, dict)], lambda _: self._gone("SIP header"))
            names = [h.get("name") for h in value if isinstance(h, dict)]
            return [{"name": n, "value": g} for n, g in zip(names, gone, strict=True)]
        if plain in SECRET_NAMES:
            return self._gone("instructions" if plain == "instructions" else "secrets") if _says(value) else value
        if plain in PHONE_NAMES:
            return _texts(value, lambda text: self._swap("telephone number", PHONE, self._text(text)))
        return self._value(value)

    def _value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, list):
            return [self._value(v) for v in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        for kind, pattern in PATTERNS.items():
            text = self._swap(kind, pattern, text)
        return text

    def _swap(self, kind: str, pattern: re.Pattern[str], text: str) -> str:
        text, times = pattern.subn(LEFT_OUT, text)
        if times:
            self.counts[kind] = self.counts.get(kind, 0) + times
        return text

    def _gone(self, kind: str) -> str:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return LEFT_OUT


def _says(value: Any) -> bool:
    """Whether there is anything to leave out: null, empty, a number or an earlier redaction is not."""
    return bool(value) and value != LEFT_OUT and not isinstance(value, bool | int | float)


def _texts(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {k: _texts(v, change) for k, v in value.items()}
    if isinstance(value, list):
        return [_texts(v, change) for v in value]
    return change(value) if isinstance(value, str) else value
