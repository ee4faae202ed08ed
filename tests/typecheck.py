"""The checker of annotations: beartype, with whole numbers allowed where numbers are."""

from beartype import BeartypeConf, beartype

checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
