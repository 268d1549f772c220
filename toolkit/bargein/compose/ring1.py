"""The scenes that come along: read speech of telephone prompts, both providers, every situation with every cause.

The agent is the English voice, the users are the French, the Italian and the Russian one. A short thank-you stands
for a backchannel: the prompts hold no "mm-hm".
"""

from __future__ import annotations

from typing import Any

from bargein.compose.scene import Act, Cue, Room, Scene
from bargein.metrics.onsets import RESUMPTION_MS
from bargein.settings import SemanticVad, ServerVad

FIRST = Cue("session", 1, 1_900)


def _openai(threshold: float, prefix: int, silence: int, *, interrupt: bool = True) -> ServerVad:
    return ServerVad(threshold, prefix, silence, create_response=True, interrupt_response=interrupt)


#: Settings in force. The origin's are ``SEMANTIC`` and ``ORIGIN``; ``LIVE`` is what gpt-realtime had by itself.
USUAL, LIVE, PATIENT = _openai(0.5, 300, 500), _openai(0.5, 300, 200), _openai(0.7, 300, 800)
SEMANTIC = SemanticVad("auto", create_response=True, interrupt_response=True)
ORIGIN, DEFAULT, QUICK = ServerVad(0.3, 150, 800), ServerVad(0.85, 333, 500), ServerVad(0.5, 300, 200)

#: What the agent can say: long enough to be interrupted while it is generated, or short enough to be heard out.
LONG = {"dial": ("en/priv-callee-options",), "congrats": ("en/demo-congrats",), "company": ("en/basic-pbx-ivr-main",),
        "echo": ("en/demo-echotest",), "mute": ("en/conf-adminmenu-18",), "options": ("en/screen-callee-options",),
        "attempt": ("en/demo-abouttotry",), "messages": ("en/vm-msginstruct",)}  # fmt: skip
SHORT = {"folders": ("en/vm-opts-full",), "nogo": ("en/demo-nogo",), "busy": ("en/tt-allbusy",),
         "wait": ("en/queue-periodic-announce",), "review": ("en/vm-review",), "look": ("en/vm-instructions",),
         "keywords": ("en/demo-enterkeywords",), "person": ("en/dir-instr",), "welcome": ("en/vm-newuser",),
         "thanks": ("en/demo-thanks",), "next": ("en/queue-youarenext",), "nobox": ("en/vm-nobox",),
         "service": ("en/ss-noservice",), "locate": ("en/followme-status",), "invalid": ("en/pbx-invalid",),
         "hold": ("en/priv-introsaved",), "number": ("en/privacy-prompt",), "which": ("en/vm-savefolder",),
         "connect": ("en/pls-hold-while-try",)}  # fmt: skip
LINES = LONG | SHORT


def _scene(id: str, settings: Any, replies: str, *acts: Act, situation: str, **more: Any) -> Scene:
    """A scene with the model of its provider; replies by their short names."""
    openai = id.startswith("openai")
    model = "gpt-realtime-2.1" if openai else "grok-voice-think-fast-2.0"
    lines = tuple(LINES[name] for name in replies.split())
    facts = {"provider": "openai" if openai else "xai", "model": model} | more
    return Scene(id=id, settings=settings, replies=lines, acts=acts, situation=situation, **facts)


def _turn(*clips: str, cue: Cue = FIRST, pause: tuple[int, int] | None = None) -> Act:
    return Act("turn", cue, clips, pause=pause)


def _cut(clip: str, n: int, ms: int) -> Act:
    return Act("interruption", Cue("heard", n, ms), (clip,))


def _aside(clip: str, n: int, ms: int) -> Act:
    return Act("backchannel", Cue("heard", n, ms), (clip,))


def _tail(clip: str, n: int, ms: int) -> Act:
    return Act("interruption", Cue("generated", n, ms), (clip,))


def _then(n: int, clip: str, ms: int = 2_200) -> Act:
    """What the user says once the n-th reply has been heard out."""
    return Act("turn", Cue("drained", n, ms), (clip,))


#: A pause the agent speaks into: longer than an end silence of 200 ms and the way to its first sound, and short enough
#: for what follows to be a resumption.
CUT_OFF = (900, RESUMPTION_MS - 1)
STAND_IN = ("a short word of thanks stands for the backchannel",)
B, C, D = "stragglers", "interrupt_response-false", "local-vad-cut"
NO_INTERRUPT, NO_INTERRUPT_USUAL = _openai(0.5, 300, 200, interrupt=False), _openai(0.5, 300, 500, interrupt=False)

SCENES: tuple[Scene, ...] = (
    # ---- OpenAI, as recorded
    _scene("openai-01-interruption", USUAL, "company wait number", _turn("fr/info-about-last-call"),
           _cut("fr/please-try-again", 1, 2_100), _then(2, "fr/hello"), situation="interruption"),
    _scene("openai-02-tail", USUAL, "folders next which", _turn("it/check-number-dial-again"),
           _tail("it/do-not-disturb", 1, 1_900), _then(2, "it/hello"), situation="tail", truncates=True,
           policy="keyed"),
    _scene("openai-03-backchannel", LIVE, "options invalid connect", _turn("ru/conf-onlyperson"),
           _aside("ru/auth-thankyou", 1, 1_900), _then(2, "ru/digits-2"), situation="backchannel",
           model="gpt-realtime", policy="suppress", notes=STAND_IN),
    _scene("openai-04-cough", PATIENT, "attempt service hold", _turn("fr/feature-not-avail-line"),
           Act("tic", Cue("heard", 1, 1_600)), _then(2, "fr/digits-today"), situation="cough"),
    _scene("openai-05-noise", USUAL, "messages hold connect", _turn("it/info-about-last-call"),
           Act("noise", Cue("heard", 1, 1_500)), _then(2, "it/im-sorry"), situation="noise", policy="keyed",
           truncates=True),
    _scene("openai-06-echo", LIVE, "options number which", _turn("ru/info-about-last-call"),
           Act("echo", Cue("heard", 1), phrase=1), _then(2, "ru/digits-3"), situation="echo", model="gpt-realtime",
           room=Room()),
    _scene("openai-07-echo-unheeded", USUAL, "review locate", _turn("fr/vm-nonumber"), _then(1, "fr/digits-2"),
           situation="echo", room=Room(gain_db=-26.0), policy="suppress"),
    _scene("openai-08-pause-cut-off", LIVE, "busy wait number", _turn("it/vm-nonumber", "it/please-try-again",
           pause=CUT_OFF), _then(2, "it/digits-today"), situation="pause", model="gpt-realtime",
           transcription="gpt-4o-mini-transcribe"),
    _scene("openai-09-pause-held", PATIENT, "look connect", _turn("ru/vm-nobodyavail", "ru/please-try-again",
           pause=(330, 700)), _then(1, "ru/hello"), situation="pause", policy="suppress"),
    _scene("openai-10-short-answer", USUAL, "which number thanks", _turn("fr/hello"), _then(1, "fr/digits-1"),
           _then(2, "fr/digits-3", 2_600), situation="short answer", policy="suppress"),
    _scene("openai-11-double-interruption", LIVE, "mute options person", _turn("it/demo-nomatch"),
           _cut("it/vm-no", 1, 1_900), _cut("it/cancelled", 2, 1_800), _then(3, "it/digits-1"),
           situation="double interruption", model="gpt-realtime", policy="keyed", truncates=True),
    _scene("openai-12-plain", USUAL, "review keywords", _turn("ru/vm-nonumber"), _then(1, "ru/digits-today"),
           situation="plain", policy="indicator"),
    _scene("openai-13-beta-interruption", LIVE, "echo welcome connect", _turn("fr/vm-nobodyavail"),
           _cut("fr/do-not-disturb", 1, 2_000), _then(2, "fr/auth-thankyou"), situation="interruption",
           model="gpt-4o-realtime-preview", beta=True, policy="suppress"),
    _scene("openai-14-semantic-interruption", SEMANTIC, "congrats nobox which", _turn("it/conf-onlyperson"),
           _cut("it/something-terribly-wrong", 1, 1_800), _then(2, "it/vm-Urgent"), situation="interruption",
           transcription="gpt-4o-mini-transcribe"),
    _scene("openai-15-semantic-tail", SEMANTIC, "nogo invalid", _turn("ru/demo-nomatch"),
           _tail("ru/one-moment-please", 1, 1_700), situation="tail", transcription="gpt-4o-mini-transcribe"),
    _scene("openai-16-semantic-plain", SEMANTIC, "wait thanks", _turn("fr/something-terribly-wrong"),
           _then(1, "fr/goodbye", 3_000), situation="plain", transcription="gpt-4o-mini-transcribe"),
    # ---- OpenAI, with late deltas that no recording shows
    _scene("openai-17-stragglers", USUAL, "company service hold", _turn("it/feature-not-avail-line"),
           _cut("it/one-moment-please", 1, 2_000), _then(2, "it/digits-2"), situation="interruption", cause=B,
           stragglers=(1, 1)),
    _scene("openai-18-stragglers-double", LIVE, "mute options connect which", _turn("ru/feature-not-avail-line"),
           _cut("ru/vm-no", 1, 1_900), _cut("ru/cancelled", 2, 1_700), _then(3, "ru/auth-thankyou"),
           situation="double interruption", cause=B, stragglers=(3, 3), model="gpt-realtime", policy="keyed",
           truncates=True),
    _scene("openai-19-stragglers-backchannel", USUAL, "options number connect",
           _turn("fr/sorry-youre-having-problems"), _aside("fr/auth-thankyou", 1, 1_700), _then(2, "fr/digits-3"),
           situation="backchannel", cause=B, stragglers=(1, 3), policy="suppress", notes=STAND_IN),
    _scene("openai-20-stragglers-cough", LIVE, "attempt invalid which", _turn("it/sorry-youre-having-problems"),
           Act("tic", Cue("heard", 1, 1_300)), _then(2, "it/hello"), situation="cough", cause=B, stragglers=(2, 2),
           model="gpt-realtime"),
    # ---- OpenAI, told not to interrupt
    _scene("openai-21-no-interrupt", NO_INTERRUPT_USUAL, "mute hold", _turn("ru/sorry-youre-having-problems"),
           _cut("ru/vm-no", 1, 1_100), situation="interruption", cause=C),
    _scene("openai-22-no-interrupt-repeated", NO_INTERRUPT, "options connect next", _turn("fr/conf-onlyperson"),
           _cut("fr/vm-no", 1, 900), _tail("fr/cancelled", 1, 1_600), _then(3, "fr/im-sorry"),
           situation="interruption", cause=C, model="gpt-realtime"),
    _scene("openai-23-no-interrupt-backchannel", NO_INTERRUPT, "options locate", _turn("it/vm-nobodyavail"),
           _aside("it/auth-thankyou", 1, 1_000), situation="backchannel", cause=C, model="gpt-realtime",
           policy="suppress", notes=STAND_IN),
    _scene("openai-24-no-interrupt-keyed", NO_INTERRUPT, "mute service", _turn("ru/something-terribly-wrong"),
           _cut("ru/cancelled", 1, 1_000), _then(2, "ru/one-moment-please", 3_000), situation="interruption", cause=C,
           model="gpt-realtime", policy="keyed", truncates=True),
    # ---- xAI, as recorded
    _scene("grok-01-interruption", ORIGIN, "company next which", _turn("it/vm-mismatch"),
           _cut("it/please-try-again", 1, 1_500), _then(2, "it/digits-2"), situation="interruption"),
    _scene("grok-02-tail", DEFAULT, "nogo service connect", _turn("ru/check-number-dial-again"),
           _tail("ru/do-not-disturb", 1, 1_500), _then(2, "ru/hello"), situation="tail", policy="keyed"),
    # ---- xAI, cut by a detector beside the loudspeaker
    _scene("grok-03-local-vad-cut", ORIGIN, "echo locate which", _turn("fr/check-number-dial-again"),
           _cut("fr/vm-no", 1, 1_290), _then(2, "fr/digits-1"), situation="interruption", cause=D,
           policy="stop-only@local-vad"),
    _scene("grok-04-local-vad-cut-keyed", DEFAULT, "mute hold connect", _turn("ru/vm-mismatch"),
           _cut("ru/vm-no", 1, 1_470), _then(2, "ru/digits-tomorrow"), situation="interruption", cause=D,
           policy="keyed@local-vad"),
    _scene("grok-05-local-vad-cut-backchannel", ORIGIN, "echo number connect", _turn("it/check-number-dial-again"),
           _aside("it/auth-thankyou", 1, 1_370), _then(2, "it/digits-3"), situation="backchannel", cause=D,
           policy="suppress@local-vad", notes=STAND_IN),
    # ---- xAI, as recorded
    _scene("grok-06-backchannel", QUICK, "options service which", _turn("fr/followme-sorry"),
           _aside("fr/auth-thankyou", 1, 1_300), _then(2, "fr/digits-2"), situation="backchannel", policy="suppress",
           notes=STAND_IN),
    _scene("grok-07-cough", DEFAULT, "review thanks", _turn("it/followme-sorry"),
           Act("tic", Cue("heard", 1, 2_200), taken=False), _then(1, "it/goodbye"), situation="cough"),
    _scene("grok-08-noise", ORIGIN, "options locate number", _turn("ru/followme-sorry"),
           Act("noise", Cue("heard", 1, 1_100)), _then(2, "ru/digits-1"), situation="noise", policy="suppress"),
    _scene("grok-09-echo", ORIGIN, "mute number which", _turn("fr/ss-noservice"),
           Act("echo", Cue("heard", 1), phrase=1), _then(2, "fr/im-sorry"), situation="echo", room=Room()),
    _scene("grok-10-pause-cut-off", QUICK, "busy next connect", _turn("it/vm-nobodyavail", "it/do-not-disturb",
           pause=CUT_OFF), _then(2, "it/digits-1"), situation="pause"),
    _scene("grok-11-pause-held", ORIGIN, "keywords which", _turn("ru/vm-nonumber", "ru/info-about-last-call",
           pause=(380, 780)), _then(1, "ru/digits-2"), situation="pause", policy="keyed"),
    _scene("grok-12-short-answer", DEFAULT, "which number thanks", _turn("it/hello"), _then(1, "it/digits-1"),
           _then(2, "it/digits-2", 2_600), situation="short answer", policy="suppress"),
    _scene("grok-13-double-interruption", DEFAULT, "echo company connect", _turn("ru/ss-noservice"),
           _cut("ru/please-try-again", 1, 1_300), _cut("ru/vm-Urgent", 2, 1_300), situation="double interruption",
           policy="keyed"),
    _scene("grok-14-plain", ORIGIN, "look welcome", _turn("fr/vm-mismatch"), _then(1, "fr/digits-tomorrow"),
           situation="plain", policy="indicator"),
)  # fmt: skip
