"""How an audit is shown: text for a terminal, a page with the tables as printed, JSON."""

from __future__ import annotations

from nqp.audit.pages.html import page
from nqp.audit.pages.json import as_json
from nqp.audit.pages.terminal import text

__all__ = ["as_json", "page", "text"]
