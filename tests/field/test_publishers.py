"""No true file of a publisher is refused, and none is taken for another.

Every file goes whole through ``corredor figures import``. What a parser made of it is then
looked at by itself, apart from what the store does with an extract or an older edition.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from corredor.figures.looking import look
from corredor.figures.publishers.base import Parsed
from tests.field.conftest import Run
from tests.publishers.books import book, cuadro, darien
from tests.publishers.test_fuzz import CASES


def parsed(file: Path, series: str | None = None) -> Parsed:
    found = look(file, series=series)
    assert isinstance(found, Parsed)
    return found


def total(file: Path, series: str, **where: Any) -> float:
    frame = parsed(file).frame.filter(series=series, **where)
    return float(frame["value"].sum())


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def zipped(**members: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return out.getvalue()


# ------------------------------------------------------------------- the named field files
def test_panamas_text_with_four_tables(field: Path, importing: Run) -> None:
    file = field / "04_panama_pdf_text_four_tables.txt"
    code, said = importing(file)
    assert code == 0
    assert "3 other tables of the file are left out" in said
    frame = parsed(file).frame.filter(series="panama.darien.total").sort("start")
    assert frame["value"].to_list() == [1961, 418, 200, 73, 13, 10, 10, 21]
    assert parsed(file).adds_up
    assert total(file, "panama.darien.transits", nationality="CMR") == 173


def test_missing_migrants_whole_download(field: Path, importing: Run) -> None:
    file = field / "07_iom_alldata.csv"
    code, said = importing(file)
    assert code in {0, 1}
    assert "read as IOM's Missing Migrants incidents" in said
    assert "2 of 5 incidents are outside the Americas" in said
    rows = parsed(file).frame.filter(series="iom.deaths")
    assert rows.select("start", "country", "place", "value").rows() == [
        (date(2014, 1, 1), "USA", "us_southwest_states", 2),
        (date(2014, 3, 1), "MEX", "mexico_north_lat25.5plus", 1),
    ]


def test_missing_migrants_query_export(field: Path, importing: Run) -> None:
    code, said = importing(field / "08_iom_query_export_2026.csv")
    assert code == 0
    assert "5 of 5 incidents are outside the Americas" in said


def test_border_crossings_download(field: Path, importing: Run) -> None:
    file = field / "09_bts_border_crossing.csv"
    code, said = importing(file)
    assert code in {0, 1}
    assert "1 rows of other borders" in said
    rows = parsed(file).frame.sort("place", "measure").select("start", "place", "measure", "value")
    assert rows.rows() == [
        (date(2023, 12, 1), "2302", "Trucks", 6552),
        (date(2024, 1, 1), "2304", "Personal Vehicles", 425998),
        (date(2023, 12, 1), "2310", "Buses", 46),
        (date(2024, 1, 1), "2401", "Pedestrians", 127217),
    ]


def test_transborder_outside_its_zip(field: Path, importing: Run) -> None:
    file = field / "10_transborder_dot1_0115.csv"
    code, said = importing(file)
    assert code in {0, 1}
    assert "TransBorder" in said
    lines = file.read_text().splitlines()[1:]
    assert total(file, "bts.transborder.mode") == sum(int(x.split(",")[7]) for x in lines)


def test_world_bank_download(field: Path, importing: Run) -> None:
    file = field / "11_worldbank_csv.csv"
    code, said = importing(file)
    assert code in {0, 1}
    assert "2 groups of countries are left out" in said
    found = parsed(file)
    assert found.published == date(2024, 11, 13)
    afg = found.frame.filter(country="AFG", start=date(2022, 1, 1))
    assert afg["value"].to_list() == [352.603733092107]


def test_unhcr_downloads(field: Path, importing: Run) -> None:
    code, said = importing(field / "12_unhcr_persons_of_concern.csv")
    assert code == 2
    assert "UNHCR's population figures" in said
    file = field / "12b_unhcr_asylum_applications.csv"
    code, said = importing(file)
    assert code in {0, 1}
    assert total(file, "unhcr.asylum", nationality="CHN", country="AUS") == 1186


def test_foreign_assistance_older_headers(field: Path, importing: Run) -> None:
    code, said = importing(field / "13_fa_snake_header.csv")
    assert code in {0, 1}
    assert "read as ForeignAssistance.gov's data by country" in said
    file = field / "14_fa_older_download.csv"
    assert importing(file)[0] in {0, 1}
    assert total(file, "us.assistance", category="Disbursements") == 132_343_615


def test_a_table_of_nobody_is_said_to_be_one(field: Path, importing: Run) -> None:
    code, said = importing(field / "15_hdx_hapi.csv")
    assert code == 2
    assert "no series of the catalogue" in said
    assert "--map month=COLUMN,value=COLUMN" in said
    assert "person" not in said


# ------------------------------------------------------------- the samples of every parser
@pytest.mark.parametrize("name", CASES)
def test_every_parser_is_reached_by_the_command(name: str, tmp_path: Path, importing: Run) -> None:
    case = CASES[name]
    file = written(tmp_path, "honduras.dat", case.sample)
    options = ("--series", "honduras.entries") if name.startswith("honduras") else ()
    code, said = importing(file, *options)
    assert code in {0, 1}, said
    assert "read as" in said
    frame = parsed(file, options[1] if options else None).frame
    assert frame.height


# ---------------------------------------------------------------------- forms of publishers
IOM_2014 = (
    "Web ID,Region of Incident,Reported Date,Reported Year,Reported Month,Number Dead,Minimum "
    "Estimated Number of Missing,Total Dead and Missing,Number of Survivors,Number of Females,"
    "Number of Males,Number of Children,Cause of Death,Location Description,Information Source,"
    "Location Coordinates,Migration Route,URL,UNSD Geographical Grouping,Source Quality\n"
    '51591,US-Mexico Border,"March 28, 2019",2019,Mar,2,,2,,,,,Presumed drowning,"Río Bravo near '
    'Del Rio, Texas, USA",US Border Patrol,"29.3, -100.9",US-Mexico border crossing,,Northern '
    "America,3\n"
    '51592,Mediterranean,"March 27, 2019",2019,Mar,1,,1,,,,,Drowning,"Off Lesvos, Greece",Press,'
    '"39.1, 26.5",Eastern Mediterranean,,Southern Europe,3\n'
)
IOM_2021 = (
    "Main ID,Incident ID,Incident Type,Region of Incident,Incident Date,Incident year,Reported "
    "Month,Number of Dead,Minimum Estimated Number of Missing,Total Number of Dead and Missing,"
    "Number of Survivors,Number of Females,Number of Males,Number of Children,Country of Origin,"
    "Region of Origin,Cause of Death,Migration route,Location of death,Information Source,"
    "Coordinates,UNSD Geographical Grouping,Article title,Source URL,Source Quality\n"
    "2021.MMP1,2021.MMP1,Incident,North America,2021-06-01,2021,June,3,1,4,,,,,Unknown,Unknown,"
    'Heat,US-Mexico border crossing,"Brooks County, Texas",Press,POINT (-98.2 26.8),Northern '
    "America,,,3\n"
    "2021.MMP2,2021.MMP2,Incident,Central America,2021-07-01,2021,July,1,,1,,,,,Haiti,Caribbean,"
    'Drowning,Darien,"Unknown river in the Darién, Panama",Press,,Central America,,,3\n'
)
IOM_QUERY = (
    '"Main ID","Incident ID",Region,"Incident Date",Year,"Reported Month","Number Dead","Minimum '
    'Estimated Number of Missing","Location of death",Coordinates,"Migration route"\n'
    '1,1,"North America","Thu, 01/01/2026 - 12:00",2026,January,2,3,"Unspecified location in the '
    'desert around Ajo Pima County Arizona USA","32.2, -112.8","US-Mexico border crossing"\n'
    '2,2,Caribbean,"Thu, 01/01/2026 - 12:00",2026,January,,7,"Off the coast of Cancun, Quintana '
    'Roo,Mexico in the Caribean Sea","21.1, -86.7",\n'
)
BTS_2019 = (
    "Port Name,State,Port Code,Border,Date,Measure,Value,Location\n"
    "Hidalgo,Texas,2305,US-Mexico Border,02/01/2019 12:00:00 AM,Pedestrians,156891,POINT (-98 26)\n"
    "Derby Line,Vermont,209,US-Canada Border,03/01/2019 12:00:00 AM,Trucks,6483,POINT (-72 45)\n"
)
CROSSING = (
    "Port Name,State,Port Code,Border,Date,Measure,Value,Latitude,Longitude,Point\n"
    'Laredo,Texas,2304,US-Mexico Border,{},Trucks,"{}",27.5,-99.5,POINT (-99.5 27.5)\n'
)
API_CSV = (
    '"port_name","state","port_code","border","date","measure","value"\n'
    '"Laredo","Texas","2304","US-Mexico Border","2024-01-01T00:00:00.000","Trucks","10"\n'
)
DOT2 = (
    "TRDTYPE,USASTATE,COMMODITY2,DISAGMOT,MEXSTATE,CANPROV,COUNTRY,VALUE,SHIPWT,FREIGHT_CHARGES,DF,"
    "CONTCODE,MONTH,YEAR\n1,TX,87,5,NL,,2010,10,5,6,1,1,01,2025\n2,TX,87,5,,,2010,5,5,6,,X,1,2025\n"
)
DOT3 = (
    "TRDTYPE,DEPE,COMMODITY2,DISAGMOT,COUNTRY,VALUE,SHIPWT,FREIGHT_CHARGES,DF,CONTCODE,MONTH,YEAR\n"
    "2,2304,87,6,2010,22052,0,10,1,1,01,2025\n1,0901,87,6,1220,1,0,10,1,1,01,2025\n"
)
WB = (
    '"Data Source","World Development Indicators",\n\n"Last Updated Date","2025-07-01",\n\n'
    '"Country Name","Country Code","Indicator Name","Indicator Code","2022","2023",\n'
    '"Honduras","HND","Population, total","SP.POP.TOTL","10","11",\n'
    '"World","WLD","Population, total","SP.POP.TOTL","7","8",\n'
)
DATABANK = (
    "Country Name,Country Code,Series Name,Series Code,2022 [YR2022],2023 [YR2023]\n"
    '"Venezuela, RB",VEN,GDP (current US$),NY.GDP.MKTP.CD,..,5.5\n,,,,,\n,,,,,\n'
    "Data from database: World Development Indicators,,,,,\nLast Updated: 07/01/2025,,,,,\n"
)
DATABANK_LONG = (
    'Time,Time Code,Country Name,Country Code,GDP (current US$) [NY.GDP.MKTP.CD],"Inflation, '
    'consumer prices (annual %) [FP.CPI.TOTL.ZG]"\n2023,YR2023,Cuba,CUB,9,..\n'
)
UNHCR = (
    "Year,Country of Origin,Country of Origin ISO,Country of Asylum,Country of Asylum ISO,"
    "Authority,Application type,Stage of procedure,Cases / Persons,applied\n"
    "2023,Venezuela (Bolivarian Republic of),VEN,Mexico,MEX,G,N,FI,P,5600\n"
    "2023,Haiti,HTI,Mexico,MEX,G,New,FI,Persons,44000\n2023,Cuba,CUB,Mexico,MEX,G,N,FI,P,*\n"
)
WB_XML = (
    '<?xml version="1.0" encoding="utf-8"?>\n<Root xmlns:wb="http://www.worldbank.org"><data>\n'
    "<record>"
    '<field name="Country or Area" key="HND">Honduras</field><field name="Item" key="SP.POP.TOTL">'
    'Population, total</field><field name="Year">2023</field><field name="Value">11</field>'
    '</record><record><field name="Country or Area" key="WLD">World</field><field name="Item" '
    'key="SP.POP.TOTL">Population, total</field><field name="Year">2023</field>'
    '<field name="Value"/>'
    "</record></data></Root>"
)
WB_HDX = (
    "Country Name,Country ISO3,Year,Indicator Name,Indicator Code,Value\n"
    "#country+name,#country+code,#date+year,#indicator+name,#indicator+code,#indicator+value+num\n"
    'Honduras,HND,2023,"Population, total",SP.POP.TOTL,11\n'
)
UNHCR_R = (
    '"","year","coo_id","coo_name","coo","coo_iso","coa_id","coa_name","coa","coa_iso",'
    '"procedure_type","app_type","dec_level","app_pc","applied"\n'
    '"1",2023,1,"Haiti","HAI","HTI",2,"Mexico","MEX","MEX","G","R","FI","P",12\n'
)
POPSTATS = (
    '"Extracted from the UNHCR Population Statistics Reference Database",\n"Date extracted: '
    '2017-06-19",\n\n"Country / territory of asylum/residence",Origin,Year,"RSD procedure type / '
    'level","Tota pending start-year","Applied during year",Rejected\n'
    'Mexico,"El Salvador",2016,"G / FI",10,3488,4\nMexico,Various,2016,"G / FI",10,*,4\n'
)
AID_NOW = (
    "Country ID,Country Code,Country Name,Region ID,Region Name,Income Group ID,Income Group Name,"
    "Income Group Acronym,Transaction Type ID,Transaction Type Name,Fiscal Year,Current Dollar "
    "Amount,Constant Dollar Amount\n"
    "1,GTM,Guatemala,6,Western Hemisphere,3,Upper,UMIC,3,Disbursements,2025 (Partially Reported),"
    "100,90\n998,WLD,World,7,World,,,,2,Obligations,2024,999,888\n"
)
AID_COMPLETE = (
    "country_id,country_code,country_name,managing_agency_name,implementing_partner_name,"
    "activity_name,transaction_type_name,fiscal_year,current_amount,constant_amount\n"
    "1,HND,Honduras,USAID,Chemonics,Rule of law,Obligations,2023,10.5,9\n"
    "1,HND,Honduras,USAID,Save the Children,Schools,Obligations,2023,-0.5,-0.4\n"
)
AOR_SNAKE = (
    "fiscal_year,month_grouping,month_abbv,component,land_border_region,area_of_responsibility,"
    "aor_abbv,demographic,citizenship,title_of_authority,encounter_type,encounter_count\n"
    "2023,FYTD,APR,U.S. Border Patrol,Southwest Land Border,Tucson Sector,TCA,UC / Single Minors,"
    '"CHINA, PEOPLES REPUBLIC OF",Title 42,Expulsions,5\n'
)
STATE_SNAKE = (
    "fiscal_year,month_grouping,month_abbv,land_border_region,state,demographic,citizenship,"
    "title_of_authority,encounter_count\n"
    "2021,FYTD,OCT,Southwest Land Border,AZ,FMUA,MYANMAR (BURMA),Title 8,3\n"
)
SBO = (
    "Fiscal Year,Month Grouping,Month (abbv),Component,Demographic,Citizenship Grouping,Title of "
    "Authority,Encounter Type,Encounter Count\n"
    '2023,Remaining,SEP,U.S. Border Patrol,FMUA,El Salvador,Title 8,Apprehensions,"4,543"\n'
)
SBO_TWICE = (
    SBO + '2023,FYTD,SEP,U.S. Border Patrol,FMUA,El Salvador,Title 8,Apprehensions,"4,550"\n'
)
LONG = "Año,Mes,Nacionalidad,Total\n2023,enero,Cuba,4\n2023,2,Haití,5\n"


def semicolons(text: str) -> str:
    return "\n".join(";".join(row) for row in csv.reader(io.StringIO(text)) if row)


def as_book(text: str) -> bytes:
    return book({"data": list(csv.reader(io.StringIO(text)))})


DEATHS, CROSSINGS, FREIGHT = "iom.deaths", "bts.crossings", "bts.transborder.mode"
BANK, ASYLUM, AID = "wb.indicators", "unhcr.asylum", "us.assistance"
AOR, STATE, SHORT = "cbp.swb.encounters", "cbp.nationwide.encounters", "cbp.sbo.encounters"
#: Name of the file, content, series, what is summed, the sum.
FORMS: dict[str, tuple[str, str | bytes, str, dict[str, Any], float]] = {
    "iom 2014-2021": ("MissingMigrants-Global.csv", IOM_2014, DEATHS, {"country": "USA"}, 2),
    "iom 2021-2023": ("iom.csv", IOM_2021, DEATHS, {"country": "USA"}, 4),
    "iom no coordinates": ("iom.csv", IOM_2021, DEATHS, {"place": "darien_region"}, 1),
    "iom query": ("query.csv", IOM_QUERY, DEATHS, {"place": "us_southwest_states"}, 5),
    "iom missing only": ("query.csv", IOM_QUERY, DEATHS, {"country": "MEX"}, 7),
    "iom workbook": ("Missing_Migrants.xlsx", as_book(IOM_2014), DEATHS, {}, 2),
    "iom semicolons": ("iom.csv", semicolons(IOM_QUERY), DEATHS, {}, 12),
    "iom utf-16 tabs": (
        "iom.csv",
        semicolons(IOM_QUERY).replace(";", "\t").encode("utf-16"),
        DEATHS,
        {},
        12,
    ),
    "bts 2019": ("Border_Crossing_Entry_Data.csv", BTS_2019, CROSSINGS, {"place": "2305"}, 156891),
    "bts today": ("b.csv", CROSSING.format("Jan 2024", "1,234"), CROSSINGS, {}, 1234),
    "bts from excel": ("b.csv", CROSSING.format("Jan-24", "12"), CROSSINGS, {}, 12),
    "bts iso": ("b.csv", CROSSING.format("2024-01-01", "12"), CROSSINGS, {}, 12),
    "bts socrata tsv": (
        "b.tsv",
        semicolons(CROSSING.format("2024 Jan 01 12:00:00 AM", "12")).replace(";", "\t"),
        CROSSINGS,
        {},
        12,
    ),
    "bts interface csv": ("keg4-3bc2.csv", API_CSV, CROSSINGS, {"place": "2304"}, 10),
    "bts workbook": ("b.xlsx", as_book(CROSSING.format("1/1/2024", "12")), CROSSINGS, {}, 12),
    "bts gz": ("b.csv.gz", gzip.compress(BTS_2019.encode()), CROSSINGS, {}, 156891),
    "dot2": ("dot2_0125.csv", DOT2, FREIGHT, {}, 15),
    "dot3": ("dot3_0125.csv", DOT3, FREIGHT, {"mode": "Rail", "direction": "import"}, 22052),
    "dot2 lower case": ("d.csv", DOT2.lower().replace(",tx,", ",TX,"), FREIGHT, {}, 15),
    "dot zip without dot1": ("m.zip", zipped(**{"dot2_0125.csv": DOT2}), FREIGHT, {}, 15),
    "dot zip of a year": (
        "y.zip",
        zipped(
            **{
                "Jan2025.zip": zipped(**{"dot2_0125.csv": DOT2}),
                "Feb2025.zip": zipped(**{"dot2_0225.csv": DOT2.replace("1,2025", "2,2025")}),
            }
        ),
        FREIGHT,
        {},
        30,
    ),
    "dot zip with all three": (
        "m.zip",
        zipped(**{"a/dot3_0125.csv": DOT3, "a/dot2_0125.csv": DOT2}),
        FREIGHT,
        {},
        15,
    ),
    "world bank": ("API_SP.POP.TOTL_DS2_en_csv_v2.csv", WB, BANK, {}, 21),
    "world bank zip": (
        "API_SP.POP.TOTL_DS2_en_csv_v2.zip",
        zipped(
            **{
                "Metadata_Country_API.csv": "Country Code,Region\nHND,Latin America\n",
                "API_SP.POP.TOTL.csv": WB,
                "Metadata_Indicator_API.csv": "INDICATOR_CODE,INDICATOR_NAME\nX,Y\n",
            }
        ),
        BANK,
        {"country": "HND"},
        21,
    ),
    "world bank workbook": ("API.xlsx", as_book(WB), BANK, {}, 21),
    "world bank in Spanish": (
        "API_es.csv",
        WB.replace("Country Name", "Nombre del país").replace("Country Code", "Código del país"),
        BANK,
        {},
        21,
    ),
    "world bank xml": ("API.zip", zipped(**{"API.xml": WB_XML}), BANK, {"country": "HND"}, 11),
    "world bank on hdx": ("indicators.csv", WB_HDX, BANK, {"country": "HND"}, 11),
    "databank": ("Data.csv", DATABANK, BANK, {"country": "VEN"}, 5.5),
    "databank long": ("Data.csv", DATABANK_LONG, BANK, {"country": "CUB"}, 9),
    "world bank decimal comma": (
        "es.csv",
        semicolons(WB).replace(";10;", ";10,125;"),
        BANK,
        {"start": date(2022, 1, 1)},
        10.125,
    ),
    "unhcr": ("asylum-applications.csv", UNHCR, ASYLUM, {"category": "N", "measure": "P"}, 49600),
    "unhcr R": ("asylum.csv", UNHCR_R, ASYLUM, {"category": "R"}, 12),
    "unhcr popstats": ("popstats.csv", POPSTATS, ASYLUM, {"nationality": "SLV"}, 3488),
    "unhcr zip": (
        "query_data.zip",
        zipped(
            **{
                "asylum-applications.csv": UNHCR,
                "population.csv": "Year,Country of Origin,Country of Asylum,Refugees\n2023,A,B,1\n",
                "footnotes.csv": "Year,Note\n2023,provisional\n",
            }
        ),
        ASYLUM,
        {},
        49600,
    ),
    "aid today": (
        "us_foreign_aid_country.csv",
        AID_NOW,
        AID,
        {"status": "partially reported"},
        100,
    ),
    "aid complete": ("us_foreign_aid_complete.csv", AID_COMPLETE, AID, {"country": "HND"}, 10),
    "aid zip": ("aid.zip", zipped(**{"us_foreign_aid_country.csv": AID_NOW}), AID, {}, 100),
    "aid workbook": ("aid.xlsx", as_book(AID_NOW), AID, {}, 100),
    "cbp aor snake": ("cbp_resp.csv", AOR_SNAKE, AOR, {"nationality": "CHN"}, 5),
    "cbp aor without grouping": (
        "c.csv",
        AOR_SNAKE.replace("month_grouping,", "").replace("FYTD,", ""),
        AOR,
        {},
        5,
    ),
    "cbp state snake": ("cbp_state.csv", STATE_SNAKE, STATE, {"nationality": "MMR"}, 3),
    "cbp sbo": ("sbo.csv", SBO, SHORT, {}, 4543),
    "cbp two editions in one": ("sbo.csv", SBO_TWICE, SHORT, {}, 4550),
    "cbp sbo gz": ("sbo.csv.gz", gzip.compress(SBO.encode()), SHORT, {}, 4543),
    "cbp sbo zip": (
        "sbo.zip",
        zipped(**{"__MACOSX/._s.csv": b"\0", "s.csv": SBO}),
        SHORT,
        {},
        4543,
    ),
    "cbp sbo workbook": ("sbo.xlsx", as_book(SBO), SHORT, {}, 4543),
    "cbp sbo semicolons": ("sbo.csv", semicolons(SBO), SHORT, {}, 4543),
    "darien as a narrow csv": (
        "t.csv",
        "Tránsito irregular por Darién 2025\nPaís,2025-05,2025-06\nVEN,3,4\nCOL,1,2\nTotal,4,6\n",
        "panama.darien.total",
        {},
        10,
    ),
    "honduras by its name": ("INM Honduras 2023.csv", LONG, "honduras.entries", {}, 9),
}


SUMMED = {
    **{name: FORMS[name] for name in ("iom query", "bts 2019", "unhcr", "aid today", "cbp sbo")},
    **{name: FORMS[name] for name in ("cbp aor snake", "cbp state snake", "dot2", "iom 2021-2023")},
    **{name: FORMS[name] for name in ("world bank on hdx", "cbp two editions in one")},
}


@pytest.mark.parametrize("word", ["Total", "Grand Total", "Suma:"])
@pytest.mark.parametrize("name", SUMMED)
def test_a_line_that_sums_a_filtered_export_is_no_row(name: str, word: str, tmp_path: Path) -> None:
    called, content, series, where, value = SUMMED[name]
    assert isinstance(content, str)
    width = len(next(csv.reader(io.StringIO(content))))
    text = content.rstrip("\n") + f"\n{word}{',' * (width - 1)}999999\n"
    assert total(written(tmp_path, called, text), series, **where) == pytest.approx(value)


@pytest.mark.parametrize("name", FORMS)
def test_forms_of_publishers_are_read(name: str, tmp_path: Path, importing: Run) -> None:
    called, content, series, where, value = FORMS[name]
    file = written(tmp_path, called, content)
    code, said = importing(file)
    assert code in {0, 1}, said
    assert "read as" in said
    assert total(file, series, **where) == pytest.approx(value)


def test_two_editions_in_one_file_are_told(tmp_path: Path, importing: Run) -> None:
    _, said = importing(written(tmp_path, "sbo.csv", SBO_TWICE))
    assert "1 cells come twice with another count" in said


@pytest.mark.parametrize(
    ("text", "rows", "left_out"),
    [
        (SBO, 1, 0),
        (SBO_TWICE, 2, 1),
        (BTS_2019, 2, 1),
        (IOM_2014, 2, 1),
        (DOT3, 2, 1),
        (UNHCR, 3, 1),
    ],
)
def test_rows_read_and_left_out_add_up(text: str, rows: int, left_out: int, tmp_path: Path) -> None:
    found = parsed(written(tmp_path, "f.csv", text))
    assert (found.rows, found.left_out) == (rows, left_out)


#: As the Refugee Data Finder and the World Bank write them.
SPELLINGS = {
    "Venezuela (Bolivarian Republic of)": "VEN",
    "Dem. Rep. of the Congo": "COD",
    "Iran (Islamic Rep. of)": "IRN",
    "Czech Rep.": "CZE",
    "Tibetan": "TIB",
    "Stateless": "STL",
    "Unknown": "UNK",
    "Various": "UNK",
    "Serbia and Kosovo: S/RES/1244 (1999)": "SRB",
    "Sint Maarten (Dutch part)": "SXM",
    "Côte d'Ivoire": "CIV",
    "China, Hong Kong SAR": "HKG",
    "Bonaire": "BES",
    "Republic of Türkiye": "TUR",
}


def test_countries_as_unhcr_writes_them(tmp_path: Path) -> None:
    rows = [f'2023,"{name}",Mexico,{i + 1}' for i, name in enumerate(SPELLINGS)]
    text = "\n".join(["Year,Country of origin,Country of asylum,applied", *rows])
    frame = parsed(written(tmp_path, "u.csv", text)).frame
    counts = dict(frame.group_by("nationality").agg(pl.col("value").sum()).rows())
    wanted: dict[str, int] = {}
    for i, code in enumerate(SPELLINGS.values()):
        wanted[code] = wanted.get(code, 0) + i + 1
    assert counts == wanted


def test_databank_states_its_day(tmp_path: Path) -> None:
    assert parsed(written(tmp_path, "d.csv", DATABANK)).published == date(2025, 7, 1)


def test_unhcr_without_countries_is_told(tmp_path: Path, importing: Run) -> None:
    rows = "Year,Country of origin,Country of asylum,applied\n2023,-,Mexico,7\n"
    code, said = importing(written(tmp_path, "u.csv", rows))
    assert code == 2
    assert "not told apart by country of origin" in said


# ---------------------------------------------- tables by month of Panama, Mexico, Honduras
def grid(*title: str, rows: Any = None) -> bytes:
    table = rows or [["País", "Total", "Ene.", "Feb."], ["Total", 9, 4, 5], ["Honduras", 9, 4, 5]]
    return book({"Hoja1": [*[[t] for t in title], *table]})


UPM = "Unidad de Política Migratoria, SEGOB"
SNM = "SERVICIO NACIONAL DE MIGRACIÓN"
GRIDS: dict[str, tuple[bytes, str]] = {
    "darien": (book({"x": darien()}), "panama.darien.transits"),
    "darien untitled office": (
        grid("Tránsito irregular de extranjeros por Darién, 2024"),
        "panama.darien.transits",
    ),
    "3.1.1": (book({"Cuadro": cuadro()}), "mexico.events"),
    "3.1.1 by words": (
        grid("Eventos de personas en situación irregular en México", UPM, "2024"),
        "mexico.events",
    ),
    "honduras": (
        grid("Honduras. Flujo migratorio irregular 2024"),
        "honduras.entries",
    ),
    "honduras in English": (grid("Irregular entries, Honduras, 2024"), "honduras.entries"),
}


@pytest.mark.parametrize("name", GRIDS)
def test_grids_are_given_to_their_country(name: str, tmp_path: Path, importing: Run) -> None:
    content, series = GRIDS[name]
    file = written(tmp_path, "table.xlsx", content)
    code, said = importing(file)
    assert code in {0, 1}, said
    assert series in parsed(file).frame["series"].unique().to_list()


#: A table that must not be taken for another, and the words that say what it is.
NOT_ANOTHER: dict[str, tuple[str, str | bytes, str]] = {
    "a grid of nobody with Honduras in it": (
        "t.xlsx",
        grid("2024"),
        "does not say of which country",
    ),
    "mexico 3.2.1": (
        "t.xlsx",
        grid("3.2.1 Eventos de personas devueltas por la autoridad en México, 2024", UPM),
        "another cuadro of Mexico's",
    ),
    "mexico 3.1.2": (
        "t.xlsx",
        grid("3.1.2 Eventos de personas en situación migratoria irregular en México, 2024"),
        "another cuadro of Mexico's",
    ),
    "panama southward": (
        "t.xlsx",
        grid(SNM, "Flujo inverso por la frontera con Colombia (norte - sur), 2025"),
        "another table of Panama's",
    ),
    "panama airport": ("t.xlsx", grid(SNM, "Entradas por Tocumen 2025"), "another table of Panama"),
    "long of nobody": ("t.csv", LONG, "--series honduras.entries"),
    "cbp drugs": (
        "nationwide-drugs-fy22-fy25.csv",
        "Fiscal Year,Month (abbv),Component,Region,Land Filter,Area of Responsibility,Drug Type,"
        "Count of Event,Sum Qty (lbs)\n2024,OCT,Office of Field Operations,Coastal/Interior,Other,"
        "Miami Field Office,Cocaine,3,12.5\n",
        "CBP's table of drug seizures",
    ),
    "cbp drugs snake": (
        "drugs.csv",
        "fiscal_year,month_abbv,component,drug_type,count_of_event,sum_qty_lbs\n2024,OCT,OFO,"
        "Fentanyl,3,12.5\n",
        "CBP's table of drug seizures",
    ),
    "cbp drugs gz": (
        "drugs.csv.gz",
        gzip.compress(b"FY,Month (abbv),Drug Type,Sum Qty (lbs)\n2024,OCT,Heroin,2\n"),
        "CBP's table of drug seizures",
    ),
    "cbp currency": (
        "currency.csv",
        "Fiscal Year,Month (abbv),Component,Currency Type,Sum of Value\n2024,OCT,OFO,USD,3\n",
        "CBP's table of currency seizures",
    ),
    "cbp other": (
        "assaults.csv",
        "Fiscal Year,Month (abbv),Component,Assaults\n2024,OCT,USBP,3\n",
        "a table of CBP other than its encounters",
    ),
    "unhcr decisions": (
        "asylum-decisions.csv",
        "Year,Country of Origin,Country of Asylum,Recognized decisions,Rejected decisions\n"
        "2023,Haiti,Mexico,1,2\n",
        "UNHCR's asylum decisions",
    ),
    "unhcr demographics": (
        "demographics.csv",
        "Year,Country of Origin,Country of Asylum,Female 0 - 4,Female total\n2023,A,B,1,2\n",
        "UNHCR's demographic figures",
    ),
    "unhcr solutions": (
        "solutions.csv",
        "Year,Country of Origin,Country of Asylum,Resettlement arrivals\n2023,A,B,1\n",
        "returns and resettlement",
    ),
    "unhcr population json": (
        "p.json",
        json.dumps({"items": [{"year": 2023, "coo_iso": "HTI", "coa_iso": "-", "refugees": 1}]}),
        "another answer of UNHCR's",
    ),
    "hdx": (
        "hapi.csv",
        "location_code,admin1_name,population,reference_period_start\nMEX,Chiapas,12,2025-01-01\n",
        "no series of the catalogue",
    ),
    "acled": (
        "acled.csv",
        "event_id_cnty,event_date,year,event_type,actor1,country,fatalities\nMEX1,1 May 2024,2024,"
        "Riots,Rioters (Mexico),Mexico,0\n",
        "no series of the catalogue",
    ),
    "owid": ("owid.csv", "Entity,Code,Year,GDP per capita\nCuba,CUB,2020,9\n", "no series"),
    "a table with a month and a value": (
        "m.csv",
        "Month,Value,Ward,Ward Name,Note\n2024-01,3,12,North,x\n",
        "unknown column 'Ward'",
    ),
    "archive of nobody": ("a.zip", zipped(**{"a.csv": "x,y\n1,2\n", "b.csv": "x\n1\n"}), "none of"),
}


@pytest.mark.parametrize("name", NOT_ANOTHER)
def test_none_is_taken_for_another(name: str, tmp_path: Path, importing: Run) -> None:
    called, content, words = NOT_ANOTHER[name]
    code, said = importing(written(tmp_path, called, content))
    assert code == 2, said
    assert words in said
    assert "person" not in said


def test_a_named_series_is_whose_the_long_table_is(tmp_path: Path) -> None:
    file = written(tmp_path, "t.csv", LONG)
    frame = parsed(file, "panama.darien.transits").frame
    assert set(frame["series"]) == {"panama.darien.transits", "panama.darien.total"}


def test_a_lacking_column_is_told_as_the_publishers(tmp_path: Path, importing: Run) -> None:
    without = SBO.replace("Demographic,", "").replace("FMUA,", "")
    code, said = importing(written(tmp_path, "s.csv", without))
    assert code == 2
    assert "taken for CBP's southwest land border table" in said
    assert "'Demographic' is missing" in said


def test_a_table_over_two_pages(tmp_path: Path, importing: Run) -> None:
    head = "País                    Total      Ene.     Feb.\n"
    text = (
        "TRÁNSITO IRREGULAR POR LA FRONTERA CON COLOMBIA, POR PAÍS: AÑO 2024\n\n"
        + head
        + "Total                      15         7        8\n"
        + "Venezuela                  10         5        5\n\x0c"
        + head
        + "Haití                       5         2        3\n"
    )
    file = written(tmp_path, "p.txt", text)
    assert importing(file)[0] in {0, 1}
    assert total(file, "panama.darien.transits", nationality="HTI") == 5
    assert total(file, "panama.darien.total") == 15


def test_tables_of_two_years_in_one_text(tmp_path: Path) -> None:
    def table(year: int, count: int) -> str:
        counts = f"{3 * count}         {count}        {count}        {count}\n"
        return (
            f"TRÁNSITO IRREGULAR POR DARIÉN POR PAÍS: AÑO {year}\n\n"
            "País                    Total      Ene.     Feb.     Mar.\n"
            f"Total                     {counts}"
            f"Cuba                      {counts}\n"
        )

    file = written(tmp_path, "p.txt", table(2023, 5) + table(2024, 7))
    frame = parsed(file).frame.filter(series="panama.darien.total")
    years = frame.group_by(pl.col("start").dt.year()).agg(pl.col("value").sum()).sort("start")
    assert years.rows() == [(2023, 15), (2024, 21)]


# -------------------------------------------------------------------- archives that are not
BAD_ARCHIVES: dict[str, tuple[str, bytes, str]] = {
    "cut gzip": ("x.csv.gz", gzip.compress(SBO.encode())[:-9], "damaged or cut short"),
    "cut zip": ("x.zip", zipped(**{"s.csv": SBO})[:-30], "damaged"),
    "zip of pictures": ("x.zip", zipped(**{"a.png": b"\x89PNG"}), "not an Excel workbook"),
    "empty zip": ("x.zip", zipped(), "not an Excel workbook"),
    "gzip of a page": ("x.gz", gzip.compress(b"<!doctype html><html>404"), "web page"),
    "gzip of nothing": ("x.gz", gzip.compress(b""), "empty"),
}


@pytest.mark.parametrize("name", BAD_ARCHIVES)
def test_bad_archives_are_one_sentence(name: str, tmp_path: Path, importing: Run) -> None:
    called, content, words = BAD_ARCHIVES[name]
    code, said = importing(written(tmp_path, called, content))
    assert code == 2, said
    assert words in said
    assert "Traceback" not in said


TIDY = "month,nationality,value\n2025-05,VEN,41\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv.gz", gzip.compress(TIDY.encode())),
        ("t.zip", zipped(**{"t.csv": TIDY})),
        ("t.zip", zipped(**{"t.xlsx": as_book(TIDY), "readme.txt": "see the sheet"})),
    ],
    ids=["gzip", "zip", "workbook in a zip"],  # not their bytes, which hold the time
)
def test_a_tidy_table_in_an_archive(
    name: str, content: bytes, tmp_path: Path, importing: Run
) -> None:
    file = written(tmp_path, name, content)
    code, said = importing(file, "--series", "panama.darien.transits")
    assert code in {0, 1}, said
    assert "read as" not in said


# ------------------------------------------------------------------------ persons, or not
NAMES = [
    *("María López Hernández", "Juan Carlos Pérez", "Jean-Baptiste Pierre", "Mohamed Diallo"),
    *("Ana Rivera", "Luis Alberto Mejía", "Yusuf Hassan", "José Ángel Cruz", "Rosa Elena Paz"),
    *("Carlos Zelaya", "Wei Zhang", "Oleksandr Shevchenko"),
]


def table(*columns: tuple[str, list[Any]]) -> str:
    rows = zip(*(values for _, values in columns), strict=True)
    quoted = ["|".join(str(c) for c in row) for row in rows]
    return "\n".join(["|".join(name for name, _ in columns), *quoted]) + "\n"


N = len(NAMES)
MONTHS = ["2024-05"] * N
CURP = [f"PEGJ85010{i % 10}HDFRRN0{i % 10}" for i in range(N)]
PERSONS: dict[str, str] = {
    "names and months": table(("nombre", NAMES), ("month", MONTHS), ("value", [1] * N)),
    "unnamed column of names": table(("c1", NAMES), ("c2", MONTHS), ("c3", [1] * N)),
    "first and last name": table(
        ("First Name", [n.split()[0] for n in NAMES]),
        ("Last Name", [n.split()[-1] for n in NAMES]),
        ("Nationality", ["HND"] * N),
    ),
    "surnames of few": table(
        ("apellidos", ["Xi", "Bui"]), ("month", MONTHS[:2]), ("value", [1, 1])
    ),
    "migrante": table(("Migrante", NAMES), ("Fecha", ["2024-05-01"] * N), ("País", ["Haití"] * N)),
    "births": table(
        ("date of birth", [f"19{80 + i}-01-0{1 + i % 9}" for i in range(N)]),
        ("nationality", ["VEN"] * N),
        ("value", [1] * N),
    ),
    "nacimiento": table(
        ("FECHA_NACIMIENTO", [f"{1 + i}/02/19{70 + i}" for i in range(N)]), ("mes", MONTHS)
    ),
    "passports": table(("Passport No.", [f"G{10**7 + i}" for i in range(N)]), ("month", MONTHS)),
    "curp without a word": table(("clave", CURP), ("month", MONTHS), ("value", [1] * N)),
    "a-numbers": table(("Number", [f"A{200_000_000 + i}" for i in range(N)]), ("month", MONTHS)),
    "e-mails": table(("contact", [f"p{i}@example.org" for i in range(N)]), ("month", MONTHS)),
    "phones": table(("tel", [f"+504 9{i:03}-12{i:02}" for i in range(N)]), ("month", MONTHS)),
    "cedula": table(("cédula", [f"8-{700 + i}-{1200 + i}" for i in range(N)]), ("month", MONTHS)),
    "case numbers": table(("Case Number", [f"LPA{10**9 + i}" for i in range(N)]), ("m", MONTHS)),
    "hashed identifiers": table(
        ("Unique Identifier", [f"{i:040x}" for i in range(10**6, 10**6 + N)]),
        ("Apprehension Date", ["2024-05-01"] * N),
    ),
    "a row a person": table(
        ("Detention date", ["2024-05-01"] * N),
        ("Sex", ["M", "F"] * (N // 2)),
        ("Age", list(range(20, 20 + N))),
        ("Nationality", ["Honduras"] * N),
    ),
    "birth years": table(
        ("Gender", ["Male", "Female"] * (N // 2)),
        ("Birth Year", list(range(1980, 1980 + N))),
        ("Citizenship", ["HAITI"] * N),
    ),
    "names under a title": "Lista de personas\n\n"
    + table(("No.", list(range(N))), ("Nombre completo", NAMES), ("Sexo", ["F"] * N)),
    "names in a cbp table": table(
        *((h, ["x"] * N) for h in SBO.split("\n")[0].split(",")), ("Subject Name", NAMES)
    ),
    "deceased": table(
        ("Name", [*NAMES[:6], *["Unidentified"] * (N - 6)]),
        ("Reporting Date", ["2024-05-01"] * N),
        ("County", ["Pima"] * N),
    ),
}


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("name", PERSONS)
def test_records_of_persons_are_refused(
    name: str, suffix: str, tmp_path: Path, importing: Run
) -> None:
    rows = [line.split("|") for line in PERSONS[name].splitlines()]
    content = "\n".join(",".join(r) for r in rows) if suffix == "csv" else book({"x": rows})
    code, said = importing(written(tmp_path, f"list.{suffix}", content))
    assert code == 2, said
    assert "record of persons" in said or "records of persons" in said, said
    assert not any(n in said for n in NAMES)


PORTS = ["Roma", "Del Rio", "Laredo", "Eagle Pass", "San Luis", "Santa Teresa", "Rio Grande City"]
MUNICIPALITIES = [
    *("Benito Juárez", "Emiliano Zapata", "Venustiano Carranza", "Álvaro Obregón"),
    *("Gustavo A. Madero", "Lázaro Cárdenas", "Francisco I. Madero"),
]
K = len(PORTS)
PLACES: dict[str, str] = {
    "port name": table(("Port Name", PORTS), ("Port Code", list(range(2300, 2300 + K)))),
    "country_name": table(
        ("country_name", ["Guatemala", "Honduras", "Cuba", "Haití"]), ("n", [1] * 4)
    ),
    "admin1_name": table(("admin1_name", MUNICIPALITIES), ("population", list(range(K)))),
    "municipio": table(("municipio", MUNICIPALITIES), ("total", list(range(K)))),
    "name of camps": table(
        ("name", ["San Vicente", "Lajas Blancas", "Bajo Chiquito"]), ("n", [1] * 3)
    ),
    "nombre of countries": table(("nombres", ["Guatemala", "Honduras", "Cuba"]), ("n", [4, 5, 6])),
    "documents issued": table(("Documents", [120, 300, 410]), ("month", ["2024-05"] * 3)),
    "passports issued": table(("pasaportes", [1200, 1100, 900]), ("mes", ["2024-05"] * 3)),
    "birth rate": table(("Crude birth rate", [21.5, 20.1]), ("year", [2020, 2021])),
    "country of birth": table(("Country of birth", ["Mexico", "Cuba"]), ("n", [4, 5])),
    "implementing partner": table(
        (
            "implementing_partner_name",
            ["Save the Children", "Chemonics", "Catholic Relief Services"],
        ),
        ("amount", [1, 2, 3]),
    ),
    "organisation": table(("org_name", ["IOM", "UNHCR", "UNICEF"]), ("people", [10, 20, 30])),
    "inegi": table(("NOM_MUN", MUNICIPALITIES), ("TOTAL", list(range(K)))),
    "sex and age counted": table(
        ("Sex", ["M", "F", "M"]), ("Age", [17, 18, 19]), ("Encounters", [410, 300, 12])
    ),
    "incident ids": table(("Incident ID", [f"2014.MMP0000{i}" for i in range(5)]), ("n", [1] * 5)),
    "information source": table(
        ("Information Source", ["El Faro de Ceuta", "Pima County Medical Examiner", "La Prensa"]),
        ("dead", [1, 2, 1]),
    ),
    "phone subscriptions": table(("Mobile cellular", [88.1, 90.2, 101.5]), ("year", [1, 2, 3])),
    "individuals": table(("individuals", [100, 220]), ("families", [40, 51])),
    "uuid of a dataset": table(
        ("dataset_hdx_id", [f"32d0365c-d513-4721-8d66-1b19b12c4b0{i}" for i in range(6)]),
        ("n", [3] * 6),
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_places_and_counts_are_no_persons(name: str, tmp_path: Path, importing: Run) -> None:
    text = PLACES[name].replace("|", ",")
    _, said = importing(written(tmp_path, "t.csv", text))
    assert "person" not in said, said
