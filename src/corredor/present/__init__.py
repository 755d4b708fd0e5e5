"""Showing: what the brief, the page and the pages of answers share.

============== =====================================================================
``inputs``     what there is to show: figures, fit, forecast, comparisons, as tables
``results``    those tables, made from a study
``context``    one page in one language: words, numbers, dates, charts, figures read
``sections``   each turns the inputs into text, rows and charts
``charts``     Vega-Lite specifications, maps and sparklines, in one theme
``labels``     names of parts, measures and outcomes, in English for translation
``comparison`` a comparison of scenarios as text, chart and page
``deal_page``  the answer to a table as a page
``page``       from content to HTML that needs no network; templates, one stylesheet
============== =====================================================================

Nothing here does arithmetic of the model: it formats, compares the latest values, and draws.
"""
