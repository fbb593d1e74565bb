import pytest
import torch

from chmnet import (
    BSplineBasis,
    ContinuousHopfield,
    ContinuousHopfieldLayer,
    DiscreteHopfield,
    DiscreteHopfieldLayer,
    GaussianBasis,
    GaussLegendre,
    RectangularBasis,
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
        ({"width": 0}, "width must be at least 1, but came as 0"),
        ({"heads": 0}, "heads must be at least 1, but came as 0"),
        ({"heads": 3}, r"width must be a multiple of heads \(3\), but came as 8"),
        ({"steps": 0}, "steps must be at least 1, but came as 0"),
        ({"beta": 0.0}, "beta must be finite and above 0, but came as 0"),
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
