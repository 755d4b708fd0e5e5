"""BTS, IOM, UNHCR, World Bank and ForeignAssistance: their shapes and their faults."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from corredor.errors import CorredorError
from corredor.figures.publishers import assistance, bts, iom, unhcr, worldbank
from corredor.figures.publishers.base import Parsed, RawFile, links_of

TODAY = date(2025, 12, 31)
Parse = Callable[[RawFile], Parsed]


def read(parse: Parse, content: bytes, name: str = "file") -> Parsed:
    return parse(RawFile(name, content, today=TODAY))


# ------------------------------------------------------------------------------- samples
def crossing(**changes: Any) -> dict[str, Any]:
    row = {
        "port_code": "2301",
        "port_name": "Brownsville",
        "state": "Texas",
        "date": "2024-01-01T00:00:00.000",
        "measure": "Trucks",
        "value": "1234",
    }
    return {**row, **changes}


DOT1 = (
    "TRDTYPE,USASTATE,DEPE,DISAGMOT,MEXSTATE,CANPROV,COUNTRY,VALUE,SHIPWT,FREIGHT_CHARGES,DF,"
    "CONTCODE,MONTH,YEAR\n"
    "1,TX,2304,5,NL,,2010,1000,5,6,1,1,01,2025\n"
    "1,TX,2304,5,NL,,2010,500,5,6,1,1,01,2025\n"
    "2,TX,2304,6,,,2010,70,5,6,,X,01,2025\n"
    "1,AK,0901,5,,XY,1220,42199,0,62,1,1,01,2025\n"
)


def archive(members: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, text in members.items():
            packed.writestr(name, text)
    return out.getvalue()


IOM_HEAD = (
    "Main ID,Incident ID,Incident Type,Region of Incident,Incident Date,Incident Year,Month,"
    "Number of Dead,Minimum Estimated Number of Missing,Total Number of Dead and Missing,"
    "Number of Survivors,Number of Females,Number of Males,Number of Children,Country of Origin,"
    "Region of Origin,Cause of Death,Country of Incident,Migration Route,Location of Incident,"
    "Coordinates,UNSD Geographical Grouping,Information Source,URL,Source Quality\n"
)


def incident(
    region: str = "North America",
    year: str = "2023",
    month: str = "June",
    total: str = "2",
    country: str = "United States of America",
    location: str = "Brooks County, Texas",
    where: str = "26.83, -98.26",
) -> str:
    return (
        f"1,1,Incident,{region},2023-06-01,{year},{month},1,1,{total},,,,,Unknown,Unknown,"
        f'Drowning,{country},US-Mexico border crossing,"{location}","{where}",Northern America,'
        "Press,,3\n"
    )


def application(**changes: Any) -> dict[str, Any]:
    row = {
        "year": 2024,
        "coo_name": "Honduras",
        "coo_iso": "HND",
        "coa_name": "Mexico",
        "coa_iso": "MEX",
        "procedure_type": "G",
        "app_type": "N",
        "app_pc": "P",
        "dec_level": "NA",
        "applied": 120,
    }
    return {**row, **changes}


def wdi(*rows: dict[str, Any]) -> bytes:
    head = {"page": 1, "pages": 1, "per_page": 50, "total": len(rows), "lastupdated": "2025-12-19"}
    return json.dumps([head, list(rows)]).encode()


def indicator(**changes: Any) -> dict[str, Any]:
    row = {
        "indicator": {"id": "NY.GDP.MKTP.CD", "value": "GDP"},
        "country": {"id": "HN", "value": "Honduras"},
        "countryiso3code": "HND",
        "date": "2023",
        "value": 34400509852.6,
        "unit": "",
        "obs_status": "",
        "decimal": 0,
    }
    return {**row, **changes}


AID = (
    "Country ID,Country Code,Country Name,Transaction Type ID,Transaction Type Name,Fiscal Year,"
    "current_amount,constant_amount\n"
    "1,HND,Honduras,2,Obligations,2024,100,90\n"
    "1,HND,Honduras,2,Obligations,2024,-25.5,-20\n"
    "1,HND,Honduras,3,Disbursements,1976tq,7,9\n"
    "998,WLD,World,2,Obligations,2024,999,888\n"
)


# ------------------------------------------------------------------------------------ BTS
def test_crossings_and_their_repetitions() -> None:
    rows = [
        crossing(),
        crossing(),
        crossing(port_code="502", measure="Bus Passengers", value="0"),
        crossing(port_code="2606", value="0"),
        crossing(port_code="2606", value="2175"),
        crossing(date="Feb 2024", measure="Truck Containers Full", value="7"),
    ]
    parsed = read(bts.parse_crossings, json.dumps(rows).encode())
    assert parsed.frame.select("start", "place", "measure", "value").rows() == [
        (date(2024, 1, 1), "0502", "Bus Passengers", 0),
        (date(2024, 1, 1), "2301", "Trucks", 1234),
        (date(2024, 2, 1), "2301", "Truck Containers Loaded", 7),
    ]
    assert parsed.notes == ("port 2606, Trucks, 2024-01 has two counts; both left out",)


def test_crossings_pages() -> None:
    first = bts._address("https://data.bts.gov", 0, None)
    assert first is not None
    assert first.startswith("https://data.bts.gov/resource/keg4-3bc2.json?")
    assert "offset=0" in first
    full = json.dumps([{}] * bts.PAGE).encode()
    second = bts._address("https://data.bts.gov", 1, full)
    assert second is not None
    assert f"offset={bts.PAGE}" in second
    assert bts._address("https://data.bts.gov", 1, b"[{}]") is None


def test_transborder_archive() -> None:
    ytd = DOT1.replace(",01,2025", ",02,2025")
    content = archive({"January2025/dot1_0125.csv": DOT1, "January2025/dot1_ytd_0125.csv": ytd})
    frame = read(bts.parse_transborder, content, "January2025.zip").frame
    assert frame.select("start", "mode", "direction", "value").rows() == [
        (date(2025, 1, 1), "Rail", "import", 70),
        (date(2025, 1, 1), "Truck", "export", 1500),
    ]


def test_transborder_links() -> None:
    base = "/sites/bts.dot.gov/files/transborder-raw"
    names = ["2026/January2026", "2024/Jan2024", *(f"2025/{m}2025" for m in ("May", "June"))]
    page = "".join(f'<a href="{base}/{n}.zip">{n}</a>' for n in names).encode()
    links = links_of(page, "https://www.bts.gov/topics/transborder-raw-data")
    assert [x.text for x in bts.pick_archives(links)] == [
        "2026/January2026",
        "2025/June2025",
        "2025/May2025",
        "2024/Jan2024",
    ]


# ------------------------------------------------------------------------------------ IOM
def test_deaths_are_summed_to_month_country_and_zone() -> None:
    text = IOM_HEAD + "".join(
        [
            incident(),
            incident(total="3"),
            incident(total="0"),
            incident(region="Mediterranean", month="??"),
            incident(country="Panama", where="8.5, -77.6", location="Selva", total="1"),
            incident(country="Mexico", where="(16.1, -95.2)", location="Oaxaca", total="4"),
        ]
    )
    frame = read(iom.parse, b"\xef\xbb\xbf" + text.encode()).frame
    deaths = frame.filter(pl.col("series") == "iom.deaths")
    assert deaths.select("start", "country", "place", "value").rows() == [
        (date(2023, 6, 1), "MEX", "mexico_other", 4),
        (date(2023, 6, 1), "PAN", "darien_region", 1),
        (date(2023, 6, 1), "USA", "us_southwest_states", 5),
    ]
    counted = frame.filter(pl.col("series") == "iom.deaths.incidents")
    assert counted["value"].to_list() == [1, 1, 2]


def test_zones_are_those_of_the_compiled_file(shared: Path) -> None:
    name = "iom_missing_migrants_americas_incidents.csv.gz"
    rows = pl.read_csv(gzip.decompress((shared / name).read_bytes()), infer_schema_length=10_000)
    off = [
        row
        for row in rows.iter_rows(named=True)
        if iom.zone(row["country_of_incident_iso3"], row["lat"], row["lon"], row["location"] or "")
        != row["zone_by_compiler"]
    ]
    assert rows.height == 6890
    assert not off


# ---------------------------------------------------------------------------------- UNHCR
def test_applications() -> None:
    items = [
        application(),
        application(applied="5"),
        application(coo_iso="XXA", applied=7),
        application(applied="*"),
        application(app_pc="C", applied=3),
    ]
    frame = read(unhcr.parse, json.dumps({"items": items}).encode()).frame
    assert frame.select("country", "nationality", "category", "measure", "value").rows() == [
        ("MEX", "HND", "N", "C", 3),
        ("MEX", "HND", "N", "P", 125),
        ("MEX", "XXA", "N", "P", 7),
    ]
    assert frame.row(0)[1:3] == (date(2024, 1, 1), date(2024, 12, 31))


def test_application_pages_end() -> None:
    base = "https://api.unhcr.org"
    first = unhcr._address(base, 0, None)
    assert first is not None
    assert first.startswith(f"{base}/population/v1/asylum-applications/?limit=1000&page=1")
    body = json.dumps({"items": [application()], "maxPages": 2}).encode()
    second = unhcr._address(base, 1, body)
    assert second is not None
    assert "page=2" in second
    assert unhcr._address(base, 2, body) is None
    assert unhcr._address(base, 1, json.dumps({"items": []}).encode()) is None


# ----------------------------------------------------------------------------- World Bank
def test_indicators() -> None:
    parsed = read(worldbank.parse, wdi(indicator(), indicator(date="2024", value=None)))
    assert parsed.published == date(2025, 12, 19)
    (row,) = parsed.frame.rows()
    assert row[0] == "wb.indicators"
    assert row[3] == "HND"
    assert row[-1] == pytest.approx(34400509852.6)


def test_a_refused_question_is_told() -> None:
    said = [{"message": [{"id": "120", "key": "Invalid value", "value": "no such indicator"}]}]
    with pytest.raises(CorredorError, match="no such indicator"):
        read(worldbank.parse, json.dumps(said).encode())


# -------------------------------------------------------------------- foreign assistance
def test_assistance_sums_and_leaves_regions_out() -> None:
    parsed = read(assistance.parse, AID.encode())
    rows = parsed.frame.select("series", "start", "end", "country", "category", "value").rows()
    year = (date(2023, 10, 1), date(2024, 9, 30))
    assert rows == [
        ("us.assistance", *year, "HND", "Obligations", 74.5),
        ("us.assistance.constant", *year, "HND", "Obligations", 70.0),
    ]
    assert "1 recipients are not countries" in parsed.notes[0]


def test_the_complete_file_is_read_as_a_stream(tmp_path: Path, monkeypatch: Any) -> None:
    head = (
        "Country Code,Country Name,Transaction Type Name,Fiscal Year,Current Dollar Amount,"
        "Constant Dollar Amount,Activity Name\n"
    )
    path = tmp_path / "us_foreign_aid_complete.csv"
    path.write_text(head + 'GTM,Guatemala,Disbursements,2024,10,9,"Roads, ""new"""\n' * 1000)
    monkeypatch.setattr("corredor.figures.publishers.base.STREAM", 100)
    raw = RawFile.open(path)
    assert raw.content == b""
    frame = assistance.parse(raw).frame
    assert frame.filter(pl.col("series") == "us.assistance")["value"].to_list() == [10_000.0]


# --------------------------------------------------------------------------------- faults
def jsoned(row: dict[str, Any]) -> bytes:
    return json.dumps([row]).encode()


def items(row: dict[str, Any]) -> bytes:
    return json.dumps({"items": [row]}).encode()


FAULTS: list[tuple[Parse, bytes, str]] = [
    (bts.parse_crossings, b"[]", "returned no rows"),
    (bts.parse_crossings, b'{"message": "gone"}', "not a list of rows"),
    (bts.parse_crossings, b"[1", "the JSON is broken"),
    (bts.parse_crossings, b"<html>", "a web page came instead"),
    (bts.parse_crossings, jsoned({"port_code": "1"}), "lacks date, measure, value"),
    (bts.parse_crossings, b"[7]", "row 1 lacks port_code"),
    (bts.parse_crossings, jsoned(crossing(value="-3")), "the count -3 is negative"),
    (bts.parse_crossings, jsoned(crossing(value=1.5)), "not a whole number"),
    (bts.parse_crossings, jsoned(crossing(date="2024-13-01")), "is not a month"),
    (bts.parse_crossings, jsoned(crossing(date="2027-01-01")), "has not happened yet"),
    (bts.parse_crossings, jsoned(crossing(measure="Trucksss")), "did you mean 'Trucks'"),
    (bts.parse_crossings, jsoned(crossing(port_code="Laredo")), "is not a port code"),
    (bts.parse_transborder, archive({"dot2_0125.csv": DOT1}), "holds 0 tables"),
    (bts.parse_transborder, b"PK\x03\x04 broken", "the archive is damaged"),
    (bts.parse_transborder, archive({"dot1_0125.csv": DOT1})[:-40], "the archive is damaged"),
    (bts.parse_transborder, DOT1.replace(",5,", ",42,").encode(), "unknown mode '42'"),
    (bts.parse_transborder, DOT1.replace("2010", "3010").encode(), "unknown country code '3010'"),
    (bts.parse_transborder, DOT1.replace("\n1,", "\n7,").encode(), "unknown direction '7'"),
    (bts.parse_transborder, DOT1.replace(",01,2025", ",13,2025").encode(), "not a past month"),
    (bts.parse_transborder, DOT1.replace("VALUE", "VAL").encode(), "column 'VALUE' is missing"),
    (bts.parse_transborder, DOT1[:-20].encode(), "the line has"),
    (iom.parse, IOM_HEAD.encode(), "none of the 0 incidents"),
    (iom.parse, (IOM_HEAD + incident(month="Juno")).encode(), "'Juno' is not a month"),
    (iom.parse, (IOM_HEAD + incident(year="2031")).encode(), "'2031' is not a year"),
    (iom.parse, (IOM_HEAD + incident(total="-1")).encode(), "negative"),
    (iom.parse, (IOM_HEAD + incident(total="two")).encode(), "'two' is not a number"),
    (iom.parse, (IOM_HEAD + incident(where="north")).encode(), "not a pair of coordinates"),
    (iom.parse, (IOM_HEAD + incident(where="95, 10")).encode(), "not a pair of coordinates"),
    (iom.parse, (IOM_HEAD + incident(country="Atlantis")).encode(), "unknown country 'Atlantis'"),
    (
        iom.parse,
        (
            IOM_HEAD.replace("Cause of Death", "Full name")
            + incident().replace("Drowning", "Ana Paz")
        ).encode(),
        "a record of persons",
    ),
    (unhcr.parse, b"[]", "returned no applications"),
    (unhcr.parse, b'{"data": []}', "there is no list of items"),
    (unhcr.parse, items({"year": 2024}), "lacks coo_iso, coa_iso, app_type, app_pc, applied"),
    (unhcr.parse, items(application(year=2030)), "not a past year"),
    (unhcr.parse, items(application(coo_iso="QQQ")), "unknown country code 'QQQ'"),
    (unhcr.parse, items(application(applied=-4)), "negative"),
    (unhcr.parse, items(application(applied=[1])), "is not a number"),
    (worldbank.parse, b"{}", "not a header and rows"),
    (worldbank.parse, wdi(), "returned no values"),
    (worldbank.parse, wdi({"date": "2023"}), "row 1 lacks a field"),
    (worldbank.parse, wdi(indicator(value="much")), "'much' is not a number"),
    (worldbank.parse, wdi(indicator(date="2031")), "not a past year"),
    (worldbank.parse, wdi(indicator(indicator={"id": "X"})), "unknown indicator 'X'"),
    (assistance.parse, b"", "the file is empty"),
    (assistance.parse, AID.split("\n")[0].encode(), "no amount for any country"),
    (assistance.parse, AID.replace("2024,100", "FY24,100").encode(), "is not a fiscal year"),
    (assistance.parse, AID.replace("Obligations", "Loans").encode(), "unknown transaction type"),
    (assistance.parse, AID.replace(",100,", ",lots,").encode(), "'lots' is not a number"),
    (assistance.parse, AID.replace("Fiscal Year", "Year").encode(), "'Fiscal Year' is missing"),
]


@pytest.mark.parametrize(("parse", "content", "words"), FAULTS)
def test_faults_are_one_clear_sentence(parse: Parse, content: bytes, words: str) -> None:
    with pytest.raises(CorredorError) as caught:
        read(parse, content)
    told = [p for p in caught.value.problems if words in str(p)]
    assert told, str(caught.value)
    assert told[0].fix
    assert "\n" not in str(told[0])
