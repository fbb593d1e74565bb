import jax
import jax.numpy as jnp
import networkx as nx
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

import hkam
from hkam import graphs


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
    assert graphs.layered_graph([1, 2, 1]).edges.tolist() == [[0, 1], [0, 2], [1, 3], [2, 3]]
    assert graphs.layered_graph([3]).edge_count == 0


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


def permuted(graph, seed):
    """The graph's edges in another order, some of them turned, and that order."""
    random = np.random.default_rng(seed)
    order = random.permutation(graph.edge_count)
    edges = np.asarray(graph.edges)[order]
    turned = random.random(len(edges)) < 0.5
    edges[turned] = edges[turned][:, ::-1]
    return edges, order


def energies(graph, weights, mu):
    return [
        float(interaction.energy(mu))
        for interaction in (
            hkam.LinearInteraction(weights, graph),
            hkam.ReLUInteraction(weights, 2 * weights, graph),
            hkam.AttentionInteraction(weights, 2 * weights, graph),
            hkam.PairInteraction(jnp.sin, weights, graph),
        )
    ]


@pytest.mark.parametrize("seed", range(3))
def test_weights_travel_with_their_edges_in_whatever_order_they_come(draw, seed):
    graph = hkam.watts_strogatz_graph(7, 4, seed=seed)
    weights, mu = draw.normal(graph.edge_count), draw.rows(7, 3)
    edges, order = permuted(graph, seed)
    other = hkam.Graph(7, edges)
    arranged = other.arrange(edges, weights[order])
    assert jnp.array_equal(arranged, weights)
    assert np.allclose(energies(other, arranged, mu), energies(graph, weights, mu))


@pytest.mark.parametrize("kind", [nx.Graph, nx.MultiGraph])
def test_a_networkx_graph_brings_its_weights(draw, kind):
    graph = hkam.watts_strogatz_graph(6, 4, seed=0)
    weights, mu = draw.normal(graph.edge_count), draw.rows(6, 3)
    edges, order = permuted(graph, 1)
    names = ["f", (1, 2), 7, "a", None.__class__, 2.5]
    network = kind()
    network.add_nodes_from(names)
    for (one, other), weight in zip(edges, np.asarray(weights)[order], strict=True):
        network.add_edge(names[one], names[other], coupling=weight)
    taken, couplings = hkam.Graph.from_networkx(network, weight="coupling")
    assert np.allclose(energies(taken, couplings, mu), energies(graph, weights, mu))
    assert jnp.array_equal(hkam.Graph.from_networkx(network).edges, graph.edges)


def test_a_matrix_of_weights_is_read_in_the_graphs_order_dense_or_sparse(draw):
    graph = hkam.watts_strogatz_graph(6, 4, seed=0)
    weights = draw.normal(graph.edge_count)
    matrix = np.asarray(graph.dense(weights))
    for form in (
        matrix,
        matrix.tolist(),
        np.triu(matrix),
        scipy.sparse.csr_array(matrix),
        scipy.sparse.coo_matrix(matrix),
    ):
        assert np.array_equal(graph.edge_values(form), weights)
    assert np.array_equal(jax.jit(lambda values: graph.edge_values(values))(matrix), weights)


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok", "dia", "bsr"])
@pytest.mark.parametrize("kind", ["array", "matrix"])
def test_a_sparse_adjacency_is_the_dense_one(form, kind):
    adjacency = np.array([[3, 1, 0], [1, 0, 2], [0, 2, 0]])
    sparse = getattr(scipy.sparse, f"{form}_{kind}")(adjacency)
    assert hkam.Graph.from_adjacency(sparse).edges.tolist() == [[0, 1], [1, 2]]


def test_duplicates_of_a_sparse_adjacency_add_up_and_stored_zeros_are_no_edges():
    ends = [0, 0, 1, 2, 0, 2], [1, 1, 2, 1, 2, 0]
    sparse = scipy.sparse.coo_array(([1.0, -1.0, 1.0, 1.0, 0.0, 0.0], ends), shape=(3, 3))
    assert hkam.Graph.from_adjacency(sparse).edges.tolist() == [[1, 2]]
    assert sparse.nnz == 6  # the caller's own is left alone


@pytest.mark.parametrize(
    "edges",
    [np.array([[0, 1]], np.uint8), ((0, 1),), [[1, 0]], {(0, 1)}, iter([(1, 0)]), jnp.asarray([[0, 1]])],
)
def test_edges_of_any_integer_type_and_container_are_taken(edges):
    assert hkam.Graph(np.int64(2), edges).edges.tolist() == [[0, 1]]


@pytest.mark.parametrize("edges", [[], (), np.zeros((0, 2), int), np.zeros(0)])
def test_no_edges_come_in_several_ways(edges):
    assert hkam.Graph(3, edges).edge_count == 0


def test_two_rows_of_two_are_read_in_rows():
    assert hkam.Graph(4, [[0, 2], [1, 3]]).edges.tolist() == [[0, 2], [1, 3]]


@pytest.mark.parametrize(
    ("nodes", "edges", "message"),
    [
        (
            9,
            [[0, 1, 5], [2, 3, 7]],
            r"shape \(E, 2\), but have shape \(2, 3\); weights go into Graph.arrange",
        ),
        (8, [[0, 2, 4, 6], [1, 3, 5, 7]], r"an edge_index of shape \(2, E\) is turned by edge_index.T"),
        (3, np.zeros((2, 0), int), r"but have shape \(2, 0\)"),
        (3, [0, 1], r"but have shape \(2,\)"),
        (4, [[0.0, 1.9]], "pairs of integers, but are of type float64"),
        (4, [[0.0, 1.0]], "pairs of integers, but are of type float64"),
        (2, [[False, True]], "pairs of integers, but are of type bool"),
        (2, [[0, 1j]], "pairs of integers, but are of type complex128"),
        (2, [("a", "b")], "pairs of integers, but are of type <U1"),
        (2, [(0, 2**70)], "pairs of integers, but are of type object"),
        (2, np.array([[2**63 + 1, 1]], np.uint64), "name nodes 0 to 1, but name 1 to 9223372036854775809"),
        (2, [(-1, 1)], "name nodes 0 to 1, but name -1 to 1"),
        (0, [(0, 1)], "no node of a graph without nodes"),
        (3, [(0, 1), (1,)], "one pair of node numbers a row"),
        (3, None, "one pair of node numbers a row"),
        (2**40, [(0, 1)], "nodes must be at most 2147483647"),
        (2.0, [(0, 1)], "nodes must be a whole number of at least 0, but is 2.0"),
        (-1, [], "nodes must be a whole number"),
    ],
)
def test_edges_that_are_no_pairs_of_nodes_are_refused(without_shape_checks, nodes, edges, message):
    with pytest.raises(ValueError, match=message):
        hkam.Graph(nodes, edges)


def test_a_traced_edge_is_refused_by_name(without_shape_checks):
    with pytest.raises(ValueError, match="edges must be known when the graph is made"):
        jax.jit(lambda edges: hkam.Graph(2, edges).edges)(jnp.asarray([[0, 1]]))


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (nx.DiGraph([(0, 1)]), "graph must be undirected, but is a DiGraph"),
        (nx.MultiDiGraph([(0, 1)]), "graph must be undirected, but is a MultiDiGraph"),
        (nx.MultiGraph([(0, 1), (1, 0)]), "edges must not repeat, but 1 do"),
        (nx.Graph([("a", "a")]), "graph must have no loops, but node 'a' has one"),
        ([(0, 1)], "graph must be a networkx graph, but is a list"),
    ],
)
def test_networkx_graphs_that_are_not_simple_are_refused(without_shape_checks, graph, message):
    with pytest.raises(ValueError, match=message):
        hkam.Graph.from_networkx(graph)


def test_every_edge_needs_its_weight():
    network = nx.Graph()
    network.add_edge("a", "b", weight=1.0)
    network.add_edge("b", "c")
    with pytest.raises(ValueError, match="every edge of graph must have the attribute 'weight'"):
        hkam.Graph.from_networkx(network, weight="weight")
    network["b"]["c"]["weight"] = float("nan")
    with pytest.raises(ValueError, match="values must be finite"):
        hkam.Graph.from_networkx(network, weight="weight")


@pytest.mark.parametrize(
    ("adjacency", "message"),
    [
        ([[0, np.nan], [np.nan, 0]], "finite"),
        ([[0, np.inf], [np.inf, 0]], "finite"),
        (scipy.sparse.csr_array([[0, np.nan], [np.nan, 0]]), "finite"),
        ([[0, 1j], [1j, 0]], "of type complex128"),
        ([["a", "b"], ["b", "a"]], "of type <U1"),
        ([[0, None], [None, 0]], "of type object"),
        ([[0], [1, 2]], "real numbers"),
        ([0, 1], r"square matrix, but has shape \(2,\)"),
        (np.ones((2, 3)), r"square matrix, but has shape \(2, 3\)"),
        (scipy.sparse.csr_array([[0, 1], [0, 0]]), "adjacency must be a symmetric matrix"),
    ],
)
def test_matrices_that_are_no_adjacency_are_refused(adjacency, message):
    with pytest.raises(ValueError, match=message):
        hkam.Graph.from_adjacency(adjacency)


def test_weights_that_are_not_the_graphs_are_refused(without_shape_checks):
    graph = hkam.Graph(3, [(0, 1), (1, 2)])
    with pytest.raises(ValueError, match="edges must be those of the graph"):
        graph.arrange([(0, 1), (0, 2)], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"values must have one entry per edge, 2, but have shape \(1,\)"):
        graph.arrange([(0, 1), (1, 2)], [1.0])
    with pytest.raises(ValueError, match="both directions of one differ by 1"):
        graph.edge_values([[0, 1, 0], [2, 0, 0], [0, 0, 0]])
    with pytest.raises(ValueError, match="both directions of one differ by 2"):
        graph.edge_values(scipy.sparse.csr_array([[0, 0, 0], [2, 0, 0], [0, 0, 0]]))
    with pytest.raises(ValueError, match=r"a matrix of 3 rows and columns, but has shape \(2, 2\)"):
        graph.edge_values(np.eye(2))


def test_graphs_of_impossible_numbers_are_refused(without_shape_checks):
    with pytest.raises(ValueError, match="nodes must be a whole number"):
        hkam.complete_graph(-1)
    with pytest.raises(ValueError, match=r"sizes\[1\] must be a whole number"):
        graphs.layered_graph([2, -1])
    with pytest.raises(ValueError, match="sizes must be one whole number a layer"):
        graphs.layered_graph(3)
    with pytest.raises(ValueError, match="k must be a whole number"):
        hkam.watts_strogatz_graph(6, 2.5, seed=0)
    with pytest.raises(ValueError, match="rewiring must be a probability"):
        hkam.watts_strogatz_graph(6, 2, rewiring=float("nan"), seed=0)


def test_a_small_world_that_cannot_be_drawn_connected_is_refused(monkeypatch):
    def never(*_, **__):
        raise nx.NetworkXError("Maximum number of tries exceeded")

    monkeypatch.setattr(nx, "connected_watts_strogatz_graph", never)
    with pytest.raises(ValueError, match="k must be larger for 6 nodes and rewiring 1"):
        hkam.watts_strogatz_graph(6, 2, rewiring=1.0, seed=0)
