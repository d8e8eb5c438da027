"""A host is trusted whatever certificate it shows, or shows none.

## Why it matters
`--trusted-host` switches the check of the certificate off and allows plain http, `strict-ssl=false` does the former for
all hosts: everyone on the way can answer in the host's place, and serve any package that has no hash.

## Bad
~~~text path=requirements.txt
--trusted-host packages.example
--index-url https://packages.example/simple
acme-billing==2.1.0
~~~

## Good
~~~text path=requirements.txt
--index-url https://packages.example/simple
acme-billing==2.1.0
~~~

## How to fix
Give the host a certificate, or give pip the authority that signed the one it has: `--cert`, `PIP_CERT`, or the
certificate store of the system.

## References
- pip documentation, `--trusted-host`; "HTTPS Certificates"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for setting in context.inventory.settings:
        if setting.kind == "trusted-host":
            yield RULE.finding(
                setting.location,
                f"{setting.value} is trusted without a certificate",
                subject=setting.value,
                fix="give the host a certificate, or pip the authority that signed it (--cert)",
            )
        elif setting.kind == "strict-ssl":
            yield RULE.finding(
                setting.location,
                "no registry has to show a valid certificate (strict-ssl is off)",
                subject=setting.location.path,
                fix="leave strict-ssl on, and name the authority that signed the certificate (cafile)",
            )


RULE = Rule(id="SG327", name="trusted-host", severity=Severity.MEDIUM, check=check, doc=__doc__)
