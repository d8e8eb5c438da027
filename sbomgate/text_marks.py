"""What is odd about a text that an agent takes up as instructions: what people do not see in it, and what it tells the agent to do.

`marks` is a pure function, linear in the text. Kinds of marks:

    hidden message      `tag-message` · `variation-message` · `zero-width-message`: letters in characters without a shape, decoded
    invisible           `zero-width` · `joiner` · `variation` · `filler` · `control` · `bidi`: characters without a shape, not decoded
    reordered           `bidi-override` · `terminal-escape`: what is shown is not what is read
    look-alike          `homoglyph`: a letter of another script inside a name, a host or a command
    out of sight        `comment` · `style` · `far-text` · `blob`: a directive where no reader of the page finds it
    delimiter           `role-tag`: what models take for the end of a user's or of the system's words
    directive           `override` · `conceal` · `exfiltrate` · `read-secret` · `fetch-and-run` · `weaken` · `unasked` · `remote-instructions`

What prose of any script needs is none of these: emoji with joiners and selectors, flags, joiners of Arabic, Persian and Indic
scripts, marks of direction beside letters that run from right to left, variants of CJK characters, spaces of zero width in Thai
and Khmer. Sources: Unicode Standard Annex 9, Technical Reports 36, 39 and 51.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple


class Mark(NamedTuple):
    """One oddity of a text."""

    kind: str
    line: int
    detail: str
    """What it says or consists of, on one line and cut."""


MAX_MARKS: Final = 100
"""Of one text."""
MAX_DETAIL: Final = 300
HIDDEN_MESSAGES: Final = frozenset({"tag-message", "variation-message", "zero-width-message"})
INVISIBLE: Final = frozenset({"zero-width", "joiner", "variation", "filler", "control", "bidi"})
OUT_OF_SIGHT: Final = frozenset({"comment", "style", "far-text", "blob"})
HOSTILE: Final = frozenset({"override", "conceal", "exfiltrate", "read-secret"})
"""Directives that no honest instructions need."""

_ODD: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e01ef]+"
)
_RTL: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_CJK: Final = re.compile("[\u2e80-\u30ff\u3100-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_ZERO_WIDTH: Final = frozenset("\u200b\u2060\u2061\u2062\u2063\u2064\ufeff\u180e")
_JOINERS: Final = frozenset("\u200c\u200d")
_BIDI: Final = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_OVERRIDES: Final = frozenset("\u202d\u202e")
_CLOSERS: Final = frozenset("\u202c\u2069")
_FLAG: Final = "\U0001f3f4"
_REGIONS: Final = frozenset("".join(chr(0xE0000 + ord(c)) for c in region) + "\U000e007f" for region in ("gbeng", "gbsct", "gbwls"))
_EMOJI_STYLES: Final = frozenset("\ufe0e\ufe0f")
_MIN_STREAM: Final = 16
_MIN_FILLERS: Final = 3


def marks(text: str) -> list[Mark]:
    """The marks of `text`, in order of lines."""
    found: list[Mark] = []
    lines = _Lines(text)
    found += _characters(text, lines)
    found += _out_of_sight(text, lines)
    found += _role_tags(text, lines)
    found += _look_alikes(text, lines)
    found += _directives(text, lines)
    found.sort()
    found.sort(key=lambda mark: mark.line)
    return found[:MAX_MARKS]


class _Lines:
    """The number of the line of each place in a text, asked for in any order."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts: list[int] | None = None

    def at(self, position: int) -> int:
        from bisect import bisect_right

        if self._starts is None:
            self._starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        return bisect_right(self._starts, position)

    def within(self, position: int) -> tuple[int, int]:
        """Where the line of `position` begins and ends."""
        number = self.at(position)
        assert self._starts is not None, "`at` fills it"
        end = self._starts[number] - 1 if number < len(self._starts) else len(self.text)
        return self._starts[number - 1], end


# --- characters without a shape ----------------------------------------------------------------------------------------


class _Tally:
    """The characters of one kind that were found in a text."""

    def __init__(self) -> None:
        self.at = -1
        self.count = 0
        self.points: dict[str, int] = {}
        self.characters: list[str] = []

    def add(self, position: int, characters: str) -> None:
        if self.at < 0:
            self.at = position
        self.count += len(characters)
        self.characters.append(characters)
        for character in characters:
            self.points[character] = self.points.get(character, 0) + 1

    @property
    def said(self) -> str:
        """`U+200B ×3, U+2060`."""
        shown = [f"U+{ord(c):04X}" + (f" ×{count}" if count > 1 else "") for c, count in sorted(self.points.items())[:8]]
        return ", ".join(shown) + (" and others" if len(self.points) > len(shown) else "")


def _characters(text: str, lines: _Lines) -> Iterator[Mark]:
    tallies: dict[str, _Tally] = {}
    rtl_lines: dict[int, bool] = {}

    def take(kind: str, position: int, characters: str) -> None:
        if characters not in _CLOSERS or "bidi" in tallies:
            tallies.setdefault(kind, _Tally()).add(position, characters)

    for match in _ODD.finditer(text):
        start, end = match.span()
        run = match[0]
        if start == 0 and run[0] == "\ufeff":  # a byte-order mark
            run, start = run[1:], 1
            if not run:
                continue
        before, after = text[start - 1] if start else "", text[end] if end < len(text) else ""
        if before == _FLAG and run in _REGIONS:
            continue
        _take_run(text, run, start, before, after, lines, rtl_lines, take)
    yield from _told(tallies, lines, text)


def _take_run(
    text: str,
    run: str,
    start: int,
    before: str,
    after: str,
    lines: _Lines,
    rtl_lines: dict[int, bool],
    take: Callable[[str, int, str], None],
) -> None:
    previous = before
    selectors = _selectors(run)
    smuggles = len(selectors) > 1 and not _EMOJI_STYLES.issuperset(selectors)
    is_latin = _is_latin(before) and _is_latin(after)
    for offset, character in enumerate(run):
        position, code = start + offset, ord(character)
        if 0xE0000 <= code <= 0xE007F:
            take("tag-message", position, character)
        elif 0xFE00 <= code <= 0xFE0F or code >= 0xE0100:
            if smuggles or _is_odd_selector(previous, character):
                take("variation-message" if smuggles else "variation", position, character)
        elif character in _ZERO_WIDTH:
            if is_latin:
                take("zero-width", position, character)
        elif character in _JOINERS:
            if is_latin and _is_word(before) and _is_word(after):
                take("joiner", position, character)
        elif character in _BIDI:
            number = lines.at(position)
            if number not in rtl_lines:
                rtl_lines[number] = bool(_RTL.search(text, *lines.within(position)))
            if character in _OVERRIDES:
                if re.search(r"[^\W\d_]", text[position + 1 : position + 80].partition("\u202c")[0]):
                    take("bidi-override", position, character)  # not around a telephone number, as address books copy it
            elif not rtl_lines[number]:
                take("bidi", position, character)
        elif code < 0x20 or code == 0x7F:
            if character == "\x1b" and (after in ("[", "]", "P", "_", "^") or offset + 1 < len(run)):
                take("terminal-escape", position, character)
            else:
                take("control", position, character)
        elif not (_is_hangul(before) or _is_hangul(after)) and not (code == 0x2800 and (_is_braille(before) or _is_braille(after))):
            if 0x180B <= code <= 0x180F or code in (0x17B4, 0x17B5) or (code == 0x34F and not is_latin):
                continue  # selectors of Mongolian, vowels of Khmer, a joiner of combining marks: where their scripts have them
            take("filler", position, character)
        previous = character


def _selectors(run: str) -> str:
    return "".join(c for c in run if "\ufe00" <= c <= "\ufe0f" or c >= "\U000e0100")


def _is_odd_selector(base: str, selector: str) -> bool:
    """Whether a single variation selector stands behind what has no variants."""
    if selector in _EMOJI_STYLES:
        return base.isspace() or (base.isascii() and base.isalpha())
    return bool(base) and (base.isascii() and (base.isalpha() or base.isspace()))


def _is_latin(character: str) -> bool:
    """Whether nothing beside it can need characters without a shape: ASCII, or the edge of the text."""
    return not character or character.isascii()


def _is_word(character: str) -> bool:
    return bool(character) and character.isascii() and character.isalnum()


def _is_hangul(character: str) -> bool:
    return bool(character) and ("\u1100" <= character <= "\u11ff" or "\u3130" <= character <= "\u318f" or "\uac00" <= character <= "\ud7ff")


def _is_braille(character: str) -> bool:
    return bool(character) and "\u2801" <= character <= "\u28ff"


def _told(tallies: dict[str, _Tally], lines: _Lines, text: str) -> Iterator[Mark]:
    for kind, tally in tallies.items():
        characters = "".join(tally.characters)
        detail = tally.said
        if kind == "tag-message":
            message = "".join(chr(ord(c) - 0xE0000) for c in characters if 0xE0020 <= ord(c) < 0xE007F)
            yield _mark(kind, lines.at(tally.at), f"{message} ({tally.count} tag characters)" if message else detail)
            continue
        if kind == "variation-message":
            message = _readable(bytes(_byte(c) for c in characters))
            yield _mark(kind if message else "variation", lines.at(tally.at), f"{message} ({detail})" if message else detail)
            continue
        if kind == "zero-width" and tally.count >= _MIN_STREAM and (bits := _streamed(characters)) is not None:
            yield _mark("zero-width-message", lines.at(tally.at), f"{bits} ({detail})" if bits else detail)
            continue
        if kind == "zero-width" and tally.count < 2 and not _between_letters(text, tally.at):
            continue
        if kind == "filler" and tally.count < _MIN_FILLERS:
            continue
        if kind == "bidi" and _is_unbalanced(characters):
            kind = "bidi-override"  # it reaches beyond its line just so
        yield _mark(kind, lines.at(tally.at), detail)


def _byte(selector: str) -> int:
    code = ord(selector)
    return code - 0xFE00 if code < 0xE0000 else code - 0xE0100 + 16


def _readable(data: bytes) -> str:
    """`data` as text, if it is one."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return text if len(text) > 2 and sum(c.isprintable() or c in "\n\t" for c in text) >= len(text) * 0.9 else ""


def _streamed(characters: str) -> str | None:
    """What a stream of two characters says as bits, empty if it cannot be read; None if it is no stream."""
    kinds = sorted(set(characters))
    if len(kinds) != 2:
        return None
    for one in kinds:
        bits = "".join("1" if c == one else "0" for c in characters[: 8 * 4096])
        data = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) - 7, 8))
        if message := _readable(data):
            return message
    return ""


def _between_letters(text: str, position: int) -> bool:
    return 0 < position < len(text) - 1 and _is_word(text[position - 1]) and _is_word(text[position + 1])


def _is_unbalanced(characters: str) -> bool:
    """Whether an embedding or isolate is opened and not closed."""
    opened = sum(characters.count(c) for c in "\u202a\u202b\u2066\u2067\u2068")
    return opened > sum(characters.count(c) for c in "\u202c\u2069")


# --- directives --------------------------------------------------------------------------------------------------------

_PRIVATE: Final = (
    r"(?:~/\.ssh\b|\.ssh/|\bid_(?:rsa|ed25519|ecdsa)\b|\.aws/credentials|\.netrc\b|\.git-credentials|\.kube/config|\.npmrc\b|\.pypirc\b"
    r"|/etc/(?:passwd|shadow)|(?<![\w./-])\.env\b(?!\.(?:example|sample|template))|\bprivate keys?\b|\bssh keys?\b|\bkeychain\b"
    r"|\b(?:all |the )(?:environment variables|secrets|credentials|api keys|access tokens|passwords)\b)"
)
_PLACE: Final = r"(?:https?://|\bwebhook\b|\b(?:this|the following|our|my) (?:server|url|endpoint|address|host)\b)"
_USERS: Final = r"\b(?:user|human|developer|operator|owner|reviewer|maintainer)s?\b"
_SHELL: Final = (
    r"(?:sudo\s+(?:-\w+\s+){0,3})?(?:/usr/bin/env\s+|/bin/|/usr/bin/)?(?:(?:ba|z|da|k|fi)?sh|python3?|node|perl|ruby|pwsh|iex)\b"
)


class _Directive(NamedTuple):
    kind: str
    needles: tuple[str, ...]
    """One of them is in every text that fits, in lower case: most texts need no expression."""
    pattern: str
    hidden_only: bool = False
    """Too common to count in a text that everybody sees."""


_DIRECTIVES: Final = (
    _Directive(
        "override",
        ("ignore", "disregard", "forget"),
        r"\b(?:ignore|disregard|forget)\s+(?:all\s+|any\s+|every\s+)?(?:of\s+)?(?:the\s+|your\s+|my\s+)?"
        r"(?:(?:previous|prior|earlier|above|preceding|foregoing|system|safety|other|existing)\s+){1,3}"
        r"(?:instruction|prompt|rule|message|direction|guideline|command)s?\b",
    ),
    _Directive(
        "conceal",
        ("tell", "mention", "inform", "notify", "alert", "reveal", "disclose", "report", "warn", "show"),
        r"\b(?:do not|don't|never)\s+(?:tell|mention|inform|notify|alert|reveal|disclose|report|warn|show)\b[^.\n]{0,40}"
        rf"(?:{_USERS}[^.\n]{{0,30}})?\b(?:this (?:step|action|instruction|command|change|file|rule|request|comment|section)|these (?:step|action|instruction|command|change)s?"
        r"|that you (?:ran|run|did|have|are|read|sent|send)|what you (?:did|ran|are doing|have done)|you (?:ran|did|sent) (?:this|it))\b",
    ),
    _Directive(
        "conceal",
        ("user", "human", "developer", "operator", "owner", "reviewer", "maintainer"),
        r"\b(?:do not|don't|never|without)\s+(?:tell|mention|inform|notify|alert|reveal|disclos|report|warn|show|ask)\w*\b"
        rf"[^.\n]{{0,40}}{_USERS}",
        hidden_only=True,
    ),
    _Directive(
        "conceal",
        ("silently", "secretly"),
        r"\b(?:silently|secretly)\s+(?:send|upload|post|exfiltrate|copy|forward|transmit|run|execute|install)\b",
    ),
    _Directive(
        "exfiltrate",
        ("send", "post", "upload", "exfiltrat", "transmit", "forward", "email", "leak", "curl", "wget"),
        rf"\b(?:send|post|upload|exfiltrate|transmit|forward|email|leak|curl|wget)\b[^\n]{{0,100}}{_PRIVATE}[^\n]{{0,80}}{_PLACE}",
    ),
    _Directive(
        "exfiltrate",
        ("send", "post", "upload", "exfiltrat", "transmit", "forward", "email", "leak"),
        rf"{_PRIVATE}[^\n]{{0,60}}\b(?:send|post|upload|exfiltrate|transmit|forward|email|leak)\b[^\n]{{0,60}}{_PLACE}",
    ),
    _Directive(
        "read-secret",
        (".ssh", "id_rsa", "id_ed25519", ".aws/", ".netrc", ".git-credentials", "/etc/shadow", ".kube/config"),
        r"\b(?:read|cat|open|print|dump|collect|gather|copy|fetch|include|search for|look for|extract|attach)\b[^.\n]{0,60}"
        r"(?:~/\.ssh/id_|\bid_(?:rsa|ed25519)\b(?!\.pub)|\.aws/credentials|\.netrc\b|\.git-credentials|/etc/shadow|\.kube/config)",
    ),
    _Directive("fetch-and-run", ("curl", "wget"), rf"\b(?:curl|wget)\s[^\n|]{{0,300}}\|\s{{0,4}}{_SHELL}"),
    _Directive(
        "fetch-and-run", ("curl", "wget"), r"\b(?:(?:ba|z|da)?sh(?:\s+-c)?|eval|source|\.)\s+[\"']?(?:<\(|\$\(|`)\s{0,4}(?:curl|wget)\s"
    ),
    _Directive(
        "fetch-and-run",
        ("iex", "invoke-expression"),
        r"\b(?:iwr|irm|invoke-webrequest|invoke-restmethod)\s[^\n|]{0,300}\|\s{0,4}(?:iex|invoke-expression)\b",
    ),
    _Directive(
        "fetch-and-run", ("iex", "invoke-expression"), r"\b(?:iex|invoke-expression)\s{0,4}\(+\s{0,4}(?:iwr|irm|new-object|invoke-)"
    ),
    _Directive(
        "weaken",
        ("--dangerously", "bypasspermissions", "--yolo", "--allow-all-tools", "skipdangerousmode"),
        r"(?:^|[-*>;:.]\s{1,4}|\d\.\s|\b(?:always|must|should|please|then|and)\s)(?:use|run|start|pass|add|set|enable|invoke|launch|switch to)\b[^\n]{0,100}?"
        r"(?:--dangerously-[\w-]{3,60}|--allow-dangerously-[\w-]{3,60}|\bbypasspermissions\b|--yolo\b|--allow-all-tools\b|skipdangerousmodepermissionprompt)",
    ),
    _Directive(
        "weaken",
        ("disable", "turn off", "switch off", "bypass", "skip", "remove", "deactivate"),
        r"(?:^|[-*>;:.,]\s{1,4}|\d\.\s|\b(?:always|must|should|please|then|and|to)\s)(?:disable|turn off|switch off|bypass|skip|remove|deactivate)\s"
        r"(?:(?:all|any|the|your|every|its|these|this|claude's|cursor's|agent's)\s){0,2}"
        r"(?:permission (?:prompt|check|rule)s?|confirmation (?:prompt|dialog)s?|approval (?:prompt|check)s?|deny rules?|denylists?|guardrails?|safety (?:check|rule|guard)s?"
        r"|pre-?tool-?use hooks?|(?:agent|claude|cursor|security|safety|permission) hooks?|(?:agent |claude |command )sandbox(?:ing)?|signature (?:check|verification)s?"
        r"|hash (?:check|verification)s?|integrity (?:check|verification)s?)\b",
    ),
    _Directive(
        "weaken",
        ("--no-verify",),
        r"(?:^|[-*>;:.,]\s{1,4}|\d\.\s|\b(?:always|must|should|please|then)\s)(?:use|run|commit|push|pass|add)\b[^\n]{0,60}--no-verify\b",
    ),
    _Directive(
        "weaken",
        (".claude/settings", ".cursor/permissions", ".codex/config", ".gemini/settings"),
        r"\b(?:add|edit|modify|update|write|change|append)\b[^\n]{0,80}\.(?:claude/settings|cursor/permissions|codex/config|gemini/settings)[\w.]{0,20}"
        r"[^\n]{0,80}\b(?:allow(?:list)?|bypass\w*|permission|approval_policy|never ask|yolo)\b",
    ),
    _Directive(
        "unasked",
        ("confirm", "permission", "approval", "asking"),
        r"\b(?:do not|don't|never)\s(?:ask|wait|stop|pause)\b[^.\n]{0,40}\b(?:confirmation|permission|approval)\b"
        r"|\bwithout\s(?:asking|waiting|prompting|requesting)\b[^.\n]{0,30}\b(?:confirmation|permission|approval)\b",
    ),
    _Directive(
        "remote-instructions",
        ("http://", "https://"),
        r"\b(?:fetch|download|load|open|visit|get|read)\b[^\n]{0,60}https?://[^\s)>\"'`]{4,200}[^\n]{0,60}\b(?:follow|obey|execute|carry out|do what)\b"
        r"[^.\n]{0,30}\b(?:instruction|step|direction|command)s?\b"
        r"|\b(?:follow|obey|execute|carry out)\b[^.\n]{0,30}\b(?:instruction|step|direction|command)s?\s(?:at|from|in|on)\s[^\n]{0,20}https?://",
    ),
)
_NEGATED: Final = re.compile(
    r"\b(?:never|not|no|don'?t|cannot|can'?t|won'?t|avoid|forbid\w*|forbidden|prohibit\w*|refus\w+|reject\w*|block\w*|prevent\w*|detect\w*|disallow\w*|deny|denied"
    r"|instead of|rather than|unless|attempt\w*|trying|tries|banned|anti-?patterns?|attack\w*|malicious|injection\w*|untrusted|e\.g\.|for example)\b|❌|🚫|✗|⛔",
    re.IGNORECASE,
)
_WORDLESS: Final = re.compile(r"https?://\S+|--[\w-]+|[~.\w-]*/[\w./-]+")
"""Addresses, options and paths: what they are made of says nothing."""
_AFTER: Final = re.compile(
    r"\b(?:forbidden|prohibited|not allowed|never|banned|not permitted|blocked|rejected|is wrong|must not)\b|❌|🚫", re.IGNORECASE
)
_ALWAYS_SAID: Final = frozenset({"conceal", "unasked"})
"""Their own words are a negation."""
_MAX_CONTEXT: Final = 200


def _compiled(directive: _Directive) -> re.Pattern[str]:
    return re.compile(directive.pattern, re.IGNORECASE | re.MULTILINE)  # `re` keeps what it has compiled


def _directives(text: str, lines: _Lines) -> Iterator[Mark]:
    """What everybody can read, and no honest text needs, or a guard does not survive."""
    low = text.lower()
    for directive in _DIRECTIVES:
        if directive.hidden_only or not any(needle in low for needle in directive.needles):
            continue
        for count, match in enumerate(_compiled(directive).finditer(text)):
            if count >= MAX_MARKS:
                break
            if not _is_negated(text, match, lines, directive.kind):
                yield _mark(directive.kind, lines.at(match.start() + (match[0][:1] == "\n")), match[0])


def _is_negated(text: str, match: re.Match[str], lines: _Lines, kind: str) -> bool:
    """Whether the words around it forbid, describe or quote it instead of asking for it."""
    start, end = lines.within(match.start())
    line = text[max(start, match.start() - _MAX_CONTEXT) : match.start()]
    if text[start : start + 1] in ("#", "|"):
        return True  # a heading names a subject, a row of a table describes
    sentence = re.split(r"[.!?]\s", line)[-1]
    if kind not in _ALWAYS_SAID:
        # words that the expression itself takes in count as well: "do not use --yolo"
        if _NEGATED.search(sentence) or _NEGATED.search(_WORDLESS.sub("", match[0])):
            return True
        if _NEGATED.search(_heading(text, start)):
            return True
    elif _QUOTED.search(sentence):
        return True
    return bool(_AFTER.search(text[match.end() : min(end, match.end() + 80)]))


_QUOTED: Final = re.compile(r"[\"'“‘`]\s*$|\b(?:e\.g\.|such as|for example|attack\w*|injection\w*|malicious)\b", re.IGNORECASE)
_ITEM: Final = re.compile(r"\s*(?:[-*+•|>]|\d+[.)]|`{3}|$)|\s{2,}")
_MAX_BACK: Final = 2000


def _heading(text: str, start: int) -> str:
    """The last line above that is no item of a list: what the items are said to be."""
    above = text[max(0, start - _MAX_BACK) : start].split("\n")
    return next((line for line in reversed(above[:-1]) if line.strip() and not _ITEM.match(line)), "")


def directive_in(text: str) -> str:
    """The kind of the first directive that a text out of sight holds; empty if there is none."""
    low = text.lower()
    for directive in _DIRECTIVES:
        if directive.kind != "unasked" and any(needle in low for needle in directive.needles) and _compiled(directive).search(text):
            return directive.kind
    return ""


# --- out of sight ------------------------------------------------------------------------------------------------------

_MAX_INNER: Final = 20_000
_LINK_COMMENT: Final = re.compile(r"^\[[^\]\n]{0,40}\]:\s{0,3}(?:#|<>)\s{1,3}[\"'(]([^\n]{10,4000})", re.MULTILINE)
_STYLE: Final = re.compile(
    r"<[a-z]{1,10}\s[^<>\n]{0,200}?(?:style\s{0,2}=\s{0,2}[\"'][^\"'<>]{0,200}?(?:display\s{0,2}:\s{0,2}none|visibility\s{0,2}:\s{0,2}hidden|font-size\s{0,2}:\s{0,2}[01](?:px|pt|em)?\s{0,2}[;\"']"
    r"|opacity\s{0,2}:\s{0,2}0(?:\.0\d?)?\s{0,2}[;\"']|(?<!-)color\s{0,2}:\s{0,2}(?:#fff(?:fff)?\b|white\b|transparent\b))|hidden[\s>=])",
    re.IGNORECASE,
)
_ALTERNATIVE: Final = re.compile(r"!\[([^\[\]\n]{60,4000})\]|\]\([^()\s]{1,500}\s{1,3}[\"']([^\"'\n]{60,4000})[\"']\)")
_GAP: Final = re.compile(r"(?<![ \t\u00a0\u3000])[ \t\u00a0\u3000]{200,}+(?=[^\s|])")
_EMPTY_LINES: Final = re.compile(r"(?<=\n)(?:[ \t]*+\r?\n){50,}+(?=[^\n])")
_BASE64: Final = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{160,}+={0,2}")
_HEX: Final = re.compile(r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{2}){80,}+(?![0-9A-Za-z])")
_MAX_BLOB: Final = 100_000
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)


def _out_of_sight(text: str, lines: _Lines) -> Iterator[Mark]:
    if "<!--" in text:
        yield from _comments(text, lines)
    if "]:" in text:
        for match in _LINK_COMMENT.finditer(text):
            yield from _if_directive("comment", match[1], lines.at(match.start()))
    if "<" in text:
        for match in _STYLE.finditer(text):
            yield from _if_directive("style", text[match.end() : match.end() + 2000].partition("</")[0], lines.at(match.start()))
    if "](" in text or "![" in text:
        for match in _ALTERNATIVE.finditer(text):
            yield from _if_directive("style", match[1] or match[2], lines.at(match.start()))
    for match in _GAP.finditer(text):
        rest = text[match.end() : match.end() + 2000].partition("\n")[0]
        yield from _if_directive("far-text", rest, lines.at(match.end()))
    for match in _EMPTY_LINES.finditer(text):
        yield from _if_directive("far-text", text[match.end() : match.end() + 2000], lines.at(match.end()))
    for pattern in (_BASE64, _HEX):
        for match in pattern.finditer(text):
            if decoded := _decoded(match[0][:_MAX_BLOB], is_hex=pattern is _HEX):
                yield from _if_directive("blob", decoded, lines.at(match.start()))


def _comments(text: str, lines: _Lines) -> Iterator[Mark]:
    """Comments that address the agent; those in a block of code are seen by everybody."""
    fences = [match.start() for match in _FENCE.finditer(text)]
    from bisect import bisect_right

    at = 0
    while (start := text.find("<!--", at)) >= 0:
        end = text.find("-->", start + 4)
        inner = text[start + 4 : min(end if end >= 0 else len(text), start + _MAX_INNER)]
        if not bisect_right(fences, start) % 2:
            yield from _if_directive("comment", inner, lines.at(start))
        if end < 0:
            return
        at = end + 3


def _if_directive(kind: str, inner: str, line: int) -> Iterator[Mark]:
    if directive := directive_in(inner):
        yield _mark(kind, line, f"{directive}: {inner.strip()}")


def _decoded(blob: str, *, is_hex: bool) -> str:
    import binascii

    try:
        if is_hex:
            data = bytes.fromhex(blob)
        else:
            plain = blob.rstrip("=").replace("-", "+").replace("_", "/")
            data = binascii.a2b_base64(plain[: len(plain) // 4 * 4])
    except ValueError:
        return ""
    return _readable(data)


# --- delimiters and look-alikes ----------------------------------------------------------------------------------------

_ROLE_TAG: Final = re.compile(
    r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|>|\[/?INST\]|<</?SYS>>|</?(?:system-reminder|system_prompt|system_instructions?)>"
)


def _role_tags(text: str, lines: _Lines) -> Iterator[Mark]:
    if not any(start in text for start in ("<|", "[INST]", "[/INST]", "<<", "<system", "</system")):
        return
    fences = [match.start() for match in _FENCE.finditer(text)]
    from bisect import bisect_right

    for match in _ROLE_TAG.finditer(text):
        start, _ = lines.within(match.start())
        quoted = text.count("`", max(start, match.start() - 1000), match.start()) % 2
        if not quoted and not bisect_right(fences, match.start()) % 2:
            yield _mark("role-tag", lines.at(match.start()), match[0])
            return


_WORD: Final = re.compile(r"[^\W\d_]{3,60}+")
_CYRILLIC: Final = dict(zip("асеорхуіјѕһԁԛԝАВЕКМНОРСТХІЈЅ", "aceopxyijshdqwABEKMHOPCTXIJS", strict=True))
_GREEK: Final = dict(zip("οΟΑΒΕΖΗΙΚΜΝΡΤΥΧ", "oOABEZHIKMNPTYX", strict=True))
_TWINS: Final = str.maketrans(_CYRILLIC | _GREEK)
_HAS_TWIN: Final = re.compile(f"[{''.join((*_CYRILLIC, *_GREEK))}]")
_CODE: Final = re.compile(r"[./@_:`$\\-]")
_COMMANDS: Final = frozenset(
    {
        "curl",
        "wget",
        "bash",
        "python",
        "node",
        "npm",
        "npx",
        "pip",
        "uvx",
        "sudo",
        "docker",
        "git",
        "ssh",
        "chmod",
        "eval",
        "exec",
        "github",
    }
)


def _look_alikes(text: str, lines: _Lines) -> Iterator[Mark]:
    """Words of Latin letters with a letter of another script that looks like one, inside what is a name, a host or a command."""
    if text.isascii() or not _HAS_TWIN.search(text):
        return
    shown: list[tuple[int, str]] = []
    for match in _WORD.finditer(text):
        word = match[0]
        if word.isascii() or not _HAS_TWIN.search(word):
            continue
        latin = word.translate(_TWINS)
        inside = word[:-1]
        if not latin.isascii() or inside.isascii() or sum(c.isascii() for c in word) < 2:
            continue  # a whole word of that script, or an ending that its grammar puts behind a foreign word
        around = text[max(0, match.start() - 1) : match.start()] + text[match.end() : match.end() + 1]
        if _CODE.search(around) or latin.lower() in _COMMANDS:
            shown.append((match.start(), f"{word} for {latin}: " + ", ".join(sorted({f"U+{ord(c):04X}" for c in word if not c.isascii()}))))
    if shown:
        more = f" and {len(shown) - 1} more" if len(shown) > 1 else ""
        yield _mark("homoglyph", lines.at(shown[0][0]), shown[0][1] + more)


def _mark(kind: str, line: int, detail: str) -> Mark:
    detail = " ".join(detail.split())
    return Mark(kind, line, detail if len(detail) <= MAX_DETAIL else detail[: MAX_DETAIL - 1] + "…")
