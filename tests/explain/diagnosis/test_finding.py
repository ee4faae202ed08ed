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
        "dead units, dense1 (mild)\n"
        "  1,234 of 5,000 units are dead.\n"
        "  evidence\n"
        "  units     0, 1, 2, 3, 4, 5, 6, 7 and 4 more\n"
        "  share     0.25\n"
        "  since     unit 3: 40\n"
        "  Remedy: try 0.5 instead."
    )


def test_numbers_are_written_as_all_others_are():
    assert "Remedy: try 0,5 instead." in FINDING.to_text(comma=True)
    assert FINDING.sentence == "1,234 of 5,000 units are dead."
    assert FINDING.remedy.sentence == "try 0.5 instead."
