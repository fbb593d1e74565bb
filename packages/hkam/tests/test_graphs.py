import jax.numpy as jnp
import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hkam


@given(st.integers(3, 12), st.integers(0, 11), st.integers(0, 5))
def test_both_forms_of_a_small_world_describe_one_graph(nodes, k, seed):
    if k >= nodes or k == 1:
        return
    graph = hkam.watts_strogatz_graph(nodes, k, seed=seed)
    assert graph.edge_count == nodes * (k // 2)
    edges, starts = np.asarray(graph.edges), np.asarray(graph.starts)
    senders = np.repeat(np.arange(nodes), np.diff(starts))
    pairs = np.sort(np.stack([senders, np.asarray(graph.neighbours)], axis=1), axis=1)
    assert np.array_equal(pairs, edges[np.asarray(graph.edge_of)])
    assert starts[-1] == 2 * graph.edge_count


def test_a_small_world_is_connected_and_comes_back_with_its_seed():
    one, same, other = (hkam.watts_strogatz_graph(30, 4, seed=seed) for seed in (0, 0, 1))
    assert nx.is_connected(nx.Graph(np.asarray(one.edges).tolist()))
    assert jnp.array_equal(one.edges, same.edges)
    assert not jnp.array_equal(one.edges, other.edges)


def test_a_users_graph_comes_in_three_ways():
    adjacency = np.array([[0, 1, 0], [1, 0, 2], [0, 2, 0]])
    graphs = [
        hkam.Graph(3, [(2, 1), (0, 1)]),
        hkam.Graph.from_adjacency(adjacency),
        hkam.Graph.from_networkx(nx.Graph([("a", "b"), ("b", "c")])),
    ]
    for graph in graphs:
        assert graph.edges.tolist() == [[0, 1], [1, 2]]


def test_edge_values_and_dense_matrices_are_inverse():
    graph = hkam.watts_strogatz_graph(7, 4, seed=0)
    values = jnp.arange(1.0, graph.edge_count + 1)
    dense = graph.dense(values)
    assert jnp.array_equal(dense, dense.T)
    assert jnp.array_equal(graph.edge_values(dense), values)


@pytest.mark.parametrize("nodes", [0, 1, 5])
def test_a_complete_graph_has_every_pair(nodes):
    assert hkam.complete_graph(nodes).edge_count == nodes * (nodes - 1) // 2


def test_a_layered_graph_joins_neighbouring_layers_only():
    assert hkam.layered_graph([1, 2, 1]).edges.tolist() == [[0, 1], [0, 2], [1, 3], [2, 3]]
    assert hkam.layered_graph([3]).edge_count == 0


def test_bad_graphs_are_refused():
    with pytest.raises(ValueError, match="edges must name nodes 0 to 2, but name 0 to 3"):
        hkam.Graph(3, [(0, 3)])
    with pytest.raises(ValueError, match="node 1 has a loop"):
        hkam.Graph(3, [(1, 1)])
    with pytest.raises(ValueError, match="edges must not repeat, but 1 do"):
        hkam.Graph(3, [(0, 1), (1, 0)])
    with pytest.raises(ValueError, match="adjacency must be a symmetric matrix"):
        hkam.Graph.from_adjacency(np.array([[0, 1], [0, 0]]))
    with pytest.raises(ValueError, match="k must be between 0 and 4, but is 5"):
        hkam.watts_strogatz_graph(5, 5, seed=0)
    with pytest.raises(ValueError, match="k must be 0 or at least 2"):
        hkam.watts_strogatz_graph(5, 1, seed=0)
