"""Every test of pictures leaves none behind."""

import pytest
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def _no_figure_left_open():
    yield
    plt.close("all")
