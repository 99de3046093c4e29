import csv
import os

import pytest

with open(os.path.join(os.path.dirname(__file__), "data", "soil_samples.csv")) as file:
    SAMPLES = list(csv.reader(file))


@pytest.mark.parametrize("sample", SAMPLES)
def test_sample_has_a_place(sample):
    assert sample[0]
