"""What may not be written: each secret with a twin that looks like it and stays, to the letter."""

from __future__ import annotations

import json

import pytest

from bargein.formats.redact import LEFT_OUT, Redactor
from wirelogs import bring, openai

SAID = "conversation.item.input_audio_transcription.completed"


def session(**fields):
    """What a client asks for."""
    return {"type": "session.update", "session": fields}


def tool(**fields):
    """A tool in a session."""
    return session(tools=[{"type": "mcp", "server_label": "crm", **fields}])


def note(text):
    """A string in an event that nobody knows."""
    return {"type": "x", "note": text}


def output(**fields):
    """What a tool gave back: JSON, as text."""
    return {"type": "conversation.item.create", "item": {"type": "function_call_output", "output": json.dumps(fields)}}


#: Case: what must not be written, where it stands, and a twin that must not be touched.
CASES = {
    # keys and tokens by their look
    "key": ("sk-proj-AbCdEf0123456789AbCd", note("key sk-proj-AbCdEf0123456789AbCd here"), note("task-force-sk-pro")),
    "xai key": ("xai-0123456789abcdefXYZ", {"type": "x", "deep": [{"a": "xai-0123456789abcdefXYZ"}]},
                {"type": "x", "deep": [{"a": "xai-grok-voice-agent"}]}),
    "ephemeral": ("ek_68af296e8e408191a1120a", note("ek_68af296e8e408191a1120a"), note("week_68af296e8e408191a1120a")),
    "aws": ("AKIAIOSFODNN7EXAMPLE", note("AKIAIOSFODNN7EXAMPLE"), note("AKIA is a prefix")),
    "google": ("AIzaSyA-0123456789abcdefghijklmn", note("AIzaSyA-0123456789abcdefghijklmn"), note("AIza")),
    "google oauth": ("ya29.a0AfH6SMB0123456789xyz", note("ya29.a0AfH6SMB0123456789xyz"), note("ya29.")),
    "github": ("ghp_0123456789abcdefghij", note("ghp_0123456789abcdefghij"), note("ghp_ is a prefix")),
    "twilio": ("SK0123456789abcdef0123456789abcdef", note("SK0123456789abcdef0123456789abcdef"), note("SK01234")),
    "bearer": ("abc.def.ghi-jkl", {"type": "x", "text": "Authorization: Bearer abc.def.ghi-jkl"},
               {"type": "x", "text": "the bearer certificate, the bearer messages."}),
    "basic": ("dXNlcjpwYXNzd29yZA", note("authorization: Basic dXNlcjpwYXNzd29yZA=="), note("basic research is basic")),
    "jwt": ("eyJhbGciOiJIUzI1.eyJzdWIiOiIx.SflKxwRJ", note("eyJhbGciOiJIUzI1.eyJzdWIiOiIx.SflKxwRJ"), note("eyJhbGci")),
    "pem": ("MIIEvQIBADANBg", note("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----"),
            note("-----BEGIN CERTIFICATE-----")),
    "subprotocol": ("xai-client-secret.tok", {"type": "x", "subprotocols": ["xai-client-secret.tok"]},
                    {"type": "x", "subprotocols": ["realtime", "openai-beta.realtime-v1"]}),
    "header line": ("0a1b2c3d4e5f", note("api-key: 0a1b2c3d4e5f"), note("the api key is missing")),
    "azure header line": ("0a1b2c3d4e5f", note("Ocp-Apim-Subscription-Key: 0a1b2c3d4e5f"), note("subscription: basic")),
    "cookie line": ("sid=8f3a", note("Cookie: sid=8f3a; theme=dark"), note("Cookie: yes please")),
    "password line": ("hunter2", note("user=ann password=hunter2"), note("the password was changed")),
    # in addresses
    "query": ("q1w2e3r4", tool(server_url="https://tools.example/sse?user=1&api_key=q1w2e3r4&x=2"),
              tool(server_url="https://tools.example/sse?user=1&monkey=banana&keyboard=de")),
    "signed address": ("9f86d081", note("https://s3.example/a?X-Amz-Signature=9f86d081"), note("https://s3.example/a?X=9")),
    "user in an address": ("ann:hunter2", tool(server_url="https://ann:hunter2@tools.example/sse"),
                           tool(server_url="https://tools.example:8080/ann@home")),
    # by the name they stand under
    "client secret": ("opaque-secret-value", {"type": "x", "client_secret": "opaque-secret-value"},
                      {"type": "x", "client_secret": None, "secretary": "Ann"}),
    "client_secret.value": ("plain words", session(client_secret={"value": "plain words", "expires_at": 5}),
                            session(expires_at=5)),
    "tool headers": ("hunter2", tool(headers={"X-Key": "hunter2"}), tool(header_count=2)),
    "other headers": ("hunter2", {"type": "x", "extra_headers": {"a": "hunter2"}}, {"type": "x", "headers": {}}),
    "header pair": ("hunter2", {"type": "x", "list": [{"name": "X-Api-Key", "value": "hunter2"}]},
                    {"type": "x", "list": [{"name": "Accept", "value": "text/html"}]}),
    "authorization": ("mcp-tok-77", tool(authorization="mcp-tok-77"), tool(require_approval="never")),
    "deep authorization": ("mcp-tok-77", {"type": "x", "a": [{"Proxy-Authorization": ["mcp-tok-77"]}]},
                           {"type": "x", "a": [{"authorized": ["yes"]}]}),
    "session token": ("FwoGZXIvYXdzE", {"type": "x", "aws_session_token": "FwoGZXIvYXdzE"},
                      {"type": "response.done", "response": {"usage": {"input_token_details": {"a": 1}}}}),
    "access key": ("wJalrXUtnFEMI", {"type": "x", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI"},
                   {"type": "x", "key": "C minor"}),
    "azure name": ("0a1b2c3d", {"type": "x", "api-key": "0a1b2c3d"}, session(max_output_tokens="inf")),
    "cookie": ("8f3a", {"type": "x", "Set-Cookie": "8f3a"}, {"type": "x", "cookie_policy": "none"}),
    "as a name": ("ek_68af296e8e408191a1120a", {"type": "x", "by_key": {"ek_68af296e8e408191a1120a": 1}},
                  {"type": "x", "by_key": {"a": 1}}),
    # tools: JSON as text, whole and in pieces
    "tool output": ("hunter2", output(user="ann", password="hunter2"), output(user="ann", tokens=["a", "b"], pages=2)),
    "tool output, listed": ("hunter2", note('[{"api_key": "hunter2"}]'), note('[{"api": "hunter2"} ]')),
    "tool arguments": ("0123456789", {"type": "x", "arguments": '{"to": "0123456789"}'},
                       {"type": "x", "arguments": '{ "to":  "Berlin, 2 seats" }'}),
    "in pieces": ("sk-proj-A", {"type": "response.function_call_arguments.delta", "delta": '{"k": "sk-proj-A'},
                  {"type": "response.output_audio_transcript.delta", "delta": "Long ago"}),
    "default of a tool": ("sk-proj-AbCdEf0123456789", tool(parameters={"k": {"default": "sk-proj-AbCdEf0123456789"}}),
                          tool(parameters={"k": {"default": "none", "description": "what to look up"}})),
    # the operator's words
    "instructions": ("You are Ada", session(instructions="You are Ada, owned by ACME."), session(instructions="")),
    "of one response": ("Never say no", {"type": "response.create", "response": {"instructions": "Never say no."}},
                        {"type": "response.create", "response": {"metadata": {"topic": "demo"}}}),
    "prompt": ("ACME", session(prompt={"id": "pmpt_1", "variables": {"owner": "ACME"}}), session(prompt=None)),
    "transcription prompt": ("ACME words", session(audio={"input": {"transcription": {"prompt": "ACME words"}}}),
                             {"type": "x", "usage": {"prompt_tokens": 5}}),
    "system message": ("Discount at most", {"type": "conversation.item.create", "item": {"role": "system", "content": [
        {"type": "input_text", "text": "Discount at most 12 %."}]}},
        {"type": "conversation.item.create", "item": {"role": "user", "content": [
            {"type": "input_text", "text": "Discount, please."}]}}),
    # telephones
    "SIP header": ("4155550134", {"type": "x", "sip_headers": [{"name": "From", "value": "<sip:+14155550134@pbx>"}]},
                   {"type": "x", "sip_headers": []}),
    "SIP credentials": ("digest-8", {"type": "x", "sip_headers": [{"name": "Authorization", "value": "digest-8"}]},
                        {"type": "x", "sip_headers": None}),
    "SIP address": ("14155550134", note("<sip:+14155550134@pbx.example;user=phone>"), note("a sip: of water")),
    "tel": ("4155550136", {"type": "x", "uri": "tel:+14155550136"}, {"type": "x", "uri": "hotel:5"}),
    "caller": ("5550135", {"type": "x", "caller": "+1 (415) 5550135"}, {"type": "x", "caller": "Ann, room 5"}),
    "a number as a number": ("14155550134", {"type": "x", "from": 14_155_550_134}, {"type": "x", "from": 3, "to": 250}),
    "deep number": ("5550137", {"type": "x", "to": {"home": ["415 5550137"]}},
                    {"type": "x", "from": "Monday 9:30", "to": "2026-11-23", "caller": "10.0.120.112"}),
    "free number": ("415 5550138", note("transferred to +1 415 5550138"),
                    {"type": SAID, "transcript": "Call me at +1 415 5550138, my password is a secret: none."}),
    "key presses": ('"event":"7"', {"type": "input_audio_buffer.dtmf_event_received", "event": "7"},
                    {"type": "x", "event": "7", "received_at": 1_790_000_000}),
}  # fmt: skip

#: What is said in a conversation, and what counts it.
KEPT = [
    {"type": SAID, "transcript": "My instructions are simple: from Monday to 415 555 0134.",
     "logprobs": [{"token": "sk", "logprob": -0.1, "bytes": [67]}]},
    {"type": "response.done", "response": {"id": "resp_68af296e8e408191a1120a", "usage": {"output_tokens": 5}}},
    {"type": "rate_limits.updated", "rate_limits": [{"name": "tokens", "limit": 20_000, "reset_seconds": 3.0}]},
    {"type": "session.created", "session": {"id": "sess_68af296e8e40", "model": "gpt-realtime-2025-08-28"}},
]  # fmt: skip


def compact(payload):
    """As it is written."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize("case", CASES)
def test_a_secret_goes_and_its_twin_stays(case):
    """What stands there instead says so, and is counted; nothing is changed that is none."""
    secret, payload, twin = CASES[case]
    redactor = Redactor()
    assert secret in compact(payload)
    cleaned = redactor.clean(payload)
    assert secret not in compact(cleaned)
    assert LEFT_OUT in compact(cleaned)
    assert 0 < sum(redactor.counts.values())
    untouched = Redactor()
    assert twin == untouched.clean(twin)
    assert {} == untouched.counts


@pytest.mark.parametrize("case", CASES)
def test_what_is_cleaned_stays_clean(case):
    """A session that is cleaned again changes no more, and the payload given is never changed."""
    _, payload, _ = CASES[case]
    before = compact(payload)
    once = Redactor().clean(payload)
    again = Redactor()
    assert once == again.clean(once)
    assert before == compact(payload)


@pytest.mark.parametrize("payload", KEPT, ids=lambda p: p["type"])
def test_the_conversation_stays(payload):
    """Words, counts called tokens, logprobs, ids."""
    assert payload == Redactor().clean(payload)


def test_no_secret_is_written(tmp_path):
    """In no file of the folder, wherever it hid; and the import says how many of which kind."""
    log = openai()
    for n, (_, payload, _) in enumerate(CASES.values()):
        log.lines.append({"t": 9_500 + n, "dir": "s2c" if payload["type"] == "x" else "c2s", "ev": payload})
    made = bring(log, tmp_path)
    written = b"".join(p.read_bytes() for p in sorted(made.session.folder.iterdir())).decode("latin-1")
    assert [] == [secret for secret, _, _ in CASES.values() if secret in written]
    assert len(CASES) <= written.count(LEFT_OUT)
    (said,) = [n for n in made.notes if n.startswith("left out: ")]
    assert "instructions ×5" in said
    assert "SIP header ×2" in said
    assert "key presses ×1" in said


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a": ', "{not json}", "[1, 2"])
def test_what_only_looks_like_json_is_text(text):
    """And is left as it is."""
    assert note(text) == Redactor().clean(note(text))


@pytest.mark.parametrize("odd", [None, "From: +14155550134", 5, {"From": "+14155550134"}, [None, "+14155550134"]])
def test_headers_of_any_shape(odd):
    """SIP headers come as a list; a server that writes them otherwise stops no import."""
    assert "4155550134" not in compact(Redactor().clean({"type": "x", "sip_headers": odd}))
