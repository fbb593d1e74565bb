import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hkam
from hkam import kernels
from hkam.kernels import interaction, rules
from hkam.kernels.fused import MOST_COLUMNS
from hkam.kernels.portable import portable_adjoint, portable_force

PATHS = ("compiled", "fused", "portable")


def problem(draw, nodes, k, columns, batch, dtype=np.float64, isolated=0):
    """Small worlds; the last `isolated` nodes have no neighbours."""
    small = hkam.watts_strogatz_graph(nodes - isolated, k, seed=0)
    graph = hkam.Graph(nodes, np.asarray(small.edges, dtype=np.int64))
    mu = draw.rows(batch, nodes, columns, dtype=dtype)
    weights = tuple(draw.normal(graph.edge_count, dtype=dtype) for _ in range(2))
    return graph, mu, weights, draw.normal(*mu.shape, dtype=dtype)


def plain(mu, linear, rectified, graph):
    return jax.vmap(lambda one: kernels.edge_list_interaction(one, linear, rectified, graph))(mu)


def differs(got, wanted):
    got, wanted = np.asarray(got), np.asarray(wanted)
    return np.abs(got - wanted).max(initial=0.0) / np.abs(wanted).max(initial=1e-300)


def with_slopes(function, mu, weights, cotangent):
    def both(*inputs):
        force, pull = jax.vjp(function, *inputs)
        return force, *pull(cotangent)

    return jax.jit(both)(mu, *weights)


@pytest.mark.parametrize(
    ("size", "isolated", "dtype"),
    [
        ((7, 4, 5, 3), 2, np.float32),
        ((7, 4, 5, 3), 2, np.float64),
        ((5, 2, 1, 1), 0, np.float64),
        ((23, 6, 2, 17), 0, np.float32),
        ((9, 4, 7, 19), 1, np.float64),
        ((6, 2, 11, 2), 0, np.float32),
        ((300, 2, 3, 2), 1, np.float64),
    ],
)
def test_all_paths_equal_the_plain_sum_with_their_gradients(draw, size, isolated, dtype):
    graph, mu, weights, cotangent = problem(draw, *size, dtype, isolated)
    wanted = with_slopes(functools.partial(plain, graph=graph), mu, weights, cotangent)
    for implementation in PATHS:
        if implementation == "fused" and mu.shape[-1] > MOST_COLUMNS:
            continue
        fast = functools.partial(kernels.oscillator_interaction, graph=graph, implementation=implementation)
        got = with_slopes(fast, mu, weights, cotangent)
        assert got[0].dtype == dtype
        assert all(differs(one, other) < 1e-5 for one, other in zip(got, wanted, strict=True))
        if isolated:
            assert not np.asarray(got[0])[:, -1].any()


@pytest.mark.parametrize("batch", [6, 7])
def test_the_chunks_that_accelerators_compute_at_once_change_nothing(draw, batch):
    graph, mu, weights, cotangent = problem(draw, 6, 4, 3, batch)

    @functools.partial(jax.jit, static_argnames="chunk")
    def run(chunk):
        force = portable_force(mu, *weights, graph.edges, chunk=chunk)
        return *force, *portable_adjoint(mu, cotangent, *weights, graph.edges, chunk=chunk)

    for one, other in zip(run(4), run(1), strict=True):
        assert np.allclose(one, other)


@pytest.mark.parametrize("implementation", PATHS)
def test_every_order_of_batching_and_differentiating_agrees(draw, implementation):
    graph, mu, weights, cotangent = problem(draw, 6, 4, 3, 4)

    def loss(state, linear, rectified, c):
        force = kernels.oscillator_interaction(state, linear, rectified, graph, implementation=implementation)
        return jnp.vdot(force, c)

    def total(mu, *weights):
        return jnp.sum(jax.vmap(loss, in_axes=(0, None, None, 0))(mu, *weights, cotangent))

    summed = jax.jit(jax.grad(total, argnums=(0, 1, 2)))(mu, *weights)
    one_by_one = jax.vmap(jax.grad(loss, argnums=(0, 1, 2)), in_axes=(0, None, None, 0))
    apart = jax.jit(one_by_one)(mu, *weights, cotangent)
    assert np.allclose(summed[0], apart[0])
    for total_slope, single in zip(summed[1:], apart[1:], strict=True):
        assert np.allclose(total_slope, single.sum(axis=0))


@pytest.mark.parametrize("implementation", PATHS)
def test_weights_may_have_a_batch_axis_too(draw, implementation):
    graph, mu, (linear, rectified), _ = problem(draw, 6, 4, 3, 2)
    fast = functools.partial(kernels.oscillator_interaction, graph=graph, implementation=implementation)
    got = jax.vmap(lambda one, scale: fast(one, scale * linear, rectified))(mu, jnp.array([1.0, 2.0]))
    wanted = jnp.stack(
        [kernels.edge_list_interaction(mu[i], (i + 1) * linear, rectified, graph) for i in range(2)]
    )
    assert np.allclose(got, wanted)


@pytest.mark.parametrize("implementation", PATHS)
def test_forward_mode_and_second_derivatives_work(draw, implementation):
    graph, mu, weights, direction = problem(draw, 6, 4, 3, 1)

    def fast(one):
        return kernels.oscillator_interaction(one, *weights, graph, implementation=implementation)

    def slow(one):
        return kernels.edge_list_interaction(one, *weights, graph)

    for derivative in (
        lambda f: jax.jvp(f, (mu[0],), (direction[0],))[1],
        lambda f: jax.grad(lambda one: jnp.sum(jax.grad(lambda two: jnp.sum(f(two) ** 2))(one) ** 2))(mu[0]),
    ):
        got, wanted = jax.jit(lambda derivative=derivative: (derivative(fast), derivative(slow)))()
        assert np.allclose(got, wanted)


@pytest.mark.parametrize("implementation", PATHS)
def test_no_edges_and_no_samples_give_no_force(draw, implementation):
    graph = hkam.watts_strogatz_graph(4, 0, seed=0)
    empty = jnp.zeros(0)
    fast = functools.partial(kernels.oscillator_interaction, implementation=implementation)
    assert not np.asarray(fast(jnp.ones((2, 4, 3)), empty, empty, graph)).any()
    assert fast(jnp.ones((0, 4, 3)), empty, empty, graph).shape == (0, 4, 3)
    assert fast(jnp.ones((0, 3)), empty, empty, hkam.Graph(0, [])).shape == (0, 3)


def test_permuting_nodes_permutes_forces(draw):
    graph, mu, (linear, rectified), _ = problem(draw, 7, 4, 3, 2)
    order = draw.random.permutation(7)
    dense = [graph.dense(weight)[order][:, order] for weight in (linear, rectified)]
    complete = hkam.complete_graph(7)
    permuted = kernels.oscillator_interaction(mu[:, order], *map(complete.edge_values, dense), complete)
    assert np.allclose(permuted, kernels.oscillator_interaction(mu, linear, rectified, graph)[:, order])


def test_wrong_shapes_are_refused(draw):
    graph, mu, (linear, rectified), _ = problem(draw, 6, 4, 3, 1)
    with pytest.raises(ValueError, match="mu must have one row per node, 6"):
        kernels.oscillator_interaction(mu[:, :4], linear, rectified, graph)
    with pytest.raises(ValueError, match="linear must have one entry per edge, 12"):
        kernels.oscillator_interaction(mu, linear[:3], rectified[:3], graph)


def test_more_columns_than_the_kernel_holds_take_the_portable_path(draw):
    graph, mu, weights, _ = problem(draw, 5, 2, 65, 1)
    assert np.allclose(kernels.oscillator_interaction(mu, *weights, graph), plain(mu, *weights, graph))
    with pytest.raises(
        ValueError, match="mu must have at most 64 columns for the compiled kernel, but has 65"
    ):
        kernels.oscillator_interaction(mu, *weights, graph, implementation="compiled")


@pytest.mark.parametrize("implementation", PATHS)
def test_lists_and_whole_numbers_are_taken(without_shape_checks, implementation):
    graph = hkam.complete_graph(3)
    ones = [1, 1, 1]
    force = kernels.oscillator_interaction(
        np.eye(3, dtype=int), ones, ones, graph, implementation=implementation
    )
    assert np.allclose(force, 1 - np.eye(3))
    assert jnp.issubdtype(force.dtype, jnp.floating)


@pytest.mark.parametrize("implementation", PATHS)
@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16])
def test_half_precision_is_right_to_its_last_digit(draw, implementation, dtype):
    graph, mu, weights, _ = problem(draw, 50, 20, 3, 2)
    mu, *weights = (value.astype(dtype) for value in (mu, *weights))
    got = kernels.oscillator_interaction(mu, *weights, graph, implementation=implementation)
    wanted = plain(*(value.astype(float) for value in (mu, *weights)), graph)
    assert got.dtype == dtype
    assert differs(got.astype(float), wanted) < jnp.finfo(dtype).eps


def test_what_the_interaction_cannot_take_is_named(without_shape_checks):
    graph, ones, mu = hkam.complete_graph(3), np.ones(3), np.eye(3)
    refused = [
        (lambda: kernels.oscillator_interaction(mu, ones, ones, "complete"), "graph must be a hkam.Graph"),
        (lambda: kernels.oscillator_interaction(ones, ones, ones, graph), "mu must have one row per node, 3"),
        (lambda: kernels.oscillator_interaction(1j * mu, ones, ones, graph), "mu must be an array of real"),
        (
            lambda: kernels.oscillator_interaction(mu, ["a"] * 3, ones, graph),
            "linear must be an array of real",
        ),
        (
            lambda: kernels.oscillator_interaction(mu, ones, 1.0, graph),
            "rectified must have one entry per edge",
        ),
        (
            lambda: kernels.oscillator_interaction(mu, ones, ones, graph, implementation="cuda"),
            "implementation must be one of auto, compiled, fused, portable, but is 'cuda'",
        ),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()


def test_the_fused_kernels_are_what_a_gpu_is_given(draw):
    graph, mu, weights, cotangent = problem(draw, 40, 6, 5, 2, np.float32)

    def force(*inputs):
        return kernels.oscillator_interaction(*inputs, graph)

    def slopes(*inputs):
        return jax.vjp(force, *inputs)[1](cotangent)

    for function, count in ((force, 1), (slopes, 2)):
        lowered = jax.jit(function).trace(mu, *weights).lower(lowering_platforms=("cuda",))
        assert lowered.as_text().count("__gpu$xla.gpu.triton") == count


def test_more_columns_than_the_fused_kernel_holds_are_refused_or_go_another_way(draw):
    graph, mu, weights, _ = problem(draw, 6, 4, MOST_COLUMNS + 1, 2, np.float32)
    with pytest.raises(ValueError, match="at most 8 columns for the fused kernel, but has 9"):
        kernels.oscillator_interaction(mu, *weights, graph, implementation="fused")
    lowered = jax.jit(lambda one: kernels.oscillator_interaction(one, *weights, graph)).trace(mu)
    assert "triton" not in lowered.lower(lowering_platforms=("cuda",)).as_text()


def on_a_gpu(draw, nodes, k):
    """What a GPU would be given for the force on a small world."""
    graph, mu, weights, _ = problem(draw, nodes, k, 3, 2, np.float32)
    lowered = jax.jit(lambda one: kernels.oscillator_interaction(one, *weights, graph)).trace(mu)
    return lowered.lower(lowering_platforms=("cuda",)).as_text()


def test_sparse_graphs_get_no_dense_tile_on_a_gpu(draw):
    text = on_a_gpu(draw, 300, 2)
    assert "triton" not in text
    assert "300x300" not in text
    assert "triton" in on_a_gpu(draw, 300, 10)


def test_without_pallas_the_portable_form_runs_and_the_fused_one_cannot_be_insisted_on(draw, monkeypatch):
    for module in (interaction, rules):
        monkeypatch.setattr(module, "fused_kernel_is_ready", lambda: False)
    assert "triton" not in on_a_gpu(draw, 40, 6)
    graph, mu, weights, _ = problem(draw, 6, 4, 3, 2, np.float32)
    with pytest.raises(RuntimeError, match="this version of JAX has no Pallas for it"):
        kernels.oscillator_interaction(mu, *weights, graph, implementation="fused")
