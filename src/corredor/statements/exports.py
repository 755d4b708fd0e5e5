"""A report for other programs: a table as CSV, and ClaimReview mark-up of schema.org."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corredor.i18n import translator
from corredor.spreadsheets import without_formulas
from corredor.statements.grading import UNCHECKED

if TYPE_CHECKING:
    from corredor.statements.results import Checked, Report

__all__ = ["claim_review", "csv_text"]

#: Places on a scale from 1 (contradicted) to 5 (supported); nothing is given to what is open.
RATINGS = {"supported": 5, "roughly supported": 4, "misleading": 2, "contradicted": 1}


def csv_text(report: Report, lang: str = "en") -> str:
    """Return the table of a report as CSV, one row a statement."""
    return str(without_formulas(report.table(lang)).write_csv())


def claim_review(report: Report, lang: str = "en", url: str = "") -> list[dict[str, Any]]:
    """Return a ClaimReview (https://schema.org/ClaimReview) for each statement with a verdict.

    Parameters
    ----------
    lang
        Language of the explanation.
    url
        Where the review will stand; left out when empty. The author is for the publisher to fill
        in: a tool is no reviewer.
    """
    return [_one(s, report, lang, url) for s in report.statements if s.verdict != UNCHECKED]


def _one(s: Checked, report: Report, lang: str, url: str) -> dict[str, Any]:
    from corredor.statements.wording import verdict_name

    tr = translator(lang)
    rests = {r.ident: r for p in s.parts for r in p.rests}
    item: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "claimReviewed": s.sentence,
        "inLanguage": lang,
        "reviewBody": " ".join(s.why(lang)),
        "itemReviewed": {
            "@type": "Claim",
            "datePublished": report.published.isoformat() if report.dated else None,
            "inLanguage": s.lang,
        },
        "reviewRating": {
            "@type": "Rating",
            "ratingValue": RATINGS[str(s.verdict)],
            "bestRating": 5,
            "worstRating": 1,
            "alternateName": verdict_name(str(s.verdict), tr),
        },
        "citation": [
            {
                "@type": "Dataset",
                "name": r.title_es if lang == "es" and r.title_es else r.title,
                "publisher": {"@type": "Organization", "name": r.publisher},
                "url": r.url,
            }
            for r in rests.values()
        ],
    }
    if url:
        item["url"] = url
    if item["itemReviewed"]["datePublished"] is None:
        del item["itemReviewed"]["datePublished"]
    return item
