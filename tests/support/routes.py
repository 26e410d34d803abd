"""The gateway's own table of routes, so that a test can't forget one."""

import re
from dataclasses import dataclass

from stack import ROOT

ROW = re.compile(
    r'\{\{"(?P<method>[A-Z]+)",\s*API_BASE "(?P<pattern>[^"]+)"\},\s*'
    r"(?P<scope>[A-Z0-9_]+),\s*(?P<flags>[A-Z0-9_| \n]+),"
)


@dataclass(frozen=True)
class Route:
    method: str
    pattern: str
    scope: str
    flags: str

    def __str__(self):
        return f"{self.method} {self.pattern}"

    @property
    def is_operators(self):
        return "ENDPOINT_OPERATOR" in self.flags

    def path(self, **values):
        """The pattern with its parameters filled in; "1" for those that are not given."""
        return re.sub(r"\{([a-z_]+)\}", lambda m: str(values.get(m[1], 1)), self.pattern)


def routes():
    source = (ROOT / "services/gateway/routes.c").read_text()
    found = [Route(**row.groupdict()) for row in ROW.finditer(source)]
    assert len(found) == source.count("{{"), "a row of the table is written in another way"
    return found
