r"""Words in LaTeX, whatever letters they have, so that they compile with pdflatex, XeLaTeX and LuaLaTeX."""

import re

OTHER = r"\providecommand{\anyletter}[2]{\ifdefined\Umathchar #1\else\texttt{U+#2}\fi}"
"""What a document needs that holds letters which pdflatex has no font for: they are shown by their number there."""

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "`": r"\textasciigrave{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": "'{}",
    ",": ",{}",
    "[": "{[}",
    "]": "{]}",
    "-": "-{}",
    "\t": " ",
    "\n": " ",
    "\u00a0": "~",
    "\u202f": r"\,",
    "…": r"\dots{}",
}
GREEK = {
    "α": r"\alpha",
    "β": r"\beta",
    "γ": r"\gamma",
    "δ": r"\delta",
    "Δ": r"\Delta",
    "ε": r"\varepsilon",
    "η": r"\eta",
    "θ": r"\theta",
    "λ": r"\lambda",
    "μ": r"\mu",
    "π": r"\pi",
    "σ": r"\sigma",
    "φ": r"\varphi",
    "Φ": r"\Phi",
}
_MATH = {
    "−": "-",
    "·": r"\cdot",
    "×": r"\times",
    "→": r"\to",
    "←": r"\leftarrow",
    "∂": r"\partial",
    "Σ": r"\Sigma",
    "√": r"\surd",
    "≤": r"\le",
    "≥": r"\ge",
    "≈": r"\approx",
    "≠": r"\ne",
    "±": r"\pm",
    "∞": r"\infty",
    "′": "'",
    "²": "^2",
    "³": "^3",
    **GREEK,
}
_NO_FONT = "\u00ad\u0126\u0127\u0138\u013f\u0140\u0149\u0166\u0167\u017f"
"""Letters below U+0180 that T1 lacks."""
_SAFE = re.compile(r"[ -~¡-ſ–—‘-‚“-„†‡•€]")


def tex(text: str) -> str:
    r"""The words.

    >>> tex("50 % of a_b"), tex("−1"), tex("größe"), tex("売")
    ('50 \\% of a\\_b', '\\ensuremath{-}1', 'größe', '\\anyletter{売}{58F2}')
    """
    return "".join(map(_letter, text))


def _letter(letter: str) -> str:
    if letter in _SPECIAL:
        return _SPECIAL[letter]
    if letter in _MATH:
        return rf"\ensuremath{{{_MATH[letter]}}}"
    if _SAFE.match(letter) and letter not in _NO_FONT:
        return letter
    if not letter.isprintable() and not letter.isspace():
        return "?"
    return rf"\anyletter{{{letter}}}{{{ord(letter):04X}}}"
