"""One session reads what strangers write, has private data, and sends or changes something unasked.

## Why it matters
Each of the three is ordinary. Together they are the way out: a text that a stranger has written (an issue, a page, a mail)
tells the agent to fetch something private and to send it on, and nobody is asked. This is about well-known servers, by
their package, image or host, and about what their client runs unasked: `medium` where the sending is unasked, `high` where
the reading is, too. An unknown server counts for nothing; so do servers of which every action is confirmed.

| packages | strangers' text | private data | sends or changes |
|---|---|---|---|
| GitHub, GitLab, Jira and Confluence, Slack, Notion, Linear, Gmail | yes | yes | yes |
| Fetch, Playwright, Puppeteer, a browser | yes | | yes, by the address alone |
| Brave Search, Tavily, Exa, Firecrawl, Context7, DeepWiki | yes | | |
| Sentry, Google Drive | yes | yes | |
| Filesystem, Git, Postgres, SQLite, MySQL, MongoDB, Redis | | yes | |
| Supabase, Stripe, Kubernetes, a shell | | yes | yes |

## Bad
~~~json path=.mcp.json
{"mcpServers": {"db": {"command": "uvx", "args": ["mcp-server-sqlite==2025.4.25"]}, "web": {"command": "uvx", "args": ["mcp-server-fetch==2025.4.7"]}}}
~~~

~~~json path=.claude/settings.json
{"permissions": {"allow": ["mcp__web", "mcp__db__read_query"]}}
~~~

## Good
~~~json path=.mcp.json
{"mcpServers": {"db": {"command": "uvx", "args": ["mcp-server-sqlite==2025.4.25"]}, "web": {"command": "uvx", "args": ["mcp-server-fetch==2025.4.7"]}}}
~~~

~~~json path=.claude/settings.json
{"permissions": {"allow": ["mcp__db__read_query"], "ask": ["mcp__web"]}}
~~~

## How to fix
Let what sends or changes ask, or give the private server to a session of its own, without strangers' text.

## References
- OWASP Top 10 for LLM Applications, LLM01 Prompt Injection and LLM06 Excessive Agency
- CVE-2025-32711: mail of strangers, private documents, and a way out through an address
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sbomgate.blast import base, tool_name
from sbomgate.model import Finding, Location, Server, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._agent_settings import ends_with, host
from sbomgate.rules._pinning import listed
from sbomgate.rules.places import placed

_TEXT, _PRIVATE, _ACTS = "t", "p", "a"
_PACKAGES: Final = {
    _TEXT
    + _PRIVATE
    + _ACTS: """@modelcontextprotocol/server-github github/github-mcp-server mcp/github @modelcontextprotocol/server-gitlab @zereight/mcp-gitlab
        mcp-atlassian sooperset/mcp-atlassian @modelcontextprotocol/server-slack slack-mcp-server @notionhq/notion-mcp-server mcp/notion
        @gongrzhe/server-gmail-autoauth-mcp linear-mcp-server""",
    _TEXT
    + _ACTS: """mcp-server-fetch mcp/fetch @playwright/mcp mcp/playwright @executeautomation/playwright-mcp-server @modelcontextprotocol/server-puppeteer mcp/puppeteer
        puppeteer-mcp-server chrome-devtools-mcp @browsermcp/mcp""",
    _TEXT: """@modelcontextprotocol/server-brave-search @brave/brave-search-mcp-server tavily-mcp exa-mcp-server firecrawl-mcp @upstash/context7-mcp
        mcp-server-deepwiki""",
    _TEXT + _PRIVATE: "@sentry/mcp-server mcp-server-sentry @modelcontextprotocol/server-gdrive",
    _PRIVATE: """@modelcontextprotocol/server-filesystem mcp/filesystem mcp-server-git @modelcontextprotocol/server-postgres mcp/postgres postgres-mcp mcp-server-sqlite
        mysql-mcp-server @benborla29/mcp-server-mysql mongodb-mcp-server @modelcontextprotocol/server-redis redis-mcp-server""",
    _PRIVATE
    + _ACTS: """@supabase/mcp-server-supabase @stripe/mcp mcp-server-kubernetes kubernetes-mcp-server @wonderwhy-er/desktop-commander mcp-shell-server""",
}
_HOSTS: Final = {
    _TEXT + _PRIVATE + _ACTS: ("api.githubcopilot.com", "mcp.linear.app", "mcp.notion.com", "mcp.atlassian.com", "mcp.slack.com"),
    _TEXT: ("mcp.context7.com", "mcp.exa.ai", "mcp.deepwiki.com", "mcp.tavily.com"),
    _TEXT + _PRIVATE: ("mcp.sentry.dev",),
    _PRIVATE + _ACTS: ("mcp.stripe.com", "mcp.supabase.com"),
}
_KNOWN: Final = {name: kinds for kinds, names in _PACKAGES.items() for name in names.split()}
_NOTHING_ASKED: Final = ("bypasspermissions", "never", "yolo", "autoapprove", "autopilot")
_CHANGES: Final = re.compile(
    r"create|update|write|send|post|push|delete|remove|merge|comment|reply|add|edit|upload|run|exec|navigate|fetch|click|type|fill|submit|publish|insert|apply|set_|move|fork",
    re.IGNORECASE,
)


class _Part:
    """One server of a session, as far as the table knows it."""

    def __init__(self, server: Server, kinds: str) -> None:
        self.server, self.kinds = server, kinds
        self.acts = self.reads = server.auto_approved == "all"
        """Whether what it changes, and what it reads, runs unasked."""


def check(context: Context) -> Iterator[Finding]:
    sessions: dict[tuple[str, str], dict[str, _Part]] = {}
    for server in context.inventory.servers:
        kinds = _kinds(server)
        if kinds and server.in_force and not server.disabled:
            parts = sessions.setdefault((server.client, base(server.location.path)), {})
            part = parts.setdefault(server.name, _Part(server, kinds))
            parts.setdefault(tool_name(server.name), part)
    if not sessions:
        return
    _read_settings(context, sessions)
    for (client, _), parts in sessions.items():
        finding = _finding(client, list({id(part): part for part in parts.values()}.values()))
        if finding:
            yield finding


def _kinds(server: Server) -> str:
    if server.package:
        package = server.package.lower()
        first, _, rest = package.partition("/")
        return _KNOWN.get(rest if server.ecosystem == "oci" and "." in first else package, "")  # whichever registry an image is from
    name = host(server.url)
    return next((kinds for kinds, hosts in _HOSTS.items() if ends_with(name, hosts)), "") if name else ""


def _read_settings(context: Context, sessions: dict[tuple[str, str], dict[str, _Part]]) -> None:
    everywhere: set[tuple[str, str]] = set()
    """Sessions in which nothing is asked."""
    for rule in context.inventory.permissions:
        key = (rule.client, base(rule.location.path))
        if rule.effect != "allow" or not rule.in_force or key not in sessions:
            continue
        if rule.tool.startswith("mcp__"):
            server, _, tool = rule.tool.removeprefix("mcp__").partition("__")
        elif rule.tool.lower() == "mcp":
            server, _, tool = rule.specifier.partition(":")
        else:
            continue
        if server == "*" and tool in ("", "*"):
            everywhere.add(key)
        elif part := sessions[key].get(server):
            whole = tool in ("", "*")
            changes = _CHANGES.search(tool) is not None
            part.acts = part.acts or whole or changes
            part.reads = part.reads or whole or not changes
    for option in context.inventory.options:
        key = (option.client, base(option.location.path))
        if key not in sessions or not option.in_force or option.value.lower() == "false":
            continue
        if (option.kind == "mode" and option.value.lower() in _NOTHING_ASKED) or (option.kind == "tools-approved" and not option.name):
            everywhere.add(key)
        elif option.kind in ("server-trusted", "tools-approved") and (part := sessions[key].get(option.name)):
            part.acts = part.reads = True
    for key in everywhere:
        for part in sessions[key].values():
            part.acts = part.reads = True


def _finding(client: str, parts: list[_Part]) -> Finding | None:
    texts = [part for part in parts if _TEXT in part.kinds]
    private = [part for part in parts if _PRIVATE in part.kinds]
    acting = [part for part in parts if _ACTS in part.kinds and part.acts]
    if not (texts and private and acting):
        return None
    unasked = any(part.reads for part in texts) and any(part.reads for part in private)
    place = acting[0].server
    location: Location = place.location
    names = [sorted({part.server.name for part in group}) for group in (texts, private, acting)]
    return RULE.finding(
        location,
        f"one session of {client} reads what strangers write ({listed(names[0])}), has private data ({listed(names[1])}) and acts unasked ({listed(names[2])})",
        subject=client,
        key="\n".join(",".join(group) for group in names),
        severity=placed(Severity.HIGH if unasked else RULE.severity, location, place.scope),
        fix=f"let {listed(names[2])} ask, or give the private data to a session of its own",
    )


RULE = Rule(id="SG457", name="toxic-combination", severity=Severity.MEDIUM, check=check, doc=__doc__)
