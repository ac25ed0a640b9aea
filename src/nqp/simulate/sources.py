"""Which files hold which series: the rows of ``manifest.csv``, from which the files are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

LICENCE = "MIT (simulated)"
NOTE = "模拟数据 simulated data: not statistics"


@dataclass(frozen=True)
class Row:
    """One row of the manifest: one series in one sheet. Columns as data/README.md explains."""

    source_id: str
    file: str
    sheet: str
    layout: str
    level: str
    header: str
    region_key: str
    year_key: str
    item_key: str
    item: str
    series_id: str
    unit: str
    encoding: str
    vintage: str
    priority: int
    provider: str
    licence: str = LICENCE
    note: str = NOTE


COLUMNS = tuple(field.name for field in fields(Row))


def manifest() -> list[Row]:
    """Every row of the manifest. To ship another series, add its row to a sheet below."""
    return [row for sheet, items in SHEETS for row in _rows(sheet, items)]


def _rows(sheet: Row, items: str) -> Iterator[Row]:
    for line in items.split():
        series_id, unit, *item = line.split("|")
        yield replace(sheet, series_id=series_id, unit=unit, item=item[0] if item else "")


def _long(
    source_id: str,
    file: str,
    level: str,
    region_key: str,
    year_key: str,
    provider: str,
    *,
    sheet: str = "",
    header: str = "1",
    encoding: str = "",
    vintage: str = "2023",
    priority: int = 1,
) -> Row:
    return Row(
        source_id, file, sheet, "long_panel", level, header, region_key, year_key, "", "", "", "",
        encoding, vintage, priority, provider,
    )  # fmt: skip


def _export(file: str, encoding: str) -> Row:
    """One indicator of the National Bureau of Statistics, years across."""
    return Row(
        "nbs", f"province/{file}", "", "years_across", "province", "地区", "地区", "", "", "", "",
        "", encoding, "2023", 1, "National Bureau of Statistics, provincial data by year",
    )  # fmt: skip


def _regions_across(source_id: str, file: str, provider: str) -> Row:
    return Row(
        source_id, f"province/{file}", "Sheet1", "regions_across", "province", "1", "", "#2", "#1",
        "", "", "", "", "2023", 1, provider,
    )  # fmt: skip


def _yearbook(source_id: str, file: str, level: str, header: str, provider: str) -> Row:
    return Row(
        source_id, file, "*年", "year_sheet", level, header, header, "", "", "", "", "", "",
        "2023", 1, provider,
    )  # fmt: skip


# Items are lines of series|unit or series|unit|label.
SHEETS: tuple[tuple[Row, str], ...] = (
    (
        _yearbook("city_yearbook", "city/中国城市统计年鉴.xlsx", "city", "城市",
                  "China City Statistical Yearbook"),
        """
        population|10k_persons|常住人口（万人）
        gdp|10k_yuan|地区生产总值（万元）
        primary_va|10k_yuan|第一产业增加值（万元）
        secondary_va|10k_yuan|第二产业增加值（万元）
        tertiary_va|10k_yuan|第三产业增加值（万元）
        fiscal_expenditure|10k_yuan|一般公共预算支出（万元）
        science_expenditure|10k_yuan|科学技术支出（万元）
        education_expenditure|10k_yuan|教育支出（万元）
        retail_sales|10k_yuan|社会消费品零售总额（万元）
        hei_teachers|person|普通高等学校专任教师数（人）
        hei_students|person|普通高等学校在校学生数（人）
        industrial_so2|ton|工业二氧化硫排放量（吨）
        wastewater_treatment_rate|percent|污水处理厂集中处理率（%）
        broadband_subscribers|10k_items|互联网宽带接入用户数（万户）
        telecom_volume|10k_yuan|电信业务总量（万元）
        mobile_subscribers|10k_items|移动电话年末用户数（万户）
        """,
    ),
    (
        _long("city_finance", "city/金融发展水平.xlsx", "city", "城市", "年份",
              "Statistical bulletins of cities", sheet="Sheet1"),
        "loans|10k_yuan|年末金融机构各项贷款余额(万元)",
    ),
    (
        _long("city_finance", "city/金融发展水平.xlsx", "city", "城市", "年份",
              "Statistical bulletins of cities", sheet="Sheet1", vintage="2021", priority=2),
        "gdp|10k_yuan|地区生产总值(万元)",
    ),
    (
        _long("city_energy", "city/能源消费总量.csv", "city", "城市", "年份",
              "China Energy Statistical Yearbook", encoding="gb18030"),
        "energy_consumption|10k_tce|能源消费总量（万吨标准煤）",
    ),
    (
        _long("city_robots", "city/工业机器人安装密度.csv", "city", "城市代码", "年份",
              "International Federation of Robotics", encoding="utf-8"),
        "robot_density|per_10k_workers|工业机器人安装密度（台/万人）",
    ),
    (
        _long("city_patents", "city/专利数据.xlsx", "city", "城市代码", "年份",
              "Chinese Research Data Services Platform", sheet="面板数据", header="年份"),
        """
        invention_patents_granted|item|发明专利授权数（件）
        digital_patents|item|数字经济专利申请数（件）
        green_invention_applications|item|绿色发明专利申请数（件）
        """,
    ),
    (
        _long("pku_dfiic", "city/PKU_DFIIC_city.dta", "city", "pref_code_year18", "year",
              "Peking University Digital Financial Inclusion Index"),
        "dfi_index|index|index_aggregate",
    ),
    (_export("分省年度数据.csv", "gb18030"), "gdp|100m_yuan"),
    (_export("分省年度数据 (1).csv", "gb18030"), "retail_sales|100m_yuan"),
    (_export("分省年度数据_1.csv", "utf-8-sig"), "fiscal_expenditure|100m_yuan"),
    (_export("分省年度数据_2.csv", "utf-8-sig"), "science_expenditure|100m_yuan"),
    (
        _yearbook("province_yearbook", "province/中国统计年鉴.xlsx", "province", "地区",
                  "China Statistical Yearbook"),
        """
        population|10k_persons|常住人口（万人）
        primary_va|100m_yuan|第一产业增加值（亿元）
        secondary_va|100m_yuan|第二产业增加值（亿元）
        tertiary_va|100m_yuan|第三产业增加值（亿元）
        env_expenditure|100m_yuan|节能环保支出（亿元）
        tech_market_turnover|10k_yuan|技术市场成交额（万元）
        water_per_capita|m3_per_person|人均用水量（立方米/人）
        fie_households|item|外商投资企业年底注册登记户数（户）
        fie_investment|10k_usd|外商投资企业年底投资总额（万美元）
        broadband_ports|10k_items|互联网宽带接入端口（万个）
        broadband_subscribers|10k_items|互联网宽带接入用户（万户）
        mobile_subscribers|10k_items|移动电话年末用户（万户）
        telecom_volume|100m_yuan|电信业务总量（亿元）
        freight_volume|10k_tons|货运总量（万吨）
        """,
    ),
    (
        _regions_across("eps_hightech", "高技术产业（原值）.xlsx",
                        "China Statistical Yearbook on High Technology Industry"),
        """
        hightech_product_rd|10k_yuan|新产品开发经费
        hightech_rd_personnel|person_year|R&D人员折合全时当量
        hightech_patent_applications|item|专利申请数
        hightech_new_projects|item|新产品开发项目数
        hightech_new_product_sales|10k_yuan|新产品销售收入
        new_product_exports|10k_yuan|新产品出口销售收入
        """,
    ),
    (
        _regions_across("eps_environment", "环境统计（原值）.xlsx",
                        "China Statistical Yearbook on Environment"),
        """
        so2_emissions|ton|二氧化硫排放量
        nox_emissions|10k_tons|氮氧化物排放量
        solid_waste_utilised|10k_tons|一般工业固体废物综合利用量
        solid_waste_generated|10k_tons|一般工业固体废物产生量
        waste_treatment_rate|percent|生活垃圾无害化处理率
        pollution_investment|10k_yuan|工业污染治理完成投资
        """,
    ),
    (
        _long("province_finance", "province/存贷款与进出口.xlsx", "province", "省份", "year",
              "Statistical yearbooks of the provinces", sheet="Sheet1", header="省份"),
        """
        deposits|100m_yuan|金融机构存款余额/亿元
        loans|100m_yuan|金融机构贷款余额/亿元
        trade_volume|100m_yuan|进出口总额/亿元
        """,
    ),
    (
        _long("province_digital", "province/数字经济.csv", "province", "省份", "年份",
              "Business registrations; labour and patent statistics", encoding="utf-8"),
        """
        ecommerce_sales|100m_yuan|电子商务销售额（亿元）
        ai_companies|item|人工智能企业数（户）
        software_revenue|10k_yuan|软件业务收入（万元）
        new_enterprises|item|创新企业数（户）
        digital_employment|person|信息传输、计算机服务和软件业从业人员（人）
        green_invention_applications|item|绿色发明专利申请数（件）
        """,
    ),
    (
        _long("province_core", "province/core_data.dta", "province", "Province", "Year",
              "Statistical yearbooks of the provinces", vintage="2021", priority=2),
        "gdp|100m_yuan|GDP",
    ),
)  # fmt: skip
