"""What is saved: the weights of a net, or all of a training, and how both come back."""

from __future__ import annotations

import json
import warnings
from dataclasses import asdict
from typing import Any

import torch
from torch import nn

from course_lib.train.checkpoint import AnyPath, Content, Opened, Tensors, opened, require_finite, write
from course_lib.train.checkpoint_errors import DamagedCheckpoint, OtherTraining
from course_lib.train.history import Row
from course_lib.train.randomness import plain_states, restore_states, tensor_states
from course_lib.train.run import Run, trainable

_MODEL, _BEST, _OPTIMIZER, _RANDOM = "model.", "best.", "optimizer.", "random."
_NOTE = "cnn-course"  # the key of the JSON text beside the tensors


def save(path: AnyPath, model: nn.Module) -> None:
    """Write the weights (and statistics) of a net to a safetensors file, whole or not at all. Raises NotFinite."""
    write(path, _named(_MODEL, model.state_dict()), {_NOTE: json.dumps({"holds": "weights"})})


def load_weights(model: nn.Module, source: Content) -> None:
    """Put the weights of a file, or of the bytes of one, into a net of the same form; all, or on any error none.

    Reads what `save` and `fit` write (from a training with patience the best weights), and safetensors files of others
    with the net's own names. Raises a CheckpointError of its own kind for whatever is wrong with the file.
    """
    with opened(source, model) as file:
        ours = _NOTE in file.notes
        prefix = next((p for p in (_BEST, _MODEL) if ours and any(n.startswith(p) for n in file.names)), "")
        weights = file.take(model.state_dict(), prefix)
    model.load_state_dict(weights)


def save_run(path: AnyPath, run: Run) -> None:
    """Write all that a training needs to go on."""
    tensors = _named(_MODEL, run.model.state_dict()) | _named(_BEST, run.best or {})
    for index, state in run.optimizer.state_dict()["state"].items():
        tensors |= _named(f"{_OPTIMIZER}{index}.", {k: v for k, v in state.items() if v is not None})
    tensors |= _named(_RANDOM, tensor_states(run.device))
    tensors |= {"generator": run.generator.get_state(), "tally": run.tally}
    note = {
        "holds": "training",
        "record": run.record,
        "step": run.step,
        "seconds": run.before + run.seconds,
        "rows": [asdict(row) for row in run.rows],
        "random": plain_states(),
        "device": run.device.type,
    }
    write(path, tensors, {_NOTE: json.dumps(note)})


def restore_run(path: AnyPath, run: Run) -> None:
    """Put a saved training into a fresh one, which must be of the same net, settings and pictures.

    The weights are changed only when all of it is read and found good. Raises a CheckpointError of its own kind for
    whatever is wrong.
    """
    with opened(path, run.model) as file:
        note = _note(file)
        _require_same(file, note, run.record)
        weights = file.take(run.model.state_dict(), _MODEL)
        has_best = any(name.startswith(_BEST) for name in file.names)
        best = file.take(run.model.state_dict(), _BEST) if has_best else None
        optimizer = _optimizer_state(file, run)
        states = {n.removeprefix(_RANDOM): file.read(n) for n in file.names if n.startswith(_RANDOM)}
        rest = {name: file.read(name) for name in ("generator", "tally") if name in file.names}
        try:
            rows = [Row(**row) for row in note["rows"]]
            step, seconds = int(note["step"]), float(note["seconds"])
            if step < 0 or step // run.steps_per_epoch != len(rows):
                raise ValueError(f"{step} steps and {len(rows)} epochs")
            run.generator.set_state(rest["generator"])
            run.tally.copy_(rest["tally"])
            restore_states(states, note["random"], run.device)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise DamagedCheckpoint(f"{file.path}: what it says of its training is damaged ({error!r})") from None
    run.model.load_state_dict(weights)
    run.optimizer.load_state_dict({"state": optimizer, "param_groups": run.optimizer.state_dict()["param_groups"]})
    _same_layout(run)
    run.best = {name: tensor.to(run.device) for name, tensor in best.items()} if best else None
    run.rows, run.step, run.before = rows, step, seconds
    if note["device"] != run.device.type:
        warnings.warn(
            f"this training was saved on {note['device']} and goes on on {run.device.type}: "
            "it will not be the same to the last bit",
            stacklevel=3,
        )


def _named(prefix: str, tensors: Tensors) -> Tensors:
    return {prefix + name: tensor for name, tensor in tensors.items()}


def _note(file: Opened) -> dict[str, Any]:
    try:
        note = json.loads(file.notes.get(_NOTE, '{"holds": "weights"}'))
        holds = note["holds"]
    except (json.JSONDecodeError, KeyError, TypeError):
        raise DamagedCheckpoint(f"{file.path}: the text beside its tensors is damaged") from None
    if holds != "training":
        raise OtherTraining(
            f"{file.path} holds weights alone, no training to go on with: use load_weights(model, path), then fit"
        )
    assert isinstance(note, dict)
    return note


def _require_same(file: Opened, note: dict[str, Any], now: dict[str, str]) -> None:
    then = note.get("record")
    if not isinstance(then, dict) or set(then) != set(now):
        raise DamagedCheckpoint(f"{file.path}: its settings are damaged, or of another version of the course")
    for name, value in now.items():
        if then[name] != value:
            raise OtherTraining(
                f"{file.path}: {name} was {then[name]} and is {value} now; a training goes on only as it began "
                "(epochs, seconds, device, checkpoint, progress and live may change)"
            )


def _optimizer_state(file: Opened, run: Run) -> dict[int, Tensors]:
    """What the optimizer remembers of each parameter: tensors like the parameter, or single numbers."""
    weights = trainable(run.model)
    state: dict[int, Tensors] = {}
    for name in sorted(n for n in file.names if n.startswith(_OPTIMIZER)):
        number, _, key = name.removeprefix(_OPTIMIZER).partition(".")
        if number not in map(str, range(len(weights))) or key not in _REMEMBERED[run.config.optimizer]:
            raise DamagedCheckpoint(f"{file.path}: {name} is nothing that {run.config.optimizer} remembers")
        weight = weights[int(number)]
        file.require_like(name, () if key == "step" else tuple(weight.shape), weight.dtype)
        state.setdefault(int(number), {})[key] = file.read(name)
        require_finite(file.path, {name: state[int(number)][key]})
    return state


_REMEMBERED = {
    "sgd": {"momentum_buffer"},
    "adam": {"step", "exp_avg", "exp_avg_sq"},
    "adamw": {"step", "exp_avg", "exp_avg_sq"},
    "adagrad": {"step", "sum"},
}


def _same_layout(run: Run) -> None:
    """Keep the optimizer's tensors in the order of memory of their parameters, as they were: another one is slower."""
    for parameter, state in run.optimizer.state.items():
        for key, tensor in state.items():
            if isinstance(tensor, torch.Tensor) and tensor.shape == parameter.shape:
                state[key] = torch.empty_like(parameter).copy_(tensor)
