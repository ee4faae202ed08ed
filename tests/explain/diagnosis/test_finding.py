import json
from dataclasses import replace

from chainrule.explain.diagnosis import Finding, Remedy

FINDING = Finding(
    "dead units",
    "mild",
    "dense1",
    (1234, " of 5,000 units are dead."),
    {"units": list(range(12)), "share": 0.25, "since": {"unit 3": 40}},
    Remedy(("try ", 0.5, " instead."), {"epochs": 2}),
)


def test_a_finding_is_told_with_its_evidence_and_its_remedy():
    assert FINDING.to_text() == (
        "Finding  dead units\n\n"
        "dead units: dense1 (mild)\n"
        "  1,234 of 5,000 units are dead.\n"
        "  Remedy: try 0.5 instead.\n"
        "  evidence\n"
        "  units     0, 1, 2, 3, 4, 5, 6, 7 and 4 more\n"
        "  share     0.25\n"
        "  since     unit 3: 40"
    )


def test_numbers_are_written_as_all_others_are():
    assert "Remedy: try 0,5 instead." in FINDING.to_text(comma=True)
    assert FINDING.sentence == "1,234 of 5,000 units are dead."
    assert FINDING.remedy.sentence == "try 0.5 instead."


def test_a_finding_comes_back_from_plain_data_as_it_was():
    data = json.loads(json.dumps(FINDING.to_plain(), allow_nan=False))
    assert Finding.from_plain(data) == FINDING
    assert Finding.from_plain(data).to_text() == FINDING.to_text()


def test_what_is_no_finite_number_is_text_in_plain_data():
    broken = replace(FINDING, words=("The loss rose to ", float("inf"), "."), evidence={"loss": [float("nan"), 1.0]})
    data = json.loads(json.dumps(broken.to_plain(), allow_nan=False))
    assert data["evidence"] == {"loss": ["nan", 1.0]}
    assert Finding.from_plain(data).sentence == "The loss rose to inf."
