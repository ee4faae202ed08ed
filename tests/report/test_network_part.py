"""The picture with the names of features and classes, and the table of layers."""

from chainrule.report.material import material_of
from chainrule.report.network_part import network_part


def test_features_and_classes_are_named(classes_run):
    html = network_part(classes_run, material_of(classes_run))
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in html
    assert ">P(no &amp; no)</text>" in html
    total = sum(array.size for array in classes_run.params.values())
    assert f"{total} parameters in 2 layers" in html


def test_layers(numbers_run):
    html = network_part(numbers_run, material_of(numbers_run))
    assert ">price</text>" in html
    assert 'class="count">20 → 20</td><td data-name="parameters" class="count">420</td>' in html
    assert "Of large layers the strongest units are drawn" in html


def test_small_networks_are_whole(bags_run):
    assert "strongest" not in network_part(bags_run, material_of(bags_run))
