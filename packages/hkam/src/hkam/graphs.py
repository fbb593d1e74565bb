"""Graphs that say which oscillators interact."""

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, SupportsIndex, overload

import equinox as eqx
import jax.numpy as jnp
import networkx as nx
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float, Int, Integer

from hkam._arrays import count, real_array

__all__ = ["Graph", "complete_graph", "layered_graph", "watts_strogatz_graph"]

_MOST_NODES = np.iinfo(np.int32).max  # nodes are numbered in 32 bits
# Relative to the largest weight: what float32 arithmetic leaves of a symmetric matrix.
_SYMMETRY_TOLERANCE = 1e-5


class Graph(eqx.Module):
    """An undirected graph without loops or repeated edges, in the two forms the computations need.

    Edges may come in any order and direction; the graph sorts them. `arrange` brings weights that belong to edges in
    the order they came in into the graph's.

    Args:
        nodes: Number of nodes N.
        edges: One pair of different nodes a row, in any order. PyTorch Geometric's ``edge_index`` of shape (2, E) has
            them in columns and every edge twice: it is refused, and ``edge_index.T`` without the second half is meant.
            An array of shape (2, 2) is read in rows like any other.

    Raises:
        ValueError: If the edges are not pairs of integers, or one names a node that is not there, joins a node to
            itself, or comes twice.
    """

    nodes: int = eqx.field(static=True)
    edges: Int[Array, "E 2"]
    """Every edge once, the smaller node first; edge weights follow this order."""
    starts: Int[Array, "N1"]
    """Where the neighbours of each node begin in ``neighbours``."""
    neighbours: Int[Array, "slots"]
    edge_of: Int[Array, "slots"]
    """The edge that leads to each neighbour."""

    def __init__(self, nodes: SupportsIndex, edges: Integer[Any, "E 2"] | Iterable[Sequence[int]]) -> None:
        nodes = _node_count(nodes)
        pairs = np.sort(_pairs(edges, nodes), axis=1)
        loops = pairs[pairs[:, 0] == pairs[:, 1], 0]
        if loops.size:
            raise ValueError(f"edges must join different nodes, but node {loops[0]} has a loop")
        ordered = np.unique(pairs, axis=0)
        if len(ordered) != len(pairs):
            raise ValueError(f"edges must not repeat, but {len(pairs) - len(ordered)} do")
        senders = np.concatenate([ordered[:, 0], ordered[:, 1]])
        receivers = np.concatenate([ordered[:, 1], ordered[:, 0]])
        order = np.lexsort((receivers, senders))
        self.nodes = nodes
        self.edges = jnp.asarray(ordered, jnp.int32)
        self.starts = jnp.asarray(np.searchsorted(senders[order], np.arange(nodes + 1)), jnp.int32)
        self.neighbours = jnp.asarray(receivers[order], jnp.int32)
        self.edge_of = jnp.asarray(np.tile(np.arange(len(ordered)), 2)[order], jnp.int32)

    @overload
    @classmethod
    def from_networkx(cls, graph: nx.Graph, *, weight: None = None) -> "Graph": ...

    @overload
    @classmethod
    def from_networkx(cls, graph: nx.Graph, *, weight: str) -> "tuple[Graph, Float[Array, 'E']]": ...

    @classmethod
    def from_networkx(
        cls, graph: nx.Graph, *, weight: str | None = None
    ) -> "Graph | tuple[Graph, Float[Array, 'E']]":
        """Take an undirected networkx graph; its nodes are numbered in the order networkx gives them.

        Args:
            graph: The graph. A multigraph is taken if no two of its edges are parallel.
            weight: The edges' attribute that holds their weights.

        Returns:
            The graph, and with ``weight`` also the weights in the order of ``edges``.

        Raises:
            ValueError: If the graph is directed, has loops or parallel edges, or an edge has no finite weight.
        """
        if not isinstance(graph, nx.Graph):
            raise ValueError(f"graph must be a networkx graph, but is a {type(graph).__name__}")
        if graph.is_directed():
            raise ValueError(
                f"graph must be undirected, but is a {type(graph).__name__}; its to_undirected() forgets the directions"
            )
        loop = next(nx.nodes_with_selfloops(graph), None) if graph.number_of_nodes() else None
        if loop is not None:
            raise ValueError(f"graph must have no loops, but node {loop!r} has one")
        number = {node: index for index, node in enumerate(graph)}
        pairs = [(number[edge[0]], number[edge[1]]) for edge in graph.edges()]
        made = cls(len(number), pairs)
        if weight is None:
            return made
        weights = [attributes.get(weight) for *_, attributes in graph.edges(data=True)]
        if any(value is None for value in weights):
            raise ValueError(f"every edge of graph must have the attribute {weight!r}, but not all do")
        return made, made.arrange(pairs, weights)

    @classmethod
    def from_adjacency(cls, adjacency: Any) -> "Graph":
        """Take the nonzero entries of a symmetric matrix.

        Args:
            adjacency: The N × N matrix, dense or scipy sparse, of real numbers or booleans; its diagonal is ignored.
                The graph holds no weights: `edge_values` reads them from the same matrix.

        Returns:
            The graph.

        Raises:
            ValueError: If this is no square matrix of finite real numbers, or its pattern of nonzero entries is not
                symmetric, as of a directed graph.
        """
        rows, columns, nodes = _nonzero(adjacency)
        above, below = rows < columns, rows > columns
        upper = np.sort(rows[above] * nodes + columns[above])
        lower = np.sort(columns[below] * nodes + rows[below])
        if not np.array_equal(upper, lower):
            raise ValueError(
                f"adjacency must be a symmetric matrix, but the one of shape {(nodes, nodes)} is not"
            )
        return cls(nodes, np.stack(np.divmod(upper, max(nodes, 1)), axis=1))

    @property
    def edge_count(self) -> int:
        """The number of undirected edges E."""
        return self.edges.shape[0]

    def arrange(self, edges: Integer[Any, "E 2"] | Iterable[Sequence[int]], values: Any) -> Float[Array, "E"]:
        """Bring values of edges that come in another order into the order of this graph's edges.

        Args:
            edges: This graph's edges, in any order and direction.
            values: One real number for each of them.

        Returns:
            The values in the order of ``self.edges``: what interactions take as weights.

        Raises:
            ValueError: If these are not the edges of this graph, each once, or not one finite value each.
        """
        listed = edges if hasattr(edges, "__array__") else list(edges)
        if not np.array_equal(Graph(self.nodes, listed).edges, self.edges):
            raise ValueError("edges must be those of the graph, but are others")
        numbers = real_array("values", values)
        if numbers.shape != (self.edge_count,):
            raise ValueError(
                f"values must have one entry per edge, {self.edge_count}, but have shape {numbers.shape}"
            )
        if not isinstance(numbers, Tracer) and not np.isfinite(np.asarray(numbers)).all():
            raise ValueError("values must be finite, but have NaN or infinite entries")
        pairs = np.sort(_pairs(listed, self.nodes), axis=1)
        return numbers[np.lexsort((pairs[:, 1], pairs[:, 0]))]

    def edge_values(self, matrix: Any) -> Float[Array, "E"]:
        """Read a symmetric matrix at the edges.

        Args:
            matrix: The N × N matrix, dense or scipy sparse; its upper triangle is enough.

        Returns:
            Its entries in the order of ``edges``.

        Raises:
            ValueError: If it has another shape, or two weights for one edge, as that of a directed graph has.
        """
        if hasattr(matrix, "tocsr"):
            _check_square("matrix", np.shape(matrix), self.nodes)
            csr = matrix.tocsr()
            one, other = np.asarray(self.edges).T
            above, below = (real_array("matrix", _flat(csr[ends])) for ends in ((one, other), (other, one)))
        else:
            numbers = real_array("matrix", matrix)
            _check_square("matrix", numbers.shape, self.nodes)
            above = numbers[self.edges[:, 0], self.edges[:, 1]]
            below = numbers[self.edges[:, 1], self.edges[:, 0]]
        if not isinstance(above, Tracer):
            values, mirrored = np.asarray(above), np.asarray(below)
            excess = np.abs(values - mirrored).max(initial=0.0)
            if mirrored.any() and not excess <= _SYMMETRY_TOLERANCE * np.abs(values).max(initial=0.0):
                raise ValueError(
                    f"matrix must be symmetric at the edges, but both directions of one differ by {excess:.3g}"
                )
        return above

    def dense(self, values: Float[Array, "E"]) -> Float[Array, "N N"]:
        """Write edge values into a symmetric matrix, zero elsewhere."""
        numbers = real_array("values", values)
        if numbers.shape != (self.edge_count,):
            raise ValueError(
                f"values must have one entry per edge, {self.edge_count}, but have shape {numbers.shape}"
            )
        upper = (
            jnp.zeros((self.nodes, self.nodes), numbers.dtype)
            .at[self.edges[:, 0], self.edges[:, 1]]
            .set(numbers)
        )
        return upper + upper.T


def complete_graph(nodes: int) -> Graph:
    """Join every node to every other.

    Args:
        nodes: Number of nodes N.

    Returns:
        The graph of N (N − 1) / 2 edges.

    Raises:
        ValueError: If ``nodes`` is no whole number of at least 0.
    """
    return Graph(nodes, np.stack(np.triu_indices(_node_count(nodes), 1), axis=1))


def layered_graph(sizes: Sequence[int]) -> Graph:
    """Join every node of a layer to every node of the next.

    Args:
        sizes: Nodes of each layer.

    Returns:
        The graph; nodes are numbered layer by layer.

    Raises:
        ValueError: If a size is no whole number of at least 0.

    Source: "Binding threshold units with artificial oscillatory neurons", Appendix E.2.
    """
    if not isinstance(sizes, Iterable):
        raise ValueError(f"sizes must be one whole number a layer, but is {sizes!r}")
    ends = np.cumsum([0, *(count(f"sizes[{layer}]", size) for layer, size in enumerate(sizes))])
    layers = [np.arange(start, end) for start, end in itertools.pairwise(ends)]
    pairs = [
        np.stack(np.meshgrid(lower, upper, indexing="ij"), axis=-1).reshape(-1, 2)
        for lower, upper in itertools.pairwise(layers)
    ]
    return Graph(int(ends[-1]), np.concatenate([np.empty((0, 2), np.int64), *pairs]))


def watts_strogatz_graph(nodes: int, k: int, *, rewiring: float = 0.1, seed: int) -> Graph:
    """Draw a connected Watts–Strogatz small world.

    Args:
        nodes: Number of nodes N.
        k: Neighbours of each node on the ring before rewiring; an odd k counts as k − 1, as networkx has it.
        rewiring: Probability p of rewiring an edge.
        seed: Of the random draw.

    Returns:
        The graph; with k = 0, one without edges.

    Raises:
        ValueError: If k is negative or not below the number of nodes, or so small that no connected graph exists or
            none was drawn; or ``rewiring`` is no probability.

    Source: Watts and Strogatz, "Collective dynamics of small-world networks"; the same paper, §6 and Appendix F.4.
    """
    nodes, seed, k = _node_count(nodes), count("seed", seed), count("k", k)
    if k >= max(nodes, 1):
        raise ValueError(f"k must be between 0 and {nodes - 1}, but is {k}")
    if not isinstance(rewiring, int | float | np.number) or not 0 <= rewiring <= 1:
        raise ValueError(f"rewiring must be a probability, between 0 and 1, but is {rewiring}")
    if k == 0:
        return Graph(nodes, [])
    if k == 1:
        raise ValueError("k must be 0 or at least 2, but is 1: a ring needs neighbours on both sides")
    try:
        drawn = nx.connected_watts_strogatz_graph(nodes, k, rewiring, tries=1000, seed=seed)
    except nx.NetworkXError as error:
        raise ValueError(
            f"k must be larger for {nodes} nodes and rewiring {rewiring}, but is {k}: no draw was connected"
        ) from error
    return Graph.from_networkx(drawn)


def _node_count(nodes: Any) -> int:
    number = count("nodes", nodes)
    if number > _MOST_NODES:
        raise ValueError(f"nodes must be at most {_MOST_NODES}, but is {number}")
    return number


def _pairs(edges: Any, nodes: int) -> Int[np.ndarray, "E 2"]:
    """Return edges as rows of node numbers that are there."""
    if isinstance(edges, Tracer):
        raise ValueError("edges must be known when the graph is made, but are traced")
    try:
        pairs = np.asarray(edges if hasattr(edges, "__array__") else list(edges))
    except (TypeError, ValueError) as error:
        raise ValueError("edges must be one pair of node numbers a row, but are not") from error
    if pairs.shape in {(0,), (0, 2)}:
        return np.empty((0, 2), np.int64)
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise ValueError(
            f"edges must have one pair a row, shape (E, 2), but have shape {pairs.shape}; "
            "weights go into Graph.arrange, and an edge_index of shape (2, E) is turned by edge_index.T"
        )
    if pairs.dtype.kind not in "iu":
        raise ValueError(f"edges must be pairs of integers, but are of type {pairs.dtype}")
    if pairs.min() < 0 or pairs.max() >= nodes:
        wanted = f"nodes 0 to {nodes - 1}" if nodes else "no node of a graph without nodes"
        raise ValueError(f"edges must name {wanted}, but name {pairs.min()} to {pairs.max()}")
    return pairs.astype(np.int64)


def _nonzero(adjacency: Any) -> tuple[Int[np.ndarray, "Z"], Int[np.ndarray, "Z"], int]:
    """Return the rows and columns of a square matrix's nonzero entries, and the number of its rows."""
    if hasattr(adjacency, "tocoo"):
        _check_square("adjacency", np.shape(adjacency))
        entries = adjacency.tocoo(copy=True)
        entries.sum_duplicates()
        values, (rows, columns) = entries.data, (entries.row, entries.col)
    else:
        try:
            matrix = np.asarray(adjacency)
        except (TypeError, ValueError) as error:
            raise ValueError(
                "adjacency must be a matrix of real numbers that are known, but is not"
            ) from error
        _check_square("adjacency", matrix.shape)
        rows, columns = np.nonzero(matrix)
        values = matrix[rows, columns]
    if not any(jnp.issubdtype(values.dtype, kind) for kind in (jnp.floating, jnp.integer, jnp.bool)):
        raise ValueError(f"adjacency must be a matrix of real numbers, but is of type {values.dtype}")
    if not np.isfinite(values).all():
        raise ValueError("adjacency must be finite, but has NaN or infinite entries")
    kept = values != 0
    return rows[kept].astype(np.int64), columns[kept].astype(np.int64), np.shape(adjacency)[0]


def _check_square(name: str, shape: tuple[int, ...], nodes: int | None = None) -> None:
    if len(shape) != 2 or shape[0] != shape[1] or nodes not in {None, shape[0]}:
        wanted = "a square matrix" if nodes is None else f"a matrix of {nodes} rows and columns"
        raise ValueError(f"{name} must be {wanted}, but has shape {shape}")


def _flat(entries: Any) -> np.ndarray:
    """Return what indexing a sparse matrix or array gives as a plain vector."""
    return np.asarray(entries.todense() if hasattr(entries, "todense") else entries).reshape(-1)
