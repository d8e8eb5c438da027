"""Secrets in agents' configurations: found, and taken out before anything else looks at the text.

Nothing that is found here leaves with its value. `redacted` is generous: it takes out whatever could be a secret.
`find` is strict: it tells only what a person would call one, placeholders excepted, because a rule reports it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from sbomgate.collectors.agents.references import MASK
from sbomgate.text import redacted_url

MAX_TEXT: Final = 65536
"""Characters of one text that are looked at; what follows is cut by `redacted`."""
_MIN_LITERAL: Final = 8
"""Characters; shorter literals are test values or too weak to matter."""


_MIN_TOKEN: Final = 16
"""Characters; a user name of a URL that is longer and has no password is taken for a token."""


class Found(NamedTuple):
    """One secret in a text."""

    kind: str
    """`github-token`, `url-password`, …; `literal` for a value that only its name gives away."""
    start: int
    end: int


# Formats with a prefix of their own, as their issuers document them. Lengths are lower bounds.
_FORMATS: Final = (
    ("private-key", r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,20000}"),
    ("github-token", r"gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255}"),
    ("gitlab-token", r"gl(?:pat|dt|rt|cbt|ptt|ft|agent|soat|imt)-[A-Za-z0-9_.-]{16,300}"),
    ("anthropic-key", r"sk-ant-[A-Za-z0-9_-]{16,300}"),
    ("openai-key", r"sk-(?:proj|svcacct|admin|or-v1)-[A-Za-z0-9_-]{20,300}|sk-[A-Za-z0-9]{20,100}"),
    ("aws-access-key", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}"),
    ("google-api-key", r"AIza[A-Za-z0-9_-]{35}"),
    ("google-oauth-token", r"ya29\.[A-Za-z0-9_-]{20,500}|GOCSPX-[A-Za-z0-9_-]{20,60}"),
    ("slack-token", r"xox[abeoprs]-[A-Za-z0-9-]{10,300}|xapp-[A-Za-z0-9-]{10,300}"),
    ("slack-webhook", r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_-]{20,200}"),
    ("stripe-key", r"[rs]k_live_[A-Za-z0-9]{16,300}|whsec_[A-Za-z0-9]{20,100}"),
    ("npm-token", r"npm_[A-Za-z0-9]{36}"),
    ("pypi-token", r"pypi-AgE[A-Za-z0-9_-]{47,500}"),
    ("hugging-face-token", r"hf_[A-Za-z0-9]{30,60}"),
    ("sendgrid-key", r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{30,64}"),
    ("notion-token", r"ntn_[A-Za-z0-9]{30,60}|secret_[A-Za-z0-9]{40,60}"),
    ("linear-key", r"lin_(?:api|oauth)_[A-Za-z0-9]{30,80}"),
    ("figma-token", r"figd_[A-Za-z0-9_-]{30,80}"),
    ("atlassian-token", r"ATATT3[A-Za-z0-9_=-]{50,400}|ATCTT3[A-Za-z0-9_=-]{50,400}"),
    ("sonar-token", r"sq[apu]_[a-f0-9]{40}"),
    ("supabase-token", r"sbp_[a-f0-9]{40}"),
    ("databricks-token", r"dapi[a-f0-9]{32}"),
    ("digitalocean-token", r"do[opr]_v1_[a-f0-9]{64}"),
    ("vault-token", r"hv[sbr]\.[A-Za-z0-9_-]{20,300}"),
    ("tavily-key", r"tvly-[A-Za-z0-9-]{20,60}"),
    ("perplexity-key", r"pplx-[A-Za-z0-9]{30,80}"),
    ("firecrawl-key", r"fc-[a-f0-9]{32}"),
    ("groq-key", r"gsk_[A-Za-z0-9]{40,80}"),
    ("xai-key", r"xai-[A-Za-z0-9]{40,120}"),
    ("telegram-token", r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}"),
    ("jwt", r"(?<![_-])eyJ[A-Za-z0-9_-]{10,4000}\.eyJ[A-Za-z0-9_-]{10,8000}\.[A-Za-z0-9_-]{10,2000}"),
)
_HINTS: Final = (
    *(
        "-----BEGIN",
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat",
        "glpat",
        "gldt",
        "glrt",
        "glcbt",
        "glptt",
        "glft",
        "glagent",
        "glsoat",
        "glimt",
        "sk-",
    ),
    *(
        "AKIA",
        "ASIA",
        "ABIA",
        "ACCA",
        "AIza",
        "ya29",
        "GOCSPX",
        "xox",
        "xapp",
        "hooks.slack",
        "_live_",
        "whsec",
        "npm_",
        "pypi-",
        "hf_",
        "SG.",
        "ntn_",
        "secret_",
    ),
    *(
        "lin_",
        "figd",
        "ATATT",
        "ATCTT",
        "sqa_",
        "sqp_",
        "squ_",
        "sbp_",
        "dapi",
        "doo_",
        "dop_",
        "dor_",
        "hvs.",
        "hvb.",
        "hvr.",
        "tvly",
        "pplx",
        "fc-",
        "gsk_",
        "xai-",
        ":AA",
        "eyJ",
    ),
)
"""One of these stands in every text that `_known` finds something in; searching for them compiles nothing."""

_TELLING: Final = (
    r"(?:api[-_]?key|access[-_]?key|secret[-_]?key|private[-_]?key|auth[-_]?key|account[-_]?key|token|secret|passw(?:or)?d|passphrase|pwd|credential|bearer"
    r"|auth(?:orization)?(?![A-Za-z])|cookie|(?<![A-Za-z])pat(?![A-Za-z])|(?<![A-Za-z])key(?![A-Za-z])|apikey|signature)"
)
# Names that hold such a word and yet no secret: limits, files, identifiers, addresses
_HARMLESS_NAME: Final = (
    r"(?:max|min|num|total|limit|count|budget)[-_]?[A-Za-z_-]*tokens?|tokens?[-_]?(?:limit|count|budget|max|min|window|ttl|type|expir\w*|url|uri|endpoint|path|file|name)"
    r"|tokenizers?|public[-_]?key|key[-_]?(?:id|file|path|name|type|vault\w*|alias|prefix|space|ring)|secret[-_]?(?:name|id|arn|path|file)"
    r"|(?:_|-)(?:file|path|dir|url|uri|name|host|port|region|type|mode|method|provider|enabled|required|store|server|endpoint|version)$|auth$|keyboard|keyword|author"
)
_PLACEHOLDER: Final = r"""\s*(?:
        (?:(?:bearer|basic|token|apikey|key)\s+)?          # a scheme before the placeholder
        (?:
            \$\{[^{}]*\} | \$\([^()]*\) | \$[A-Za-z_][\w:]* | \{\{[^{}]*\}\} | \{(?:env|file|input|secret):[^{}]*\} | %[A-Za-z_]\w*%
          | <[^<>]*> | \[[^\[\]]*\] | \*+ | [xX.•_-]{3,} | \.\.\.
          | (?:redacted|changeme|change[-_ ]me|replace[-_ ]?\w*|todo|tbd|none|null|true|false|undefined|n/a|empty|optional|required|secret|password|token|dummy|fake|placeholder|test|testing|local|localhost|default)
          | sk-test[\w-]* | (?:sk|pk)_test_\w* | (?:test|dummy|fake|mock|example|sample|demo)[-_]?(?:api|key|token|secret|password|value)[\w-]*
          | (?:\w{0,12}[-_])?(?:your|my|insert|enter|put|paste|add|replace|the)[-_ ][\w .-]*
          | (?:[\w.-]*[-_ ])?(?:here|goes[-_ ]here|placeholder|example|changeme)
          | [\w-]{0,40}x{4,}[\w-]{0,40} | \w{0,12}-?\.{3}\w{0,12}
        )
        \s*)?\Z"""
_REFERENCES: Final = (
    "op://",
    "vault:",
    "keyring:",
    "keychain:",
    "ssm:",
    "arn:",
    "secretsmanager:",
    "file:",
    "env:",
    "gcp-secret://",
    "aws-secret://",
    "azure-secret://",
)

_URL: Final = r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,30}://)(?P<rest>[^\s\"'<>`]*)"
_STORES: Final = (
    *("postgres", "postgresql", "mysql", "mariadb", "mongodb", "mongodb+srv", "redis", "rediss", "amqp", "amqps", "mssql", "sqlserver"),
    *("clickhouse", "neo4j", "bolt", "snowflake", "cockroachdb"),
)
"""Schemes whose URLs hold a password that is often written raw."""
_WORD: Final = r"(?:(?:bearer|basic|token)\s+)?(?:(?:\\?\"[^\"\n]*+\"?|'[^'\n]*+'?)?[^\s;&|\"']*+)"
_IN_QUOTES: Final = r"\\?[\"']?(?:(?:bearer|basic|token|apikey)\s+)?[^\s;&|\"'\\]*+"


class _Pair(NamedTuple):
    """Where a value stands behind a name. Patterns are compiled on use: most files need few of them."""

    name: str
    value: str
    marks: tuple[str, ...]
    """One of these stands in every text that fits."""
    always: bool = False
    """Every such value is taken for a secret, whatever its name."""


# Possessive quantifiers: a hostile text must not be tried again and again
_ASSIGNMENT: Final = _Pair(r"(?<![\w$.-])(?P<name>[\w.-]++)\s?(?<![=<>!~])=(?!=)\s?", _WORD, ("=",))
_SCHEME: Final = _Pair(
    r"\b(?P<name>[Bb]earer|[Bb]asic|BEARER|BASIC)\s++(?=[^\s\"']{6})", _IN_QUOTES, ("earer ", "asic ", "BEARER ", "BASIC "), always=True
)
_PAIRS: Final = (
    _Pair(r"(?<![\w.-])(?P<name>--?[\w.-]++)(?:=|:\s*|\s++)(?!-)", _WORD, ("-",)),
    _ASSIGNMENT,
    _Pair(r"(?<![\w-])(?P<name>[\w-]++)(?:\\?[\"']\s*+:\s*+|:\s++)", _IN_QUOTES, (":",)),
    _Pair(r"(?<!\S)(?:-H|--headers?)(?:\s++|=)\\?[\"']?(?P<name>[\w-]++):\s*+", _IN_QUOTES, ("-H", "--header"), always=True),
    _SCHEME,
)
_BORDERS: Final = ("=", ":", " ", "\t", "\n")
"""A text without any of them is one word and holds no pair."""


def is_placeholder(value: str) -> bool:
    """Whether `value` stands for a secret instead of being one: empty, `${X}`, `<token>`, `YOUR_KEY`, `***`."""
    if len(value) > 200:
        return False
    if (value[:2] == "${" and value.find("}") == len(value) - 1) or len(set(value.strip())) <= 2:
        return True
    return value.lower().startswith(_REFERENCES) or re.match(_PLACEHOLDER, value, re.IGNORECASE | re.VERBOSE) is not None


def is_secret_name(name: str) -> bool:
    """Whether a value under `name` is meant to be kept secret."""
    return _tells(name) and re.search(_HARMLESS_NAME, name[:200], re.IGNORECASE) is None


def redacted(text: str) -> str:
    """`text` without anything that could be a secret.

    These are token formats, credentials and queries of URLs, and the values of secret-looking options, of headers,
    and of variables. What else a command needs to be understood stays: its programs, packages and quotes.
    """
    text = text[:MAX_TEXT]
    if "://" in text:
        text = re.sub(_URL, _without_credentials, text)
    for pair in _PAIRS if any(border in text for border in _BORDERS) else ():
        pieces: list[str] = []
        done = 0
        for _, start, end in _values(text, pair):
            pieces += (text[done:start], MASK)
            done = end
        if done:
            text = "".join(pieces) + text[done:]
    return _known().sub(MASK, text) if any(hint in text for hint in _HINTS) else text


@cache
def _known() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<k{i}>(?<![A-Za-z0-9])(?:{pattern}))" for i, (_, pattern) in enumerate(_FORMATS)))


def _tells(name: str) -> bool:
    """Whether a word in `name` says that its value is secret."""
    return re.search(_TELLING, name[-200:], re.IGNORECASE) is not None


def _values(text: str, pair: _Pair) -> Iterator[tuple[str, int, int]]:
    """(name, start, end) of each value that stands behind a name which makes it a secret."""
    if not any(mark in text for mark in pair.marks):
        return
    before, value = re.compile(pair.name), re.compile(pair.value, re.IGNORECASE)
    at = 0
    while match := before.search(text, at):
        at = match.end()
        name = match["name"]
        if pair.always or _tells(name) or (pair is _ASSIGNMENT and re.fullmatch(r"[A-Z_][A-Z0-9_]*", name)):
            found = value.match(text, at)
            if found and found.end() > at:
                yield name, at, found.end()
                at = found.end()


def redacted_words(words: list[str]) -> list[str]:
    """The words of a command without their secrets; also those that follow an option of their own."""
    clean: list[str] = []
    hide = ""
    for word in words:
        if hide == "secret" and not word.startswith("-"):
            clean.append(MASK)
        elif hide == "pair" and "=" in word:
            clean.append(f"{redacted(word.partition('=')[0])}={MASK}")
        elif hide == "header" and ":" in word:
            clean.append(f"{redacted(word.partition(':')[0])}:{MASK}")
        elif word.startswith("-") and "=" in word and _hides(word.partition("=")[0]):
            clean.append(f"{redacted(word.partition('=')[0])}={MASK}")  # up to its end: no shell divides it
        else:
            clean.append(redacted(word))
        hide = _what_follows(word)
    return clean


def find(text: str, name: str = "") -> Iterator[Found]:
    """The secrets in `text`, the value of the member, variable or header `name`; placeholders are none."""
    text = text[:MAX_TEXT]
    found: list[Found] = []
    if any(hint in text for hint in _HINTS):
        found += (
            Found(_FORMATS[int((m.lastgroup or "k0")[1:])][0], m.start(), m.end())
            for m in _known().finditer(text)
            if not is_placeholder(m[0])
        )
    if "://" in text:
        found += _in_urls(text)
    if name and not found and is_secret_name(name) and _is_literal(text):
        found.append(Found("literal", 0, len(text)))
    for pair in _PAIRS if (not name or not found) and any(border in text for border in _BORDERS) else ():
        for before, start, end in _values(text, pair):
            start, end = _inside_quotes(text, start, end)
            named = "token" if pair is _SCHEME else before
            if is_secret_name(named) and _is_literal(text[start:end]) and not any(f.start < end and start < f.end for f in found):
                found.append(Found("literal", start, end))
    yield from sorted(found, key=lambda item: item.start)


def find_in_words(words: list[str]) -> Iterator[tuple[int, Found]]:
    """(index of the word, secret) for each secret in a command."""
    previous = ""
    for index, word in enumerate(words):
        name = previous.lstrip("-") if _what_follows(previous) == "secret" and not word.startswith("-") else ""
        for found in find(word, name):
            yield index, found
        previous = word


def _what_follows(word: str) -> str:
    """What the word after the option `word` is: a `secret`, a `pair` NAME=value, a `header`, or nothing special."""
    if not word.startswith("-") or "=" in word or any(space in word for space in " \t\n"):
        return ""
    if word in ("-e", "--env", "--env-var", "--set-env"):
        return "pair"
    if word in ("-H", "--header", "--headers"):
        return "header"
    return "secret" if _hides(word) else ""


def _hides(option: str) -> bool:
    return _tells(option)


def _inside_quotes(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in "\"'\\":
        start += 1
    while end > start and text[end - 1] in "\"'\\":
        end -= 1
    return start, end


def _is_literal(value: str) -> bool:
    value = value.strip()
    scheme, space, rest = value.partition(" ")
    if space and scheme.lower() in ("bearer", "basic", "token", "apikey"):
        value = rest.strip()
    if len(value) < _MIN_LITERAL or is_placeholder(value) or "${" in value or "{{" in value:
        return False
    if value.startswith(("/", "./", "../", "~", "@/", "C:\\")) or "://" in value:
        return False  # a path to a secret; addresses are judged by their own credentials
    return not re.fullmatch(r"[0-9.,_]+|[a-z]+(?:[ -][a-z]+)*", value)  # numbers, plain words


def _in_urls(text: str) -> Iterator[Found]:
    for match in re.finditer(_URL, text):
        rest, base = match["rest"], match.start("rest")
        authority = rest if match["scheme"][:-3].lower() in _STORES else re.split(r"[/?#]", rest, maxsplit=1)[0]
        user, at, _ = authority.rpartition("@")
        if at:
            name, colon, password = user.partition(":")
            secret = password if colon else name
            if (colon or len(name) >= _MIN_TOKEN) and secret and not is_placeholder(secret) and not _known().search(secret):
                start = base + (len(name) + 1 if colon else 0)
                yield Found("url-password", start, start + len(secret))
        query = rest.partition("?")[2]
        if query:
            at_query = base + rest.index("?") + 1
            for part in re.finditer(r"(?P<name>[^=&;#]+)=(?P<value>[^&;#]+)", query):
                if is_secret_name(part["name"]) and _is_literal(part["value"]) and not _known().search(part["value"]):
                    yield Found("url-query", at_query + part.start("value"), at_query + part.end("value"))


def _without_credentials(match: re.Match[str]) -> str:
    scheme, rest = match["scheme"], match["rest"]
    if scheme[:-3].lower() in _STORES and "@" in rest:  # a password may hold any character, written raw
        rest = f"{MASK}@{rest.rpartition('@')[2]}"
    return redacted_url(scheme + rest)


def clean_url(url: str) -> str:
    """`url` without user, password, fragment and the values of its query; known token formats are taken out of its path."""
    place, _, query = url.strip()[:MAX_TEXT].partition("#")[0].partition("?")
    scheme, separator, rest = place.partition("://")
    if separator:
        authority, slash, path = rest.partition("/")
        port = authority.rpartition(":")[2] if ":" in authority else "0"
        if "@" in path and "@" not in authority and not port.isdigit() and "]" not in port:
            authority, path = "", rest.rpartition("@")[2]  # a raw `/` in the password
            authority, slash, path = path.partition("/")
        place = f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"
    if query:
        names = [redacted(part.partition("=")[0]) + f"={MASK}" if "=" in part else MASK for part in query.split("&")[:100] if part]
        place += "?" + "&".join(names)
    return redacted(place)[:4096]
