"""The claims of a notebook: quiet marks for people, errors when a claim is not true."""

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from course_lib import claims

MAP = [[12, 12, 17], [10, 17, 19], [9, 6, 14]]


def test_reproduced(capsys):
    claims.reproduced("C06", "the worked example of the deck", got=np.array(MAP), expected=MAP)
    assert capsys.readouterr().out == (
        "✓ checked: the worked example of the deck\n    value = [[12, 12, 17], [10, 17, 19], [9, 6, 14]]\n"
    )
    claims.reproduced("B01", "average pooling", got=np.array([1.7, 0.96]), expected=[1.7, 1.0], atol=0.05)
    assert "    within = 0.05\n" in capsys.readouterr().out
    claims.reproduced("C12", "the number of weights", got=1_600_000_000, expected=1_600_000_000)
    assert "    value = 1,600,000,000\n" in capsys.readouterr().out


def test_reproduced_shows_the_difference():
    with pytest.raises(AssertionError) as caught:
        claims.reproduced("C06", "the worked example", got=np.add(MAP, [[0, 0, 1], [0, 0, 0], [0, 0, 0]]), expected=MAP)
    assert str(caught.value) == (
        "C06 is not reproduced: the worked example\n"
        "1 of 9 elements is wrong. The largest difference is 1, at index [0, 2].\n"
        "got there: 18\nexpected there: 17\n"
        "got (* wrong)     expected\n"
        "12  12  18*       12  12  17\n10  17  19        10  17  19\n 9   6  14         9   6  14"
    )
    with pytest.raises(AssertionError, match="The number is wrong"):
        claims.reproduced("C12", "weights", got=1.0000000001, expected=1.0)
    with pytest.raises(AssertionError, match="The shapes differ"):
        claims.reproduced("C12", "weights", got=[[1.0]], expected=[1.0])


def test_measured_and_refuted(capsys):
    claims.measured(
        "C13", "the CNN loses less when digits shift", holds=0.91 > 0.63, cnn_accuracy=0.91, mlp=np.float32(0.63)
    )
    assert capsys.readouterr().out == (
        "✓ checked: the CNN loses less when digits shift\n    cnn accuracy = 0.91\n    mlp = 0.63\n"
    )
    claims.refuted("C12", "the deck's ~2B weights: it is 1.6 billion", holds=np.bool_(True), weights=1_600_000_000)
    assert "✓ checked: the deck's ~2B weights" in capsys.readouterr().out
    with pytest.raises(AssertionError) as caught:
        claims.measured("C13", "the CNN is better", holds=False, cnn=0.5, mlp=0.63)
    assert str(caught.value) == "C13 is not measured: the CNN is better\ncnn = 0.5, mlp = 0.63"


@pytest.mark.parametrize("row", ["C6", "c06", "C006", "", "C06 ", 6, None])
def test_row_ids_are_a_letter_and_two_digits(row):
    with pytest.raises(ValueError, match="one capital letter and two digits"):
        claims.reproduced(row, "text", got=1, expected=1)


def test_a_claim_needs_a_text_numbers_and_a_decision():
    with pytest.raises(ValueError, match="needs a text"):
        claims.measured("C06", " ", holds=True, n=1)
    with pytest.raises(ValueError, match="needs the numbers that show it"):
        claims.measured("C06", "text", holds=True)
    with pytest.raises(TypeError, match="holds=True or False"):
        claims.refuted("C06", "text", holds="yes", n=1)


def test_the_mark_is_quiet_and_escaped():
    InteractiveShell.clear_instance()
    InteractiveShell.instance()
    try:
        with capture_output() as captured:
            claims.measured("C13", "a < b & <script>", holds=True, a="<b>", b=2)
    finally:
        InteractiveShell.clear_instance()
    (output,) = captured.outputs
    assert output.data["text/plain"].startswith("✓ checked: a < b & <script>")
    html = output.data["text/html"]
    assert "a &lt; b &amp; &lt;script&gt;" in html
    assert "<script>" not in html
    assert "<b>" not in html
    assert "✓</span> checked</span> a &lt; b" in html
    assert "C13" not in html + output.data["text/plain"]  # it stands where no reader sees it
    assert output.metadata == {"course": {"claim": "C13", "outcome": "measured"}}
