"""Figures reach the reader as a picture and as words."""

import base64
import html
import io
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from IPython.display import display
from IPython.utils.capture import capture_output
from matplotlib.figure import Figure
from PIL import Image

from course_lib import vis
from course_lib.vis.show import encoded


def test_a_picture_carries_its_alt_text_in_every_form():
    shown = vis.picture(vis.matrix([[1, 2]]), 'two cells,\n   "1" & 2')
    data, metadata = shown._repr_mimebundle_()
    assert html.unescape(re.search(r'alt="([^"]*)"', data["text/html"])[1]) == 'two cells, "1" & 2'
    assert metadata["image/png"]["alt"] == 'two cells, "1" & 2'
    assert data["text/plain"] == 'Figure: two cells, "1" & 2'
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")


@pytest.mark.parametrize("alt", ["", "  \n "])
def test_a_figure_without_words_is_refused(alt):
    with pytest.raises(ValueError, match="alt text is empty"):
        vis.show(vis.matrix([[1]]), alt=alt)


def test_show_displays_once_and_closes_a_pyplot_figure(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    import matplotlib.pyplot as plt

    figure, _ = plt.subplots()
    with capture_output() as captured:
        vis.show(figure, alt="an empty frame")
    assert not plt.fignum_exists(figure.number)
    assert captured.stdout.strip() == "Figure: an empty frame"


def test_course_lib_stays_light_without_pictures():
    script = "import course_lib, sys; print([m for m in ('matplotlib', 'torch', 'IPython') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_drawing_imports_neither_pyplot_nor_torch():
    script = (
        "import sys; from course_lib import vis; vis.picture(vis.matrix([[1]]), 'one');"
        "print([m for m in ('matplotlib.pyplot', 'torch', 'ipywidgets') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def sliders_of(explorer):
    """What the script receives: the sliders, and a page for each setting."""
    found = re.search(r'sliders\("sliders-\w+", \.\.\.(\[.*\])\);\}\)\(\);</script>', explorer._repr_html_())
    return json.loads(found[1])


def test_an_explorer_draws_every_setting_beforehand_and_tells_what_does_not_fit():
    explorer = vis.explore(vis.kernel_positions, lambda i, k: f"input {i}, kernel {k}", i=(1, 2, 3), k=(1, 2, 4))
    axes, pages = sliders_of(explorer)
    assert axes == [["i", 1, 3, 2], ["k", 1, 4, 2]]
    words = [f"input {i}, kernel {k}" if k <= i else None for i in (1, 2, 3) for k in (1, 2, 3, 4)]
    assert [page[1] if page[0] else None for page in pages] == words
    assert all("does not fit" in page[1] for page in pages if not page[0])


def test_an_explorer_falls_back_to_the_picture_of_its_start():
    explorer = vis.explore(lambda k: vis.kernel_positions(5, k), lambda k: f"kernel {k}", k=(1, 2, 3))
    before_the_script = explorer._repr_html_().split("<script>")[0]
    assert 'alt="kernel 2"' in before_the_script
    assert "<input" not in before_the_script  # no slider that would do nothing
    with capture_output() as captured:
        display(explorer)
    assert captured.stdout.strip() == "Figure with sliders: kernel 2"


@pytest.mark.parametrize(
    ("k", "message"), [((1, 2, 121), "121 settings, 120 is the most"), ((1, 7, 8), "starting values: a kernel")]
)
def test_an_explorer_refuses_too_many_pictures_and_a_start_without_one(k, message):
    with pytest.raises(ValueError, match=message):
        vis.explore(lambda k: vis.kernel_positions(3, min(k, 7)), lambda k: f"kernel {k}", k=k)


def test_explorer_refuses_a_start_outside_its_range():
    with pytest.raises(ValueError, match="slider 'k': 9 does not lie between 1 and 3"):
        vis.explore(lambda k: vis.kernel_positions(5, k), str, k=(1, 9, 3))


def test_a_film_is_itself_displayable():
    with capture_output() as captured:
        display(vis.slide_kernel([1, 2, 3], [1, 1]))
    assert captured.stdout.startswith("Film: A 1×2 kernel slides over a 1×3 input")


def film_data(film):
    """The JSON that the page's script receives."""
    return json.loads(re.search(r'play\("slide-\w+", (\{.*\})\);\}\)\(\);</script>', film._repr_html_())[1])


def test_the_script_receives_what_numpy_computes():
    rng = np.random.default_rng(0)
    x, w = rng.integers(-4, 5, (5, 7)), rng.integers(-2, 3, (2, 3))
    film = vis.slide_kernel(x, w, stride=2, padding=1)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, 1), w.shape)[::2, ::2]
    expected = np.einsum("abij,ij->ab", windows, w)
    np.testing.assert_array_equal(film.y, expected)
    frames = film_data(film)["frames"]
    assert [frame[:4] for frame in frames[:2]] == [[0, 0, 0, 0], [0, 1, 0, 2]]
    assert [int(frame[5].replace("−", "-")) for frame in frames] == expected.ravel().tolist()


def test_a_film_needs_nothing_but_itself_and_falls_back_to_a_picture():
    page = vis.slide_kernel([[1, 2], [3, 4]], [[1]])._repr_html_()
    # Everything before the script is what a page without scripts shows: the still picture, with words.
    still = page.split("<script>")[0]
    assert re.search(r'<img alt="A 1×1 kernel slides over a 2×2 input', still)
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    assert "import" not in page.split("<script>")[1]
    assert len(page) < 200_000


@pytest.mark.parametrize(("x", "w", "flat"), [([1, 2, 3], [1], True), ([[1, 2, 3]], [[1]], False)])
def test_a_vector_is_read_with_one_index_and_padded_at_its_ends_only(x, w, flat):
    film = vis.slide_kernel(x, w, padding=1)
    assert film_data(film)["flat"] is flat
    assert film.shape == ((1, 5) if flat else (3, 5))


def test_two_films_do_not_share_their_controls():
    film = vis.slide_kernel([1, 2], [1])
    names = [re.search(r'data-player="(slide-\w+)"', film._repr_html_())[1] for _ in range(2)]
    assert names[0] != names[1]


def flip_data(film):
    """The pages that the script receives: [PNG, caption] each."""
    return json.loads(re.search(r'flip\("flip-\w+", (\[.*\])\);\}\)\(\);</script>', film._repr_html_())[1])


def test_a_flipbook_hands_every_page_and_its_caption_to_the_script():
    figures = {"step 0": vis.matrix([[0]]), "step 1 </script>": vis.matrix([[1]])}
    film = vis.flipbook(figures, alt="a zero becomes a one")
    assert [caption for _, caption in flip_data(film)] == list(figures)
    assert [png for png, _ in flip_data(film)] == [page.base64 for page in film.frames.values()]
    assert film._repr_html_().count("</script>") == 1  # a caption does not end the script


def test_a_flipbook_falls_back_to_its_last_page():
    film = vis.flipbook({"a": vis.matrix([[0]]), "b": vis.matrix([[1]])}, alt="a zero becomes a one")
    assert film.still == film.frames["b"]
    assert film.still.img in film._repr_html_().split("<script>")[0]
    with capture_output() as captured:
        display(film)
    assert captured.stdout.strip() == "Film: a zero becomes a one"


@pytest.mark.parametrize(("count", "alt", "message"), [(1, "one", "at least two"), (2, " ", "alt text is empty")])
def test_a_flipbook_needs_pages_and_words(count, alt, message):
    with pytest.raises(ValueError, match=message):
        vis.flipbook({str(n): vis.matrix([[n]]) for n in range(count)}, alt=alt)


def pixels_of(figure: Figure) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(vis.picture(figure, "A drawing.").png)).convert("RGB")).astype(int)


def test_a_figure_is_cut_to_what_is_drawn_and_a_margin_of_its_color() -> None:
    figure = Figure(figsize=(4, 3), facecolor=(0.5, 0.75, 1.0))
    figure.text(0.5, 0.5, "in the middle of nothing")
    pixels = pixels_of(figure)
    assert pixels.shape[0] < 80
    assert 200 < pixels.shape[1] < 400
    border = np.concatenate([pixels[:12].reshape(-1, 3), pixels[-12:].reshape(-1, 3), pixels[:, -12:].reshape(-1, 3)])
    assert np.abs(border - (128, 191, 255)).max() <= 15
    assert pixels[12:-12].min() < 64


def test_what_lies_beyond_the_edges_is_shown_too() -> None:
    figure = Figure(figsize=(2, 2))
    figure.text(0.9, 0.5, "a text that runs far over the right edge")
    assert pixels_of(figure).shape[1] > 350


def test_the_figure_is_as_before() -> None:
    figure = Figure(figsize=(2, 2), dpi=70)
    figure.add_subplot().plot([1, 2])
    canvas = figure.canvas
    assert np.array_equal(pixels_of(figure), pixels_of(figure))
    assert figure.canvas is canvas
    assert figure.dpi == 70


def test_a_large_photograph_keeps_256_colors_and_a_small_one_all():
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)

    def shown(pixels):
        return np.asarray(
            Image.open(io.BytesIO(encoded(Image.fromarray(pixels), "noise", photograph=True).png)).convert("RGB")
        )

    assert np.array_equal(shown(noise[:100, :100]), noise[:100, :100])
    few = shown(noise)
    assert len(np.unique(few.reshape(-1, 3), axis=0)) <= 256
    assert np.abs(few.astype(int) - noise).mean() < 20  # of 255, for the worst picture there is
