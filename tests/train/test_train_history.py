"""What was measured, as a table and as curves."""

from __future__ import annotations

import pytest

from course_lib.train import History, Row

ROWS = (
    Row(1, 0.1, 2.0, 0.25, 1.5, 0.5, 1.0),
    Row(2, 0.05, 1.0, 0.75, 1.25, 0.625, 2.5),
    Row(3, 0.01, 0.5, 0.875, 1.375, 0.5, 4.0),
)


def test_the_table_has_a_row_for_each_epoch():
    table = History(ROWS, 30, "time").table()
    head, *rows, last = table.splitlines()
    assert head.split() == ["epoch", "lr", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "seconds"]
    assert rows[1].split() == ["2", "0.05", "1.0000", "0.7500", "1.2500", "0.6250", "2.5"]
    assert last == "stopped: the time is up (30 steps)"
    assert repr(History(ROWS, 30, "time")) == table
    assert "<td>0.6250</td>" in History(ROWS, 30, "time")._repr_html_()


def test_the_best_epoch_is_that_of_the_lowest_validation_loss():
    assert History(ROWS, 30, "finished").best.epoch == 2
    blind = tuple(Row(r.epoch, r.lr, r.train_loss, r.train_accuracy, None, None, r.seconds) for r in ROWS)
    assert History(blind, 30, "finished").best.epoch == 3
    assert History(blind, 30, "finished").column("val_loss") == []
    assert "–" in History(blind, 30, "finished").table()
    with pytest.raises(ValueError, match="no epoch"):
        _ = History((), 3, "time").best


def test_curves_show_training_and_validation():
    history = History(ROWS, 30, "finished")
    axes = history.curves("accuracy").axes[0]
    assert [line.get_label() for line in axes.lines] == ["training", "validation"]
    assert list(axes.lines[1].get_ydata()) == [0.5, 0.625, 0.5]
    assert list(axes.lines[0].get_xdata()) == [1, 2, 3]
    assert (
        history.describe()
        == "Over 3 epochs, training loss goes from 2 to 0.5 and validation loss goes from 1.5 to 1.38."
    )
    with pytest.raises(ValueError, match="'loss' or the 'accuracy'"):
        history.curves("rate")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="there is no column 'rate'; there are epoch, lr"):
        history.column("rate")


def test_live_curves_are_redrawn_in_one_place(images, net, config, monkeypatch):
    from course_lib import train

    shown = []

    class Handle:
        def update(self, picture: object) -> None:
            shown.append(("again", picture))

    def display(picture: object, display_id: bool) -> Handle:
        shown.append(("first", picture))
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    train.fit(net(), images, config(live=True))
    assert [when for when, _ in shown] == ["first", "again", "again"]
    assert "Over 1 epoch, " in shown[0][1].alt
    assert "Over 3 epochs, " in shown[-1][1].alt
