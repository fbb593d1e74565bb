import re
from pathlib import Path

import jax
import numpy as np
import pytest

import hkam

README = Path(__file__).parents[1] / "README.md"


def test_the_examples_run_and_say_what_they_promise(capsys):
    first, own = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    scope = {}
    exec(compile(first, str(README), "exec"), scope)
    printed = capsys.readouterr().out.splitlines()
    promised = float(re.search(r"# (\d\.\d+), of the pixels", first)[1])
    assert float(printed[0]) == pytest.approx(promised)
    assert printed[1].endswith("()")
    before, after, rate = map(float, printed[2].split())
    assert after < before
    assert rate <= 0
    assert np.isfinite(float(printed[3]))
    exec(compile(own, str(README), "exec"), scope)
    threshold = scope["threshold"]
    memory = hkam.HopfieldKuramotoMemory(
        hkam.HopfieldMemory(scope["Hyperbola"](), threshold.synapses, threshold.bias),
        hkam.KuramotoMemory(scope["Triangles"](0.01 * jax.random.normal(jax.random.key(1), (64, 64)))),
        hkam.LowRankCoupling(0.1),
    )
    assert memory.energy_rate(scope["cue"]) < 0


def test_the_readmes_own_energy_is_the_one_the_tests_hold_to_its_promises():
    _, own = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert own.strip() in (Path(__file__).parent / "test_own_energy.py").read_text(encoding="utf-8")
