"""The tools of the course, tried out: a kernel that computes, a picture, a figure, a convolution.

Everything is imported inside the probes, so that a missing package becomes a finding.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator

from course_lib import __version__
from course_lib.doctor.probes import Finding, State
from course_lib.errors import CourseError
from course_lib.kernels import install_kernel

_KERNEL = "python3"
_KERNEL_SECONDS = 60
_ASK = """\
import json, sys
try:
    import course_lib
    version = course_lib.__version__
except ImportError:
    version = None
print(json.dumps([1 + 1, sys.prefix, version]))"""


def kernel() -> Iterator[Finding]:
    """Start the kernel that the notebooks name, let it compute, and see whether it knows the course."""
    import nbformat

    from course_lib.selfcheck import kernel as kernels

    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(_ASK)])
    try:
        (end,) = kernels.execute(book, timeout=_KERNEL_SECONDS, kernel_name=_KERNEL)
    except CourseError as error:
        yield Finding("Kernel", State.BROKEN, str(error), install_kernel(_KERNEL))
        return
    printed = "".join(output.text for output in book.cells[0].outputs if output.get("name") == "stdout")
    if end is not kernels.End.DONE or not printed:
        yield Finding("Kernel", State.BROKEN, f"{_KERNEL} starts, but does not compute 1 + 1", install_kernel(_KERNEL))
        return
    two, prefix, library = json.loads(printed)
    if library is None:
        found = f"{_KERNEL} runs in {prefix}, where the course is not installed; this is {sys.prefix}"
        yield Finding("Kernel", State.BROKEN, found, install_kernel(_KERNEL))
    elif library != __version__:
        found = f"{_KERNEL} runs in {prefix} with course_lib {library}, but this is {__version__}"
        yield Finding("Kernel", State.BROKEN, found, install_kernel(_KERNEL))
    else:
        yield Finding("Kernel", State.GOOD, f"{_KERNEL} starts, computes 1 + 1 = {two} and knows course_lib {library}")


def pictures() -> Iterator[Finding]:
    """Read the bundled data and draw a figure, without a screen."""
    from matplotlib.figure import Figure

    from course_lib import data

    photo, digits = data.photo("china"), data.digits()
    figure = Figure(figsize=(2, 2))
    figure.subplots().imshow(data.gray(photo), cmap="gray")
    figure.savefig(drawn := io.BytesIO(), format="png")
    found = f"read a photo {photo.shape} and {len(digits.x_train)} digits, drew a figure of {drawn.tell() // 1000} kB"
    yield Finding("Pictures", State.GOOD, found)


def torch() -> Iterator[Finding]:
    """Convolve on the processor and on every accelerator that PyTorch sees; the results must agree."""
    try:
        import torch
    except (ImportError, OSError) as error:  # OSError: a shared library of torch that cannot be loaded
        mend = 'python -m pip install --force-reinstall "torch>=2.2"'
        yield Finding("PyTorch", State.BROKEN, f"cannot be imported: {error}", mend)
        return
    x = torch.arange(2 * 3 * 5 * 7, dtype=torch.float32).reshape(2, 3, 5, 7) / 210
    w = torch.ones(4, 3, 3, 3) / 27
    # Averaging a ramp gives the value at the middle of each window.
    expected = x.mean(1, keepdim=True)[:, :, 1:-1, 1:-1].expand(-1, 4, -1, -1)
    mend = "see https://pytorch.org/get-started/locally for the build that fits this machine"
    accelerators = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        accelerators.append("mps")
    for device in ("cpu", *accelerators):
        # Without a GPU everything still works, more slowly: only the processor is needed.
        when_wrong = State.BROKEN if device == "cpu" else State.NOTE
        try:
            y = torch.nn.functional.conv2d(x.to(device), w.to(device)).cpu()
        except RuntimeError as error:
            yield Finding("PyTorch", when_wrong, f"cannot convolve on {device}: {str(error).splitlines()[0]}", mend)
            continue
        # Graphics processors may round to ten bits (TF32).
        if not torch.allclose(y, expected, atol=2e-3):
            yield Finding("PyTorch", when_wrong, f"convolves wrongly on {device}", mend)
        elif device == "cpu":
            found = f"{torch.__version__} convolves on the processor (threads: {torch.get_num_threads()})"
            yield Finding("PyTorch", State.GOOD, found + ("" if accelerators else "; no GPU, and none is needed"))
        else:
            name = torch.cuda.get_device_name(device) if device.startswith("cuda") else "Apple GPU"
            yield Finding("PyTorch", State.GOOD, f"convolves on {device}, {name}")
