"""How every figure looks: size, colours, fonts, the mark of simulated data, and its files.

Colours are those of Okabe and Ito, but marker, line and hatching tell the same, so that a figure
survives a grey printer.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, cast

from matplotlib import font_manager, rc_context
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from nqp.messages import SIMULATED

P = ParamSpec("P")
CM = 1 / 2.54
WIDTH, HEIGHT = 17 * CM, 10 * CM
# The strip at the foot that the mark has to itself, in inches.
STRIP = 0.5 * CM
BLUE, VERMILION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
PURPLE, SKY, DARK, PALE = "#CC79A7", "#56B4E9", "#444444", "#D0D0D0"
FILLS = ((BLUE, ""), (ORANGE, "////"), (GREEN, "...."), (SKY, "xxxx"), (PURPLE, "\\\\\\\\"))
DASHED, DOTTED = (0, (5, 2.5)), (0, (1.2, 1.8))
# In every figure from simulated data: a picture travels without its caption.
MARK = ("Simulated data, not evidence", "模拟数据，不可作为证据")
WAIVED = ("Failed checks accepted on record", "含已豁免的检验")

STYLE: Any = {
    "font.size": 9, "axes.titlesize": 9, "legend.fontsize": 8, "legend.frameon": False,
    "legend.handlelength": 2.4, "legend.columnspacing": 1.3, "legend.handletextpad": 0.5,
    "xtick.labelsize": 8.5, "ytick.labelsize": 8.5,
    "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.7,
    "axes.edgecolor": DARK, "axes.axisbelow": True, "axes.grid": True, "axes.formatter.limits":
    (-4, 6), "grid.color": "#E3E3E3", "grid.linewidth": 0.6, "xtick.color": DARK,
    "ytick.color": DARK, "xtick.labelcolor": "black", "ytick.labelcolor": "black",
    "lines.linewidth": 1.4, "lines.markersize": 5, "hatch.linewidth": 0.5,
    "text.parse_math": False,  # a dollar in a label is a dollar
}  # fmt: skip

# Families with simplified characters, sans serif first; the files they come in.
FAMILIES = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC",
    "Microsoft YaHei", "Hiragino Sans GB", "Heiti SC", "SimHei", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", "SimSun",
)  # fmt: skip

FILES = (
    "notosanscjk", "notosanssc", "notoserifcjk", "sourcehan", "pingfang", "msyh", "hiragino",
    "heiti", "simhei", "simsun", "songti", "wqy",
)  # fmt: skip


@dataclass(frozen=True)
class Label:
    """A name in English and Chinese, with its unit in English."""

    en: str
    zh: str
    unit: str = ""


@dataclass(frozen=True)
class Look:
    """What a figure needs to know beside its rows.

    data_profile: the data it rests on; `simulated` is marked. chinese: a font family with Chinese
    characters, as `chinese_font` finds it; without one every label is English. waived: whether
    failed checks of the data were accepted on record, which is marked too.
    """

    data_profile: str
    chinese: str | None = None
    waived: bool = False

    def say(self, en: str, zh: str, between: str = " ") -> str:
        return f"{en}{between}{zh}" if self.chinese and zh != en else en


def chinese_font() -> str | None:
    """The first of `FAMILIES` on this machine, or None.

    matplotlib remembers the fonts it once found; those installed since are made known to it.
    """
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in font_manager.findSystemFonts():
        if path not in known and Path(path).stem.lower().replace("-", "").startswith(FILES):
            # Fonts that cannot be read are skipped, as matplotlib skips them.
            with suppress(OSError, RuntimeError):
                font_manager.fontManager.addfont(path)
    found = {entry.name for entry in font_manager.fontManager.ttflist}
    return next((family for family in FAMILIES if family in found), None)


def save(figure: Figure, stem: Path, *, title: str, look: Look) -> list[Path]:
    """Write `stem`.pdf and, at 200 dots per inch, `stem`.png; the same figure gives the same bytes.

    title: for the files' properties. The directory is made if need be.
    """
    stem.parent.mkdir(parents=True, exist_ok=True)
    if look.data_profile == "simulated":
        title = f"{title} ({SIMULATED})"
    pdf, png = (stem.with_name(f"{stem.name}.{ending}") for ending in ("pdf", "png"))
    # Some publishers refuse Type 3; Chinese fonts mostly hold outlines that Type 42 cannot.
    with rc_context({"pdf.fonttype": 3 if look.chinese else 42}):
        figure.savefig(pdf, metadata={"Title": title, "CreationDate": None})
    figure.savefig(png, dpi=200, metadata={"Title": title, "Software": None})
    return [pdf, png]


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw in our style and fonts, and mark what rests on simulated or doubtful data."""

    @wraps(draw)
    def styled(*args: P.args, **kwargs: P.kwargs) -> Figure:
        look = cast(Look, kwargs["look"])
        fonts = ["DejaVu Sans", *([look.chinese] if look.chinese else [])]
        with rc_context(STYLE | {"font.family": fonts}):
            figure = draw(*args, **kwargs)
            marks = [MARK] * (look.data_profile == "simulated") + [WAIVED] * look.waived
            if marks:
                _mark(figure, "; ".join(look.say(*mark) for mark in marks))
        return figure

    return styled


def _mark(figure: Figure, text: str) -> None:
    strip = STRIP / figure.get_figheight()
    figure.set_layout_engine(ConstrainedLayoutEngine(rect=(0, strip, 1, 1 - strip)))
    figure.text(0.99, strip / 2, text, ha="right", va="center", fontsize=8, color="#666666",
                gid="mark")  # fmt: skip
