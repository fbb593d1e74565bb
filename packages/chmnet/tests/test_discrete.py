import math

import pytest
import torch

from chmnet import DiscreteHopfield


def test_energy_and_update_are_those_of_the_equations():
    memory = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    q = torch.tensor([0.5, 0.25])
    network = DiscreteHopfield(memory, 2.0)
    # Both similarities are 0.5: the softmax is even, and so is the mean of exponentials.
    assert float(network.energy(q)) == pytest.approx(-0.5 + (0.25 + 0.0625) / 2)
    assert network.update(q).tolist() == pytest.approx([0.5, 1.0])


def test_the_update_is_an_attention_head():
    generator = torch.Generator().manual_seed(0)
    memory, q = torch.randn(6, 4, generator=generator), torch.randn(3, 4, generator=generator)
    attention = torch.nn.functional.scaled_dot_product_attention(q[None], memory[None], memory[None])[0]
    torch.testing.assert_close(DiscreteHopfield(memory, 1 / math.sqrt(4)).update(q), attention)


def test_energies_of_memories_of_different_sizes_compare():
    memory = torch.randn(5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    q = memory[:2] + 0.1
    twice = DiscreteHopfield(memory.repeat(2, 1), 1.5)
    torch.testing.assert_close(twice.energy(q), DiscreteHopfield(memory, 1.5).energy(q))


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_an_empty_memory_is_refused(shape):
    with pytest.raises(ValueError, match="memory must be a matrix with at least one row and one column"):
        DiscreteHopfield(torch.empty(shape), 1.0)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_memory_that_is_not_finite_is_refused(bad):
    with pytest.raises(ValueError, match="memory must be finite, but holds NaN or Inf"):
        DiscreteHopfield(torch.tensor([[0.0, bad]]), 1.0)


def test_a_whole_number_memory_is_refused(without_shape_checks):
    with pytest.raises(TypeError, match=r"memory must be a floating-point tensor, but is torch.int64"):
        DiscreteHopfield(torch.ones(2, 2, dtype=torch.int64), 1.0)
