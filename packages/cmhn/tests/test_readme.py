import re
from pathlib import Path

import pytest
import torch

README = Path(__file__).parents[1] / "README.md"


def test_the_example_runs_and_says_what_it_promises(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    scope = {}
    exec(compile(example, str(README), "exec"), scope)
    printed = capsys.readouterr().out
    promised = float(re.search(r"# (0\.\d+), from", example)[1])
    assert float(re.search(r"tensor\((0\.\d+)\)", printed)[1]) == pytest.approx(promised, abs=0.0006)
    assert torch.isfinite(scope["found"]["audio"]).all()
