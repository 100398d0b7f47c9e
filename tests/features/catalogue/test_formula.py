import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalogue.formula import CLASSES, class_3a090, total_processing_performance


@pytest.mark.parametrize(
    ("name", "tpp", "density", "expected"),
    [
        ("A100 and A800", 4992, 6.04, "a"),
        ("H100", 15832, 19.45, "a"),
        ("MI300X, die area not settled", 20919, None, "a"),
        ("L40S", 5864, 9.63, "a"),
        ("RTX 4090", 5285, 8.68, "a"),
        ("L4, by the density", 1940, 6.6, "a"),
        ("A40, by the second density prong", 2394, 3.81, "b"),
        ("L40, by the first prong", 2896, 4.76, "b"),
        ("H20", 2368, 2.91, "none"),
        ("A10, just under 3.2", 2000, 3.18, "none"),
        ("V100", 2000, 2.45, "none"),
        ("T4", 1040, 1.91, "none"),
        ("no figure", None, None, "unknown"),
        ("middle TPP without a die area", 3040, None, "unknown"),
        ("low TPP needs no die area", 1599, None, "none"),
    ],
)
def test_known_chips_fall_into_their_class(name, tpp, density, expected):
    assert class_3a090(tpp, density) == expected


@pytest.mark.parametrize(
    ("tpp", "density", "expected"),
    [
        (4800, 0.1, "a"), (4799, 1.6, "b"), (4799, 1.59, "none"), (2400, 1.6, "b"),
        (2399, 3.19, "none"), (2399, 3.2, "b"), (1600, 5.92, "a"), (1600, 5.91, "b"),
        (1599, 100.0, "none"),
    ],
)  # fmt: skip
def test_each_threshold_belongs_to_the_stricter_side(tpp, density, expected):
    assert class_3a090(tpp, density) == expected


@given(st.floats(0, 1e5), st.floats(0, 1e3), st.floats(0, 1e5), st.floats(0, 1e3))
def test_a_faster_and_denser_chip_is_never_in_a_milder_class(tpp, density, more, denser):
    strictness = {"a": 2, "b": 1, "none": 0}
    mild, strict = class_3a090(tpp, density), class_3a090(tpp + more, density + denser)
    assert strictness[strict] >= strictness[mild]
    assert {mild, strict} <= set(CLASSES)


def test_tpp_is_dense_operations_times_bits():
    assert total_processing_performance(299.3, 8) == 2394
