"""Programs between a client and a server: the server that their arguments name, or its URL."""

from __future__ import annotations

from typing import Final

from sbomgate.collectors.agents.draft import Draft
from sbomgate.collectors.agents.launchers import grammar
from sbomgate.collectors.agents.launchers.grammar import Result
from sbomgate.collectors.agents.shell import Words, options_of, word_set
from sbomgate.text import redacted_url

_TEXT: Final = frozenset({"--stdio", "--command", "--stdio-command"})
_URL: Final = frozenset({"--sse", "--streamablehttp", "--url", "--sse-url", "--http-url"})
_VALUES: Final = word_set(
    "-H --header --headers --transport --port --host -p -e --env --cwd --sse-port --sse-host --allow-origin --server --endpoint --ssePath --messagePath --baseUrl"
    " --outputTransport --logLevel --log-level --config --api-key --path-prefix --named-server-config --resource --static-oauth-client-info"
    " --static-oauth-client-metadata --auth-timeout --ignore-tool --requestTimeout --tunnel --apiKey --streamEndpoint --sseEndpoint"
)


def read(name: str, rest: Words, draft: Draft, depth: int) -> Result | None:
    """The server behind the gateway `name`; None if the server is not in its arguments."""
    if name == "mcp-remote":
        draft.url = next((redacted_url(word) for word in rest if word.startswith(("http://", "https://"))), "")
        return None
    if name == "tirith":
        at = next((i for i, word in enumerate(rest) if word == "--upstream-bin"), -1)
        if at < 0 or at + 1 >= len(rest):
            return None
        arguments = [rest[i + 1] for i, word in enumerate(rest[:-1]) if word == "--upstream-arg"]
        return grammar.read([rest[at + 1], *arguments], draft, depth + 1)
    options, words = options_of(rest, _VALUES | _TEXT | _URL | {"--streamableHttp"})
    for option, value in options:
        if option.lower() in _URL and value:
            draft.url = redacted_url(value)
        if option in _TEXT and value:
            index = rest.index("--command-args") if "--command-args" in rest else len(rest)
            if index < len(rest):
                return grammar.read([value, *rest[index + 1 :]], draft, depth + 1)
            return grammar.script(value, draft, depth + 1)
    if words and words[0].startswith(("http://", "https://")):
        draft.url = redacted_url(words[0])
        return None
    return grammar.read(words, draft, depth + 1) if words else None
