"""Graphs that say which oscillators interact."""

import itertools
from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import networkx as nx
import numpy as np
from jaxtyping import Array, Float, Int

__all__ = ["Graph", "complete_graph", "layered_graph", "watts_strogatz_graph"]


class Graph(eqx.Module):
    """An undirected graph without loops or repeated edges, in the two forms the computations need.

    Args:
        nodes: Number of nodes N.
        edges: One pair of different nodes a row, in any order.

    Raises:
        ValueError: If an edge names a node that is not there, joins a node to itself, or comes twice.
    """

    nodes: int = eqx.field(static=True)
    edges: Int[Array, "E 2"]
    """Every edge once, the smaller node first; edge weights follow this order."""
    starts: Int[Array, "N1"]
    """Where the neighbours of each node begin in ``neighbours``."""
    neighbours: Int[Array, "slots"]
    edge_of: Int[Array, "slots"]
    """The edge that leads to each neighbour."""

    def __init__(self, nodes: int, edges: Int[np.ndarray, "E 2"] | Sequence[tuple[int, int]]) -> None:
        pairs = np.sort(np.asarray(edges, dtype=np.int64).reshape(-1, 2), axis=1)
        if pairs.size and (pairs.min() < 0 or pairs.max() >= nodes):
            raise ValueError(
                f"edges must name nodes 0 to {nodes - 1}, but name {pairs.min()} to {pairs.max()}"
            )
        if (pairs[:, 0] == pairs[:, 1]).any():
            raise ValueError(
                f"edges must join different nodes, but node {pairs[pairs[:, 0] == pairs[:, 1]][0, 0]} has a loop"
            )
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

    @classmethod
    def from_networkx(cls, graph: nx.Graph) -> "Graph":
        """Take a networkx graph; its nodes are numbered in the order networkx gives them."""
        simple = nx.convert_node_labels_to_integers(graph)
        return cls(simple.number_of_nodes(), np.array(simple.edges, dtype=np.int64).reshape(-1, 2))

    @classmethod
    def from_adjacency(cls, adjacency: Float[np.ndarray, "N N"] | Int[np.ndarray, "N N"]) -> "Graph":
        """Take the nonzero entries of a symmetric matrix.

        Args:
            adjacency: The matrix; its diagonal is ignored.

        Returns:
            The graph.

        Raises:
            ValueError: If the pattern of nonzero entries is not symmetric.
        """
        present = np.asarray(adjacency) != 0
        if present.shape[0] != present.shape[1] or (present != present.T).any():
            raise ValueError(
                f"adjacency must be a symmetric matrix, but the one of shape {present.shape} is not"
            )
        return cls(len(present), np.argwhere(np.triu(present, 1)))

    @property
    def edge_count(self) -> int:
        """The number of undirected edges E."""
        return self.edges.shape[0]

    def edge_values(self, matrix: Float[Array, "N N"]) -> Float[Array, "E"]:
        """Read a matrix at the edges."""
        return matrix[self.edges[:, 0], self.edges[:, 1]]

    def dense(self, values: Float[Array, "E"]) -> Float[Array, "N N"]:
        """Write edge values into a symmetric matrix, zero elsewhere."""
        upper = (
            jnp.zeros((self.nodes, self.nodes), values.dtype)
            .at[self.edges[:, 0], self.edges[:, 1]]
            .set(values)
        )
        return upper + upper.T


def complete_graph(nodes: int) -> Graph:
    """Join every node to every other.

    Args:
        nodes: Number of nodes N.

    Returns:
        The graph of N (N − 1) / 2 edges.
    """
    return Graph(nodes, np.stack(np.triu_indices(nodes, 1), axis=1))


def layered_graph(sizes: Sequence[int]) -> Graph:
    """Join every node of a layer to every node of the next.

    Args:
        sizes: Nodes of each layer.

    Returns:
        The graph; nodes are numbered layer by layer.

    Source: "Binding threshold units with artificial oscillatory neurons", Appendix E.2.
    """
    ends = np.cumsum([0, *sizes])
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
        ValueError: If k is negative or not below the number of nodes, or so small that no connected graph exists.

    Source: Watts and Strogatz, "Collective dynamics of small-world networks"; the same paper, §6 and Appendix F.4.
    """
    if not 0 <= k < max(nodes, 1):
        raise ValueError(f"k must be between 0 and {nodes - 1}, but is {k}")
    if k == 0:
        return Graph(nodes, [])
    if k == 1:
        raise ValueError("k must be 0 or at least 2, but is 1: a ring needs neighbours on both sides")
    return Graph.from_networkx(nx.connected_watts_strogatz_graph(nodes, k, rewiring, tries=1000, seed=seed))
