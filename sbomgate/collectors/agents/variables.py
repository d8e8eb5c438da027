"""Environment variables that change what a program loads, believes, or talks to.

One table for every client: a variable does the same wherever it is set. Sources: the documentation of each program, and of
the loaders of Linux and macOS (`ld.so`, `dyld`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sbomgate.agent_model import AgentOption
from sbomgate.collectors.agents.reading import MAX_NAME, MAX_SHOWN, MAX_VARIABLES, Reading
from sbomgate.collectors.agents.redaction import clean_url, redacted
from sbomgate.collectors.agents.references import MASK

_KINDS: Final = {
    "endpoint": """anthropic_base_url anthropic_bedrock_base_url anthropic_vertex_base_url anthropic_foundry_base_url anthropic_custom_headers anthropic_auth_token
        openai_base_url openai_api_base azure_openai_endpoint google_gemini_base_url google_vertex_base_url code_assist_endpoint gemini_api_base_url
        openrouter_base_url ollama_host litellm_proxy_url aws_endpoint_url aws_endpoint_url_bedrock_runtime
        otel_exporter_otlp_endpoint otel_exporter_otlp_logs_endpoint otel_exporter_otlp_metrics_endpoint otel_exporter_otlp_traces_endpoint""",
    "proxy": "http_proxy https_proxy all_proxy npm_config_proxy npm_config_https_proxy npm_config_https-proxy pip_proxy node_use_env_proxy",
    "registry": """npm_config_registry pip_index_url pip_extra_index_url pip_find_links pip_trusted_host uv_index uv_index_url uv_default_index uv_extra_index_url
        uv_find_links uv_insecure_host uv_index_strategy yarn_registry yarn_npm_registry_server bun_config_registry goproxy gonosumdb gonosumcheck goflags
        cargo_registries_crates_io_protocol pipx_default_index npm_config_userconfig npm_config_globalconfig pip_config_file uv_config_file jsr_url npm_config__jsr_registry""",
    "preload": """node_options node_path ld_preload ld_audit ld_library_path dyld_insert_libraries dyld_library_path dyld_framework_path pythonstartup pythonpath pythonhome
        pythonwarnings pythonbreakpoint bash_env env zdotdir prompt_command perl5opt perl5lib perl5db rubyopt rubylib java_tool_options jdk_java_options _java_options dotnet_startup_hooks
        lua_init git_ssh git_ssh_command git_external_diff git_askpass ssh_askpass git_proxy_command git_editor git_pager git_config_global git_config_system git_config_count git_exec_path
        git_template_dir git_sequence_editor editor visual pager browser shell lessopen deno_import_map npm_config_script_shell npm_config_node_options npm_config_onload_script bun_options""",
    "path": "path pathext",
    "tls": """node_tls_reject_unauthorized node_extra_ca_certs ssl_cert_file ssl_cert_dir requests_ca_bundle curl_ca_bundle pythonhttpsverify git_ssl_no_verify git_ssl_cainfo
        npm_config_strict_ssl npm_config_strict-ssl npm_config_cafile pip_cert aws_ca_bundle uv_native_tls deno_tls_ca_store deno_cert""",
    "home": """claude_config_dir codex_home copilot_home gemini_cli_home gemini_cli_system_settings_path opencode_config opencode_config_dir opencode_config_content goose_config_dir
        xdg_config_home xdg_data_home home userprofile appdata""",
    "mode": "opencode_permission goose_mode copilot_allow_all gemini_cli_trust_workspace",
}
"""Kind of an `AgentOption` → names in lower case: Windows and several package managers do not tell the cases apart."""
_BY_NAME: Final = {name: kind for kind, names in _KINDS.items() for name in names.split()}
_PREFIXES: Final = (("git_config_key_", "preload"), ("git_config_value_", "preload"), ("dyld_", "preload"), ("npm_config_@", "registry"))
_EXACT_CASE: Final = frozenset({"env", "shell", "home", "path", "editor", "visual", "pager", "browser"})
"""Short names that are common words: only in capitals they are the variable (`Path` is Windows' own spelling)."""


def kind_of(name: str) -> str:
    """The kind of option that setting the variable `name` is; empty for the many that change nothing of this sort."""
    lower = name.lower()
    kind = _BY_NAME.get(lower) or next((kind for prefix, kind in _PREFIXES if lower.startswith(prefix)), "")
    return "" if lower in _EXACT_CASE and name not in (lower.upper(), "Path") else kind


def overrides(reading: Reading, table: Any, *keys: str | int, shown: bool = False) -> Iterator[AgentOption]:
    """An option for each variable in `table` (names to values, or `NAME=value` texts) that overrides something.

    Of a value only an address, or its shape, is kept, unless `shown`: the variables of servers hold too many secrets.
    """
    pairs: list[tuple[str, Any, str | int]] = []
    if isinstance(table, dict):
        pairs = [(name, value, name) for name, value in list(table.items())[:MAX_VARIABLES]]
    elif isinstance(table, list):
        pairs = [
            (*item.partition("=")[::2], index) for index, item in enumerate(table[:MAX_VARIABLES]) if isinstance(item, str) and "=" in item
        ]
    for name, value, key in pairs:
        kind = kind_of(name)
        if kind and isinstance(value, str | int | float):
            text = value if isinstance(value, str) else str(value).lower()
            yield AgentOption(
                client=reading.client,
                scope=reading.scope,
                kind=kind,
                key=reading.place(*keys, key),
                value=_value(name.lower(), text, shown) or _shape(kind, name.lower(), text),
                name=name[:MAX_NAME],
                location=reading.location(*keys, key),
                only_for=reading.only_for,
                in_force=not reading.why_not,
                why_not=reading.why_not,
            )


_SEARCHED: Final = frozenset(
    ("path", "ld_library_path", "dyld_library_path", "dyld_framework_path", "pythonpath", "node_path", "perl5lib", "rubylib")
)
_COMMON: Final = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - folders that everybody may write to: looked for, not used
_FLAGS: Final = (
    "-r", "--require", "--import", "--loader", "--experimental-loader", "--env-file", "--inspect", "--inspect-brk", "--preload", "-javaagent", "-agentlib",
    "-agentpath",
)  # fmt: skip
_SWITCHES: Final = ("0", "1", "true", "false", "yes", "no", "on", "off")


def _shape(kind: str, name: str, text: str) -> str:
    """What of `text` can be told without telling it: words of ours alone, so that no value gets out. Empty where that says nothing."""
    text = text.strip()
    if kind not in ("preload", "path", "tls") or not text or text[0] in "${%<":
        return ""
    if kind == "tls":
        return text.lower() if text.lower() in _SWITCHES else ""
    if name in _SEARCHED:
        folders = re.split(r"[:;]", text)[:200]
        common = [one for one in _COMMON if any(folder == one or folder.startswith(f"{one}/") for folder in folders)]
        return ":".join(["/…" if re.match(r"[/~$%{\\]|[A-Za-z]\Z", folders[0]) else "./…", *common])
    words = re.split(r"[\s=:]+", text)[:200]
    return " ".join(flag for flag in _FLAGS if flag in words) or "…"


_SECRET: Final = ("anthropic_auth_token", "anthropic_custom_headers")


def _value(name: str, text: str, shown: bool) -> str:
    if name in _SECRET and not text.startswith("$"):
        return MASK
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://", text):
        return clean_url(text)
    return redacted(text)[:MAX_SHOWN] if shown else ""
