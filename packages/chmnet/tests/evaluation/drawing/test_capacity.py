import pandas as pd

from chmnet.evaluation.drawing import recalled_panels, stretch_panel


def test_each_kind_has_a_panel_with_the_line_of_a_memory_that_knows_nothing_else(figure):
    rows = [
        {"dataset": kind, "variant": variant, "L": length, "value": 0.5}
        for kind in ("white", "smooth")
        for variant in ("complete", "discrete", "continuous")
        for length in (8, 16)
    ]
    panels = recalled_panels(figure, pd.DataFrame(rows), kinds=["white", "smooth"], lengths=[8, 16], count=8)
    assert len(panels) == 2
    assert any(list(line.get_ydata()) == [1, 0.5] for line in panels[1].get_lines())


def test_each_size_has_a_line_and_the_target_is_marked(figure):
    curve = pd.DataFrame(
        {"size": [8, 8, 16, 16], "stretch": [0.5, 1.0] * 2, "recalled": [0.25, 1.0, 0.5, 1.0]}
    )
    ax = figure.subplots()
    stretch_panel(ax, curve, target=0.9)
    heights = [list(line.get_ydata()) for line in ax.get_lines()]
    assert [0.25, 1.0] in heights
    assert [0.5, 1.0] in heights
    assert [0.9, 0.9] in heights
