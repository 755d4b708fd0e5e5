"""Templates of a package in one language: every page is made with these settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2

    from corredor.i18n import Translator

__all__ = ["environment"]


def environment(tr: Translator, *packages: str) -> jinja2.Environment:
    """Return the templates of some packages, the first found first, in one language.

    Values are escaped, and a name that is not given is a fault.
    """
    import jinja2

    env = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(p) for p in packages]),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    env.install_gettext_translations(tr.gettext_object, newstyle=False)  # type: ignore[attr-defined]
    return env
