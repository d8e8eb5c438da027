"""The options of `docker run` and its kin: where the image stands, and what the container is given of its host.

Source: Docker documentation, "docker container run".
"""

from __future__ import annotations

import re
from typing import Final

from sbomgate.collectors.agents.draft import Draft
from sbomgate.collectors.agents.references import MAX_NAME
from sbomgate.collectors.agents.shell import Words, word_set

_DOCKER_BOOLEANS: Final = word_set(
    "--rm --init --privileged --read-only --interactive --tty --detach --no-healthcheck --oom-kill-disable --publish-all --sig-proxy --disable-content-trust --quiet"
    " --replace --rmi --no-hosts --no-hostname --tls-verify --http-proxy --env-host --help --use-api-socket --debug --tls --tlsverify -D"
)
_DOCKER_SHORT_VALUES: Final = frozenset("vepwulmhac")
_RISKY_CAPABILITIES: Final = word_set("ALL SYS_ADMIN SYS_PTRACE SYS_MODULE SYS_RAWIO DAC_READ_SEARCH DAC_OVERRIDE NET_ADMIN BPF SYS_CHROOT")
_CREDENTIAL_FOLDERS: Final = (
    ".ssh",
    ".aws",
    ".kube",
    ".docker",
    ".gnupg",
    ".config/gcloud",
    ".azure",
    ".npmrc",
    ".pypirc",
    ".netrc",
    ".claude",
    ".config/gh",
)


def container_options(words: Words, draft: Draft) -> tuple[str, Words]:
    """The entry point that the options set, and the words from the image on; risks and variables go to `draft`."""
    entrypoint = ""
    at = 0
    while at < len(words):
        word = words[at]
        if word == "--":
            at += 1
            break
        if not word.startswith("-") or word == "-":
            break
        option, equals, value = word.partition("=")
        if not word.startswith("--"):
            letters = word[1:]
            position = next((i for i, letter in enumerate(letters) if letter in _DOCKER_SHORT_VALUES), -1)
            if position < 0:
                at += 1
                continue
            option, value = f"-{letters[position]}", letters[position + 1 :].removeprefix("=")
            if not value:
                at += 1
                value = words[at] if at < len(words) else ""
        elif not equals and option not in _DOCKER_BOOLEANS:
            at += 1
            value = words[at] if at < len(words) else ""
        at += 1
        if option == "--entrypoint":
            entrypoint = value
        elif option in ("-e", "--env"):
            draft.env.add(value.partition("=")[0][:MAX_NAME])
        else:
            draft.host += _host_access(option, value)
    draft.env.discard("")
    return entrypoint, words[at:]


def _host_access(option: str, value: str) -> Words:
    if option == "--privileged":
        return ["privileged"] if value.lower() != "false" else []
    if option in ("-v", "--volume"):
        path = value[:2] + value[2:].partition(":")[0] if re.match(r"[A-Za-z]:[\\/]", value) else value.partition(":")[0]
        return _mounted(path)
    if option == "--mount":
        fields = dict(part.partition("=")[::2] for part in value.split(","))
        return _mounted(fields.get("source") or fields.get("src") or "") if fields.get("type", "volume") == "bind" else []
    if option in ("--network", "--net", "--pid", "--ipc", "--userns", "--uts", "--cgroupns") and value == "host":
        return [f"{option.lstrip('-').replace('network', 'net')} namespace of the host"]
    if option == "--cap-add":
        name = value.upper().removeprefix("CAP_")
        return [f"capability {name}"] if name in _RISKY_CAPABILITIES else []
    if option == "--security-opt" and re.search(r"(?:seccomp|apparmor)[=:]unconfined|label[=:]disable|systempaths[=:]unconfined", value):
        return ["confinement switched off"]
    if option == "--device":
        return ["device of the host"]
    return ["container socket mounted"] if option == "--use-api-socket" else []


def _mounted(path: str) -> Words:
    clean = path.replace("\\", "/").rstrip("/") or ("/" if path.startswith(("/", "\\")) else "")
    if re.search(r"(?:docker|containerd|podman|crio)\.sock\Z|docker_engine\Z", clean):
        return ["container socket mounted"]
    if clean == "/" or re.fullmatch(r"[A-Za-z]:/?|//?[A-Za-z]|/host|/mnt/[a-z]", clean):
        return ["root of the host mounted"]
    if re.fullmatch(r"/(?:etc|proc|sys|dev|boot|var|var/run|run|usr|bin|lib|var/lib/docker|root/\.ssh)", clean):
        return ["system folder mounted"]
    if any(clean.endswith(f"/{name}") for name in _CREDENTIAL_FOLDERS):
        return ["credentials folder mounted"]
    if re.fullmatch(
        r"~|\$HOME|\$\{(?:env:)?HOME\}|\$\{userHome\}|%USERPROFILE%|\$\{env:USERPROFILE\}|/root|/(?:home|Users)(?:/[^/]+)?|[A-Za-z]:/Users(?:/[^/]+)?",
        clean,
    ):
        return ["home folder mounted"]
    return []
