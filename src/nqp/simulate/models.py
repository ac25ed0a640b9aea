"""What the two studies are made to look like. Everything a reader may want to change is here."""

from __future__ import annotations

from dataclasses import dataclass

# Round figures for the size of provincial economies (GDP around 2012, trillion yuan), by the
# first two digits of the region code: large provinces are to look large.
ECONOMY = {
    "11": 1.9, "12": 0.9, "13": 2.3, "14": 1.2, "15": 1.0, "21": 1.8, "22": 0.9, "23": 1.1,
    "31": 2.1, "32": 5.4, "33": 3.4, "34": 1.8, "35": 2.0, "36": 1.3, "37": 4.3, "41": 2.9,
    "42": 2.3, "43": 2.1, "44": 5.7, "45": 1.1, "46": 0.3, "50": 1.1, "51": 2.4, "52": 0.7,
    "53": 1.1, "54": 0.1, "61": 1.4, "62": 0.5, "63": 0.2, "64": 0.2, "65": 0.7,
}  # fmt: skip

# Decimals of the published figures, by unit and for some series.
UNIT_DECIMALS = {
    "100m_yuan": 4, "100m_usd": 4, "10k_persons": 2, "10k_items": 2, "10k_tons": 2, "10k_tce": 2,
    "m3_per_person": 2, "per_10k_workers": 2, "percent": 2, "index": 2,
    "item": 0, "person": 0, "person_year": 0, "ton": 0,
}  # fmt: skip
SERIES_DECIMALS = {"digital_employment": 4, "freight_volume": 0}


@dataclass(frozen=True)
class Driver:
    """A quantity with given moments, moved by these forces (in standard deviations of a latent).

    shape: "normal", "lognormal" or "logit". size: loading on the unit's size. trend: rise over
    the whole period. own: variation within units. pilot: how far pilots stand above others.
    outcome: loading of the outcome's unit effect on it.
    """

    name: str
    shape: str
    mean: float
    sd: float
    size: float
    trend: float
    own: float
    pilot: float = 0.0
    outcome: float = 0.0


@dataclass(frozen=True)
class Mediator:
    """A mediator: moments, forces as in Driver, the pilot effect on it and its own effect.

    shape "normal" has an additive disturbance with s.d. ``noise``, in the variable's units;
    "lognormal" a multiplicative one with mean 1 and s.d. ``noise`` of its logarithm.
    """

    name: str
    shape: str
    mean: float
    sd: float
    size: float
    trend: float
    unit: float
    noise: float
    effect: float
    slope: float


@dataclass(frozen=True)
class Indicator:
    """An indicator: the range of its raw values, and its elasticities.

    shape "lognormal" reads elasticities with respect to the outcome (level), population and
    income per head; "normal" the same as semi-elasticities. trend: rise of the logarithm over the
    period; unit, own: s.d. between and within units.
    """

    indicator_id: str
    shape: str
    low: float
    high: float
    level: float
    population: float = 0.0
    income: float = 0.0
    trend: float = 0.0
    unit: float = 0.3
    own: float = 0.1


@dataclass(frozen=True)
class Model:
    """All that makes one study's panel.

    mean, sd: of the outcome. floor: its least unit effect. economy, stature, luck: what a unit's
    size comes from (province, groups, chance). size, pilot, unit: what the outcome's unit effect
    comes from, beside the controls. growth: yearly, relative to the unit effect. drift: extra
    rise of a group after the policy, likewise. effects: direct pilot effect by group; reach: size
    of the pilot effect on mediators by group, where not 1. path: how effects grow, with mean 1.
    noise, power, rho: s.d. of the disturbance at the mean outcome, its elasticity with respect to
    the unit effect, its autocorrelation. baseline: the specification whose event study is flat
    before the policy and follows ``path`` after. targets: (specification, term) -> coefficient
    on the noise-free data. gaps: series with missing cells.
    """

    study: str
    mean: float
    sd: float
    floor: float
    economy: float
    stature: dict[str, float]
    luck: float
    size: float
    pilot: float
    unit: float
    growth: float
    drift: dict[str, float]
    effects: dict[str, float]
    reach: dict[str, float]
    path: tuple[float, ...]
    noise: float
    power: float
    rho: float
    baseline: str
    targets: dict[tuple[str, str], float]
    controls: tuple[Driver, ...]
    mediators: tuple[Mediator, ...]
    indicators: tuple[Indicator, ...]
    bases: tuple[Driver, ...]
    gaps: tuple[str, ...]


CITY = Model(
    study="city",
    mean=0.0711, sd=0.0757, floor=0.017,
    economy=0.35, stature={"key": 2.6, "resource": -0.3}, luck=0.8,
    size=0.50, pilot=0.35, unit=0.50,
    growth=0.02, drift={"key": 0.04},
    effects={"key": 0.042, "ordinary": -0.0005}, reach={},
    path=(0.118, 0.765, 1.0, 1.13, 1.247, 1.33, 1.41),
    noise=0.0098, power=0.85, rho=0.5,
    baseline="city.t3.c4",
    targets={
        ("city.t3.c3", "bdpz"): 0.0241, ("city.t3.c3", "LnGDP"): 0.0554,
        ("city.t3.c3", "Fin"): 0.0268, ("city.t3.c3", "Com"): 0.0821,
        ("city.t3.c4", "bdpz"): 0.0085, ("city.t3.c4", "LnGDP"): -0.0069,
        ("city.t3.c4", "Fin"): 0.0038, ("city.t3.c4", "Str"): 0.0020,
        ("city.t3.c4", "Com"): -0.0010, ("city.t3.c4", "Gov"): -0.0680,
        ("city.t4.c4", "bdpz"): 0.0064,
        ("city.t5.c2", "Index"): 0.0006, ("city.t5.c4", "LnGIP"): 0.0015,
        ("city.t6.c1", "bdpz"): 0.0421, ("city.t6.c2", "bdpz"): 0.0023,
        ("city.t6.c3", "bdpz"): 0.0097, ("city.t6.c4", "bdpz"): 0.0021,
    },
    controls=(
        Driver("LnGDP", "normal", 10.8765, 0.5264, 0.45, 0.85, 0.08, -0.30, 0.42),
        Driver("Fin", "lognormal", 1.1680, 0.6527, 0.25, 0.60, 0.12, -0.10, 0.16),
        Driver("Str", "lognormal", 1.1995, 0.6354, 0.25, 0.60, 0.10, -0.30, 0.20),
        Driver("Com", "logit", 0.3970, 0.1121, 0.15, -0.15, 0.25, 0.15, 0.12),
        Driver("Gov", "logit", 0.2099, 0.1035, -0.55, 0.10, 0.15, 0.20, -0.10),
    ),
    mediators=(
        Mediator("Index", "normal", 227.8159, 50.8560, 0.30, 5.0, 0.8, 6.3, 3.794, 0.0006),
        Mediator("LnGIP", "normal", 4.4348, 1.6788, 0.65, 0.6, 0.6, 0.50, 0.1685, 0.0015),
    ),
    indicators=(
        Indicator("sci_edu_share", "normal", 0.085, 0.345, 0.35, unit=0.55, own=0.15),
        Indicator("invention_grants", "lognormal", 0, 92_410, 1.6, 0.1, 0.2, 0.4, 0.45, 0.15),
        Indicator("faculty", "lognormal", 62, 76_350, 0.9, 0.35, 0.0, 0.1, 0.6, 0.05),
        Indicator("students", "lognormal", 540, 1_386_200, 0.8, 0.4, 0.0, 0.2, 0.6, 0.05),
        Indicator("robots", "lognormal", 0.35, 912.4, 0.8, 0.0, 0.4, 1.2, 0.4, 0.08),
        Indicator("energy_intensity", "lognormal", 0.118, 4.62, -0.15, 0.0, -0.2, -0.7, 0.4, 0.06),
        Indicator("so2_intensity", "lognormal", 0.04, 352.0, -0.2, 0.0, -0.2, -2.2, 0.8, 0.25),
        Indicator("wastewater_rate", "normal", 71.3, 100.0, 0.2, trend=1.2, unit=0.5, own=0.3),
        Indicator("broadband", "lognormal", 5.1, 1_262.0, 0.6, 0.5, 0.1, 0.7, 0.2, 0.06),
        Indicator("telecom", "lognormal", 4.2, 2_486.0, 0.8, 0.35, 0.2, 0.9, 0.25, 0.15),
        Indicator("mobile", "lognormal", 19.4, 4_420.0, 0.6, 0.5, 0.1, 0.2, 0.15, 0.05),
        Indicator("digital_patent_apps", "lognormal", 3, 128_600, 1.7, 0.1, 0.2, 0.7, 0.5, 0.2),
    ),
    bases=(
        Driver("population", "lognormal", 452.0, 338.0, 0.65, 0.02, 0.01),
        Driver("primary_share", "logit", 0.118, 0.074, -0.60, -0.20, 0.10),
        Driver("science_part", "logit", 0.105, 0.062, 0.55, 0.30, 0.20),
    ),
    gaps=(
        "retail_sales", "loans", "science_expenditure", "invention_patents_granted",
        "hei_teachers", "hei_students", "robot_density", "industrial_so2",
        "wastewater_treatment_rate", "broadband_subscribers", "telecom_volume",
        "digital_patents",
    ),
)  # fmt: skip

PROVINCE = Model(
    study="province",
    mean=0.1440, sd=0.1020, floor=0.065,
    economy=1.0, stature={"east": 0.5}, luck=0.25,
    size=0.0, pilot=0.20, unit=0.15,
    growth=0.03, drift={"east": -0.12},
    effects={"east": 0.028, "central": 0.0, "west": 0.0, "northeast": -0.010},
    reach={"east": 1.6, "central": 0.1, "west": 0.35, "northeast": 0.3},
    path=(0.50, 0.72, 0.90, 1.04, 1.17, 1.28, 1.39),
    noise=0.0160, power=0.4, rho=0.2,
    baseline="province.t3.c4",
    targets={
        ("province.t3.c3", "bdpz"): 0.0275, ("province.t3.c3", "Con"): 0.0182,
        ("province.t3.c3", "Fin"): -0.0023, ("province.t3.c3", "Infra"): 0.0148,
        ("province.t3.c4", "bdpz"): 0.0240, ("province.t3.c4", "Tin"): -3e-8,
        ("province.t3.c4", "Con"): 0.0241, ("province.t3.c4", "Fin"): -0.0132,
        ("province.t3.c4", "Infra"): 0.0066, ("province.t3.c4", "Ide"): 8e-6,
        ("province.t5.c2", "ln_Labor"): 0.0368, ("province.t5.c4", "Er"): 1.4191,
        ("province.t5.c6", "Pati"): 7.05e-6,
        ("province.t6.c1", "bdpz"): 0.0566, ("province.t6.c2", "bdpz"): 0.0023,
        ("province.t6.c3", "bdpz"): 0.0099,
    },
    controls=(
        Driver("Tin", "lognormal", 152732.0, 100092.9, 0.75, 0.30, 0.10, 0.00, 0.20),
        Driver("Con", "normal", 0.3999, 0.0590, 0.20, 0.20, 0.35),
        Driver("Fin", "lognormal", 3.5190, 1.1121, -0.15, 0.60, 0.15, 0.20, -0.05),
        Driver("Infra", "lognormal", 1.5186, 0.9145, 0.25, 1.50, 0.15, 0.30, 0.15),
        Driver("Ide", "lognormal", 10593.55, 16020.93, 0.90, 0.20, 0.08, 0.65, 0.80),
    ),
    mediators=(
        Mediator("ln_Labor", "normal", 2.0942, 1.0576, 0.7, 0.5, 0.55, 0.165, 0.2191, 0.0368),
        Mediator("Er", "lognormal", 0.0024, 0.0026, -0.3, -0.6, 0.75, 0.65, 0.0009, 1.4191),
        Mediator("Pati", "lognormal", 3519.584, 4645.657, 0.9, 0.8, 0.35, 0.15, 1686.964, 7.05e-6),
    ),
    indicators=(
        Indicator("science_share", "normal", 0.0052, 0.0718, 0.5, 0, 0.2, 0.3, 0.4, 0.12),
        Indicator("hightech_rd", "lognormal", 0.31, 1_942.0, 1.3, 0.4, 0, 0.6, 0.5, 0.08),
        Indicator("hightech_personnel", "lognormal", 96, 352_800, 1.2, 0.5, 0, 0.2, 0.5, 0.08),
        Indicator("hightech_patents", "lognormal", 21, 126_400, 1.3, 0.4, 0, 0.7, 0.5, 0.1),
        Indicator("tech_market_share", "lognormal", 0.0002, 0.192, 0.8, -0.2, 0.3, 0.8, 0.6, 0.12),
        Indicator("hightech_projects", "lognormal", 34, 61_250, 1.2, 0.4, 0, 0.5, 0.5, 0.08),
        Indicator("hightech_sales", "lognormal", 1.6, 28_900.0, 1.3, 0.4, 0, 0.5, 0.5, 0.1),
        Indicator("water_use", "lognormal", 156.4, 1_094.6, -0.05, 0, -0.1, -0.1, 0.4, 0.04),
        Indicator("env_share", "normal", 0.0118, 0.0682, 0.1, 0, 0.1, 0.0, 0.35, 0.2),
        Indicator("so2", "lognormal", 0.14, 172.3, 0.0, 0.5, -0.2, -2.2, 0.6, 0.12),
        Indicator("nox", "lognormal", 4.6, 174.8, 0.0, 0.6, -0.1, -0.7, 0.4, 0.08),
        Indicator("solid_waste_rate", "normal", 0.226, 0.994, 0.2, 0, 0.2, -0.2, 0.7, 0.15),
        Indicator("waste_rate", "normal", 84.2, 100.0, 0.2, 0, 0.2, 1.5, 0.5, 0.3),
        Indicator("ecommerce_share", "lognormal", 0.008, 0.742, 0.5, 0, 0.3, 0.6, 0.4, 0.12),
        Indicator("ai_firms", "lognormal", 12, 48_600, 1.2, 0.3, 0.2, 1.6, 0.5, 0.1),
        Indicator("fie_number", "lognormal", 286, 181_500, 1.2, 0.3, 0.2, 0.1, 0.6, 0.06),
        Indicator("fie_capital", "lognormal", 28.6, 21_750.0, 1.1, 0.3, 0.2, 0.6, 0.6, 0.08),
        Indicator("export_sales", "lognormal", 0.42, 14_860.0, 1.3, 0.4, 0, 0.5, 0.6, 0.12),
        Indicator("ports", "lognormal", 92.4, 9_760.0, 0.3, 0.7, 0.1, 0.8, 0.2, 0.05),
        Indicator("broadband", "lognormal", 41.2, 4_780.0, 0.3, 0.7, 0.1, 0.7, 0.2, 0.05),
        Indicator("mobile", "lognormal", 486.0, 17_450.0, 0.3, 0.7, 0.1, 0.3, 0.15, 0.04),
        Indicator("telecom_share", "lognormal", 0.0098, 0.162, 0.2, 0, -0.1, 0.9, 0.25, 0.2),
        Indicator("software_share", "lognormal", 0.0003, 0.594, 0.9, 0, 0.4, 0.6, 0.6, 0.08),
    ),
    bases=(
        Driver("population", "lognormal", 4_720.0, 2_860.0, 0.85, 0.02, 0.01),
        Driver("income", "lognormal", 6.05, 2.85, 0.35, 1.60, 0.05, 0.30),
        Driver("primary_share", "logit", 0.096, 0.052, -0.35, -0.35, 0.06, -0.40),
        Driver("secondary_part", "logit", 0.452, 0.082, 0.20, -0.70, 0.10, -0.20),
        Driver("fiscal_share", "logit", 0.241, 0.092, -0.60, 0.15, 0.08),
        Driver("deposit_part", "logit", 0.566, 0.041, 0.10, -0.60, 0.15),
        Driver("solid_waste", "lognormal", 11_900.0, 10_400.0, 0.30, 0.25, 0.10, -0.20),
    ),
    gaps=(
        "science_expenditure", "hightech_product_rd", "hightech_rd_personnel",
        "tech_market_turnover", "water_per_capita", "so2_emissions", "nox_emissions",
        "waste_treatment_rate", "ecommerce_sales", "fie_households", "new_product_exports",
        "broadband_ports", "telecom_volume", "pollution_investment", "freight_volume",
    ),
)  # fmt: skip

MODELS = {model.study: model for model in (CITY, PROVINCE)}
