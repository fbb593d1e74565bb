import copy
import pickle
import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from chmnet import (
    BSplineBasis,
    ContinuousHopfield,
    ContinuousHopfieldLayer,
    DiscreteHopfield,
    DiscreteHopfieldLayer,
    Exact,
    GaussianBasis,
    GaussLegendre,
    RectangularBasis,
    Trapezoid,
    ridge_fit,
)


def _normal(*shape, seed=0, dtype=torch.float32):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


def _transparent(layer):
    """Identity projections: what is left is the association."""
    for linear in (
        layer.association.query,
        layer.association.key,
        layer.association.content,
        layer.association.output,
    ):
        torch.nn.init.eye_(linear.weight)
        torch.nn.init.zeros_(linear.bias)
    return layer


def _discrete(width=8, **settings):
    return DiscreteHopfieldLayer(width, **settings)


def _rectangular(width=8, **settings):
    return ContinuousHopfieldLayer(width, RectangularBasis(4), **settings)


def _spline(width=8, **settings):
    return ContinuousHopfieldLayer(width, BSplineBasis(5), integration=GaussLegendre(12), **settings)


layers = pytest.mark.parametrize("layer", [_discrete, _rectangular, _spline])


@pytest.mark.parametrize("steps", [1, 3])
def test_with_identity_projections_a_layer_is_its_network(steps):
    memory, query = _normal(2, 9, 6), _normal(2, 3, 6, seed=1)
    discrete = _transparent(DiscreteHopfieldLayer(6, steps=steps, beta=0.7))
    basis, rule = BSplineBasis(5), GaussLegendre(12)
    spline = _transparent(ContinuousHopfieldLayer(6, basis, steps=steps, beta=0.7, integration=rule))
    bins = _transparent(ContinuousHopfieldLayer(6, RectangularBasis(4), steps=steps, beta=0.7))
    for one in range(2):
        expected = DiscreteHopfield(memory[one], 0.7).retrieve(query[one], steps)
        torch.testing.assert_close(discrete(query, memory)[one], expected)
        expected = ContinuousHopfield.fit(memory[one], basis, beta=0.7, integration=rule)
        torch.testing.assert_close(spline(query, memory)[one], expected.retrieve(query[one], steps))
        expected = ContinuousHopfield.fit(memory[one], RectangularBasis(4), beta=0.7)
        torch.testing.assert_close(bins(query, memory)[one], expected.retrieve(query[one], steps))


def test_one_discrete_step_is_multi_head_attention():
    layer = DiscreteHopfieldLayer(8, heads=2)
    reference = torch.nn.MultiheadAttention(8, 2, batch_first=True)
    inner = layer.association
    reference.in_proj_weight.data = torch.cat(
        [inner.query.weight, inner.key.weight, inner.content.weight]
    ).detach()
    reference.in_proj_bias.data = torch.cat([inner.query.bias, inner.key.bias, inner.content.bias]).detach()
    reference.out_proj.load_state_dict(inner.output.state_dict())
    memory, query = _normal(2, 5, 8), _normal(2, 3, 8, seed=1)
    expected, _ = reference(query, memory, memory)
    torch.testing.assert_close(layer(query, memory), expected)


def test_twins_with_equal_parameters_agree_where_bins_are_frames():
    discrete = DiscreteHopfieldLayer(8, heads=4, steps=2)
    continuous = ContinuousHopfieldLayer(8, RectangularBasis(6), heads=4, steps=2, ridge=0.0)
    continuous.association.load_state_dict(discrete.association.state_dict())
    memory, query = _normal(3, 6, 8), _normal(3, 2, 8, seed=1)
    torch.testing.assert_close(continuous(query, memory), discrete(query, memory))


@layers
def test_gradients_agree_with_finite_differences(layer):
    layer = layer(4, heads=2, steps=2).double()
    memory = _normal(1, 6, 4, dtype=torch.float64).requires_grad_()
    query = _normal(1, 2, 4, seed=1, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(layer, (query, memory))


@layers
def test_every_parameter_learns(layer):
    layer = layer(heads=2, steps=2)
    layer(_normal(2, 3, 8), _normal(2, 7, 8, seed=1)).square().sum().backward()
    for name, parameter in layer.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None, name
            # The softmax does not see what is added to all similarities: the keys' bias of a single step.
            assert torch.isfinite(parameter.grad).all(), name
    assert layer.association.log_beta.grad.abs().max() > 0


def test_a_learnable_basis_learns_with_its_layer():
    basis = GaussianBasis(4, learnable=True)
    layer = ContinuousHopfieldLayer(8, basis, integration=GaussLegendre(12))
    layer(_normal(2, 3, 8), _normal(2, 7, 8, seed=1)).square().sum().backward()
    assert basis.centres.grad.abs().max() > 0
    assert basis.log_widths.grad.abs().max() > 0
    assert set(dict(layer.named_parameters())) > {"basis.centres", "basis.log_widths"}


@layers
def test_a_fixed_beta_is_not_learnt(layer):
    layer = layer(beta=2.0, learn_beta=False)
    assert not layer.association.log_beta.requires_grad
    assert float(layer.association.log_beta.exp()[0].detach()) == pytest.approx(2.0)


@layers
def test_training_lowers_the_loss(layer):
    torch.manual_seed(0)
    layer = layer(heads=2)
    memory, query, target = _normal(4, 12, 8), _normal(4, 3, 8, seed=1), _normal(4, 3, 8, seed=2)
    optimiser = torch.optim.Adam(layer.parameters(), lr=0.02)
    losses = []
    for _ in range(40):
        loss = (layer(query, memory) - target).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.7 * losses[0]


@layers
def test_answers_do_not_depend_on_the_rest_of_the_batch(layer):
    layer = layer(heads=2)
    memory, query = _normal(3, 7, 8), _normal(3, 2, 8, seed=1)
    torch.testing.assert_close(layer(query, memory)[1:2], layer(query[1:2], memory[1:2]))


@layers
def test_memories_of_any_length_are_read(layer):
    layer, query = layer(), _normal(1, 2, 8, seed=1)
    for length in (1, 3, 50):
        assert layer(query, _normal(1, length, 8)).shape == (1, 2, 8)


@layers
def test_a_layer_survives_saving(layer):
    first, second = layer(heads=2), layer(heads=2)
    second.load_state_dict(first.state_dict())
    memory, query = _normal(1, 7, 8), _normal(1, 2, 8, seed=1)
    assert torch.equal(first(query, memory), second(query, memory))


@layers
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"width": 0}, "width must be at least 1, but is 0"),
        ({"heads": 0}, "heads must be at least 1, but is 0"),
        ({"heads": 3}, r"width must be a multiple of heads \(3\), but is 8"),
        ({"steps": 0}, "steps must be at least 1, but is 0"),
        ({"beta": 0.0}, "beta must be finite and above 0, but is 0"),
    ],
)
def test_broken_settings_are_refused(layer, settings, message):
    with pytest.raises(ValueError, match=message):
        layer(**settings)


def test_a_basis_or_ridge_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="domain must lie in the basis' support"):
        ContinuousHopfieldLayer(8, RectangularBasis(4, (0.0, 0.5)))
    with pytest.raises(TypeError, match=r"basis must be rectangular for Exact\(\)"):
        ContinuousHopfieldLayer(8, BSplineBasis(5))
    with pytest.raises(ValueError, match="ridge must be finite and at least 0"):
        ContinuousHopfieldLayer(8, RectangularBasis(4), ridge=-1.0)


@layers
def test_broken_inputs_are_refused(layer, without_shape_checks):
    layer, memory, query = layer(), _normal(2, 7, 8), _normal(2, 3, 8)
    with pytest.raises(ValueError, match="query must have three axes and width 8"):
        layer(query[0], memory)
    with pytest.raises(ValueError, match="memory must have three axes and width 8"):
        layer(query, _normal(2, 7, 4))
    with pytest.raises(ValueError, match="memory must hold at least one pattern"):
        layer(query, memory[:, :0])
    with pytest.raises(ValueError, match="memory must hold at least one pattern for each"):
        layer(query, memory[:1])
    with pytest.raises(TypeError, match="query must be a floating-point tensor"):
        layer(query.long(), memory)
    with pytest.raises(ValueError, match="query must be finite"):
        layer(torch.full_like(query, torch.nan), memory)
    with pytest.raises(ValueError, match="memory must be finite"):
        layer(query, torch.full_like(memory, torch.inf))


def _bells(width=8, **settings):
    return ContinuousHopfieldLayer(
        width, GaussianBasis(4, learnable=True), integration=Trapezoid(20), **settings
    )


every = pytest.mark.parametrize("layer", [_discrete, _rectangular, _spline, _bells])
halves = pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])


def _error(found, right):
    return float(((found.float() - right).norm() / right.norm()).detach())


@pytest.mark.parametrize("count", [256, 1000, 4096])
@pytest.mark.parametrize("kind", [RectangularBasis, BSplineBasis])
@halves
def test_casting_a_layer_costs_what_its_projections_lose_and_no_more(count, kind, dtype):
    """Bins and pieces keep their places; in half precision a half of them would have no width."""
    rule = Exact() if kind is RectangularBasis else Trapezoid(50)
    layer = ContinuousHopfieldLayer(
        16, kind(min(count, 64) if kind is BSplineBasis else count), integration=rule
    )
    layer.requires_grad_(False)
    t = torch.linspace(0, 60, count)[:, None]
    memory = torch.sin(torch.linspace(1, 9, 16) + t)[None]
    query = memory[:, ::97][:, :9]
    right = layer(query, memory)
    half = copy.deepcopy(layer).to(dtype)
    assert half.association.query.weight.dtype == dtype
    answer = half(query.to(dtype), memory.to(dtype))
    assert answer.dtype == dtype
    assert _error(answer, right) < (0.002 if dtype == torch.float16 else 0.015)


@every
@halves
def test_half_precision_and_autocast_train(layer, dtype):
    layer = layer(heads=2, steps=2, beta=30.0)
    memory, query = _normal(2, 9, 8), _normal(2, 3, 8, seed=1)
    right = layer(query, memory)
    half = copy.deepcopy(layer).to(dtype)
    # β multiplies every error: its logarithm would lose a fiftieth of it in bfloat16.
    assert half.association.log_beta.dtype == torch.float32
    with torch.autocast("cpu", dtype=dtype):
        mixed = layer(query.to(dtype), memory)
        half_answer = half(query.to(dtype), memory.to(dtype))
    for network, answer in ((layer, mixed), (half, half_answer)):
        assert _error(answer, right) < 0.1
        answer.float().square().sum().backward()
        assert all(
            torch.isfinite(parameter.grad).all()
            for parameter in network.parameters()
            if parameter.grad is not None
        )


@every
def test_a_float16_projection_that_overflows_is_refused(layer):
    half = layer().half()
    for linear in (half.association.query, half.association.key):
        torch.nn.init.ones_(linear.weight)
    with pytest.raises(ValueError, match=r"query must have projections in the range of torch.float16"):
        half(torch.full((1, 2, 8), 3e4).half(), torch.ones(1, 4, 8).half())


@every
def test_buffers_hold_no_float64(layer):
    layer = layer()
    assert not any(buffer.dtype == torch.float64 for buffer in layer.buffers())
    if not isinstance(getattr(layer, "basis", None), GaussianBasis):
        assert not any(parameter.dtype == torch.float64 for parameter in layer.parameters())


@every
@pytest.mark.parametrize("log_beta", [-1e6, -100.0, 100.0, 1e6])
def test_a_temperature_that_ran_away_gives_no_nan(layer, log_beta):
    layer = layer(steps=2)
    layer.association.log_beta.data.fill_(log_beta)
    answer = layer(_normal(2, 3, 8), _normal(2, 6, 8, seed=1))
    answer.square().sum().backward()
    assert torch.isfinite(answer).all()
    assert all(torch.isfinite(p.grad).all() for p in layer.parameters() if p.grad is not None)


@every
@pytest.mark.parametrize("beta", [1e39, 1e-39])
def test_a_beta_that_no_type_can_follow_is_refused(layer, beta):
    with pytest.raises(ValueError, match="beta must lie between"):
        layer(beta=beta)


@every
@settings(max_examples=10)
@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=4), seed=st.integers(0, 2**31))
def test_a_sequence_with_a_mask_is_answered_as_it_would_be_alone(layer, lengths, seed):
    layer, batch = layer(heads=2, steps=2), len(lengths)
    memory, query = _normal(batch, 9, 8, seed=seed), _normal(batch, 2, 8, seed=seed + 1)
    order = torch.rand(batch, 9, generator=torch.Generator().manual_seed(seed)).argsort(1)
    mask = order < torch.tensor(lengths)[:, None]
    # What stands where nothing is counts for nothing.
    spoilt = torch.where(mask[..., None], memory, torch.nan)
    answers = layer(query, spoilt, mask=mask)
    for one in range(batch):
        alone = layer(query[one : one + 1], memory[one : one + 1, mask[one]])
        torch.testing.assert_close(answers[one : one + 1], alone, rtol=1e-3, atol=1e-4)
    attention = layer.attention(query, spoilt, mask=mask)
    torch.testing.assert_close(attention.sum(-1), torch.ones(attention.shape[:-1]))


@every
def test_a_mask_that_leaves_all_is_none(layer):
    layer, memory, query = layer(heads=2), _normal(2, 9, 8), _normal(2, 3, 8, seed=1)
    mask = torch.ones(2, 9, dtype=torch.bool)
    torch.testing.assert_close(layer(query, memory, mask=mask), layer(query, memory))


@every
def test_broken_masks_are_refused(layer, without_shape_checks):
    layer, memory, query = layer(), _normal(2, 9, 8), _normal(2, 3, 8)
    none = torch.zeros(2, 9, dtype=torch.bool)
    with pytest.raises(ValueError, match="mask must leave at least one pattern of each sequence"):
        layer(query, memory, mask=none)
    with pytest.raises(TypeError, match=r"mask must be a tensor of torch.bool, .* but is torch.float32"):
        layer(query, memory, mask=none.float())
    with pytest.raises(TypeError, match=r"mask must be a tensor of torch.bool, .* but is list"):
        layer(query, memory, mask=none.tolist())
    with pytest.raises(ValueError, match=r"mask must be one per pattern, shape \(2, 9\)"):
        layer(query, memory, mask=none[:, :4])


def test_one_discrete_step_attends_as_multi_head_attention_does():
    layer = DiscreteHopfieldLayer(8, heads=2)
    reference = torch.nn.MultiheadAttention(8, 2, batch_first=True)
    inner = layer.association
    linears = (inner.query, inner.key, inner.content)
    reference.in_proj_weight.data = torch.cat([linear.weight for linear in linears]).detach()
    reference.in_proj_bias.data = torch.cat([linear.bias for linear in linears]).detach()
    reference.out_proj.load_state_dict(inner.output.state_dict())
    memory, query = _normal(2, 5, 8), _normal(2, 3, 8, seed=1)
    mask = torch.tensor([[True] * 5, [True, False, True, True, False]])
    expected = reference(query, memory, memory, key_padding_mask=~mask, average_attn_weights=False)
    torch.testing.assert_close(
        (layer(query, memory, mask=mask), layer.attention(query, memory, mask=mask)), expected
    )


def test_the_answer_is_what_attention_makes_of_the_fitted_contents():
    layer = _transparent(ContinuousHopfieldLayer(6, RectangularBasis(4), steps=2, beta=2.0))
    memory, query = _normal(2, 9, 6), _normal(2, 3, 6, seed=1)
    attention = layer.attention(query, memory)
    assert attention.shape == (2, 1, 3, 4)
    for one in range(2):
        coefficients = ridge_fit(memory[one], None, layer.basis, 0.5)
        torch.testing.assert_close(attention[one, 0] @ coefficients, layer(query, memory)[one])


@every
def test_gradients_of_each_sample_are_those_of_it_alone(layer):
    layer, memory, query = layer(heads=2, steps=2), _normal(3, 7, 8), _normal(3, 2, 8, seed=1)

    def loss(parameters, query, memory):
        return torch.func.functional_call(layer, parameters, (query[None], memory[None])).square().sum()

    each = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(
        dict(layer.named_parameters()), query, memory
    )
    layer.requires_grad_()
    for one in range(3):
        layer.zero_grad()
        layer(query[one : one + 1], memory[one : one + 1]).square().sum().backward()
        for name, parameter in layer.named_parameters():
            torch.testing.assert_close(each[name][one], parameter.grad, rtol=1e-3, atol=1e-4)


@every
def test_a_batch_of_none_gives_none(layer):
    layer = layer(heads=2, steps=2)
    none = torch.zeros(0, 5, 8)
    mask = torch.zeros(0, 5, dtype=torch.bool)
    assert layer(none, none).shape == (0, 5, 8)
    assert layer(none, none, mask=mask).shape == (0, 5, 8)
    assert layer(torch.zeros(2, 0, 8), torch.zeros(2, 5, 8)).shape == (2, 0, 8)
    assert layer.attention(none, none).shape[:3] == (0, 2, 5)


@every
@pytest.mark.parametrize("assign", [False, True])
def test_a_layer_made_on_the_meta_device_is_filled_by_loading(layer, assign):
    memory, query, saved = _normal(2, 7, 8), _normal(2, 3, 8, seed=1), layer(heads=2)
    with torch.device("meta"):
        other = layer(heads=2)
    assert other(query.to("meta"), memory.to("meta")).shape == query.shape
    if not assign:
        other.to_empty(device="cpu")
    other.load_state_dict(saved.state_dict(), assign=assign)
    assert torch.equal(other(query, memory), saved(query, memory))


@every
def test_a_layer_is_copied_and_pickled(layer):
    layer, memory, query = layer(heads=2), _normal(2, 7, 8), _normal(2, 3, 8, seed=1)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert torch.equal(other(query, memory), layer(query, memory))


def test_a_layer_takes_the_bins_that_were_saved_and_integrates_over_them():
    saved = ContinuousHopfieldLayer(8, RectangularBasis.from_edges([0.0, 0.1, 0.15, 1.0]))
    other = ContinuousHopfieldLayer(8, RectangularBasis(7))
    other.load_state_dict(saved.state_dict())
    memory, query = _normal(2, 7, 8), _normal(2, 3, 8, seed=1)
    assert torch.equal(other(query, memory), saved(query, memory))


@every
def test_weights_of_another_make_are_refused(layer):
    state = layer(heads=2, steps=2).state_dict()
    with pytest.raises(
        RuntimeError, match=r'must come with the settings .*"steps": 3.* but has .*"steps": 2'
    ):
        layer(heads=2, steps=3).load_state_dict(state)
    layer(heads=2, steps=3).load_state_dict(
        {k: v for k, v in state.items() if not k.endswith("_extra_state")}
    )


def test_a_ridge_or_rule_of_another_make_is_refused():
    state = _rectangular(ridge=0.5).state_dict()
    for other in (_rectangular(ridge=0.25), _rectangular(integration=Trapezoid(9))):
        with pytest.raises(RuntimeError, match="must come with the settings"):
            other.load_state_dict(state)


TRACED = """
import torch
from chmnet import *

generator = torch.Generator().manual_seed(0)
query, memory = torch.randn(3, 2, 8, generator=generator), torch.randn(3, 6, 8, generator=generator)
mask = torch.arange(6) < torch.tensor([[6], [3], [1]])
bases = [(GaussianBasis(4, learnable=True), Trapezoid(9)), (BSplineBasis(5), GaussLegendre(4))]
bases.append((RectangularBasis(4), Exact()))
layers = [DiscreteHopfieldLayer(8, heads=2, steps=2)]
layers += [ContinuousHopfieldLayer(8, b, heads=2, steps=2, integration=rule) for b, rule in bases]
batch, length = torch.export.Dim("batch", min=2), torch.export.Dim("length", min=2)
sizes = ({0: batch}, {0: batch, 1: length})
few = query[:2], torch.randn(2, 11, 8, generator=generator)
discrete, bells, splines, bins = layers
for layer in (discrete, splines):
    graph = torch.export.export(layer, (query, memory), dynamic_shapes=sizes).module()
    torch.testing.assert_close(graph(*few), layer(*few), rtol=1e-4, atol=1e-5)
for layer, rest in ((discrete, {}), (bells, {}), (bins, {"mask": mask})):
    torch._dynamo.reset()
    answer = torch.compile(layer, backend="eager", fullgraph=True)(query, memory, **rest)
    torch.testing.assert_close(answer, layer(query, memory, **rest), rtol=1e-4, atol=1e-5)
"""


def test_a_traced_layer_is_the_layer():
    """As a user traces it: in a process of its own, where the tests' checks of shapes are not traced too."""
    run = subprocess.run([sys.executable, "-c", TRACED], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


@every
@pytest.mark.parametrize("query", [[[[1.0] * 8]], 3.0, None])
def test_a_query_that_is_no_tensor_is_named(layer, query, without_shape_checks):
    with pytest.raises(TypeError, match=r"query must be a torch.Tensor, but is"):
        layer()(query, _normal(1, 3, 8))


@every
def test_types_other_than_the_weights_are_named(layer):
    with pytest.raises(TypeError, match=r"memory must have the weights' type torch.float32, but is torch.f"):
        layer()(_normal(1, 3, 8), _normal(1, 3, 8, dtype=torch.float64))
