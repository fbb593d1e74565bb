"""The network a user holds: an energy over a joint memory, and the dynamics that descends it."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from amcore.torch.autocast import autocasting, in_own_precision
from amcore.torch.settings import EXTRA
from cmhn._validation import (
    exporting,
    has_values,
    require_at_least,
    require_finite,
    require_known,
    require_matrix,
    require_positive,
    whole_number,
)
from cmhn.encoders.protocol import Encoder
from cmhn.energies import Energy, JointEnergy
from cmhn.memory import JointMemory
from cmhn.updates import HarmonicUpdate, Update
from cmhn.weight_files import WeightFileError, read_weights, write_weights

__all__ = ["WEIGHTS_LIMIT", "HarmonicNetwork", "Retrieval"]

WEIGHTS_LIMIT = 2**24
"""Entries of the weights [B, N] above which a retrieval keeps them only if asked to."""

_KIND = "HarmonicNetwork"
_PATTERNS = "energy.memory.patterns"
_HARMONIC = HarmonicUpdate()


@dataclass(frozen=True)
class Retrieval:
    """What came back for a batch of cues.

    Attributes:
        states: The last state of every modality, [B, d_c].
        weights: The weight of every pattern there, [B, N], or [B, C, N] where modalities do not share it; None
            above `WEIGHTS_LIMIT` entries, unless it was asked for.
        energies: The energy of the cues (with 0 for what is missing) and after each step, [steps + 1, B].
        converged: Whether the last step moved a state by no more than the tolerance.
        steps: Number of steps taken.
        trajectory: All states on the way, [steps + 1, B, d_c] for each modality, or None if not asked for.
    """

    states: dict[str, Tensor]
    weights: Float[Tensor, "B *C N"] | None
    energies: Float[Tensor, "S B"]
    converged: Bool[Tensor, " B"]
    steps: int
    trajectory: dict[str, Tensor] | None


class HarmonicNetwork(nn.Module):
    """A cross-modal harmonic network.

    Args:
        energy: The energy, which holds the memory and the couplings.
        update: How states move.
        encoders: What turns raw inputs of a modality into features, for `encode`.

    Raises:
        TypeError: If an encoder has no method ``encode``.
        ValueError: If an encoder is of a modality that the memory does not have.

    Source: proposal, sections 3.1 and 3.2.
    """

    def __init__(
        self,
        energy: Energy,
        update: Update = _HARMONIC,
        *,
        encoders: Mapping[str, Encoder] | None = None,
    ) -> None:
        super().__init__()
        self.energy = energy
        self.update = update
        self.encoders = dict(encoders or {})
        require_known("encoders", self.encoders, energy.memory.widths)
        for name, encoder in self.encoders.items():
            if not isinstance(encoder, Encoder):
                raise TypeError(
                    f"encoders[{name!r}] must have a method encode, but is a {type(encoder).__name__}"
                )
        # Those with parameters are found by optimisers and saved; the others are only called.
        modules = {name: encoder for name, encoder in self.encoders.items() if isinstance(encoder, nn.Module)}
        self.encoder_modules = nn.ModuleDict(modules)

    @property
    def memory(self) -> JointMemory:
        """The stored patterns."""
        return self.energy.memory

    def encode(self, **inputs: Any) -> dict[str, Tensor]:
        """Features of raw inputs.

        Args:
            **inputs: A batch for each modality, as its encoder takes it.

        Returns:
            Features [B, d_c] for each modality, to be stored or given as cues; of the memory's type inside an
            autocast region.

        Raises:
            TypeError: If an encoder does not give floating-point features.
            ValueError: If a modality has no encoder, or its encoder's features are not of the memory's width.
        """
        require_known("inputs", inputs, self.encoders)
        features = {name: self.encoders[name].encode(batch) for name, batch in inputs.items()}
        for name, feature in features.items():
            require_matrix(f"encoders[{name!r}]'s features", feature, self.memory.widths[name])
        patterns = self.memory.patterns
        if autocasting(patterns):
            return {name: feature.to(patterns.dtype) for name, feature in features.items()}
        return features

    @in_own_precision
    def retrieve(
        self,
        cues: Mapping[str, Tensor],
        *,
        steps: int = 50,
        tolerance: float = 1e-5,
        clamp: Collection[str] = (),
        weights: bool | None = None,
        trajectory: bool = False,
    ) -> Retrieval:
        """Let cues fall into the memory.

        Modalities without a cue start at 0 and are free. While a graph is traced (`torch.compile`, `torch.export`,
        `torch.func`) all ``steps`` are taken, for the number may not depend on what the cues hold.

        Args:
            cues: A matrix [B, d_c] for each modality of which something is known.
            steps: The largest number of steps; fewer are taken if all states converge.
            tolerance: A state has converged when a step moves it by at most this share of its length (or of 1).
            clamp: Cues that are held; the others may change.
            weights: Whether to give the patterns' weights; as their size allows if None.
            trajectory: Whether to keep all states on the way.

        Returns:
            States, weights, energies and whether they converged.

        Raises:
            TypeError: If a cue is not a floating-point tensor of the memory's type, ``steps`` is not a whole number,
                or the update cannot descend the energy.
            ValueError: If the memory is empty, there is no cue, a cue does not fit, a clamped modality has none,
                ``steps`` is negative, the tolerance is not above 0, or the update drives states out of their type's
                range.
        """
        batch = self.energy.check(cues, "cues")
        energy = self.energy
        # Kept from updates and energies of a user's own that know of no offset, while there is none.
        known: dict[str, Any] = {"known": tuple(cues)} if energy.norm_offset else {}
        require_at_least("steps", steps, 0)
        require_positive("tolerance", tolerance)
        require_known("clamp", clamp, cues)
        joint = self.memory.join(cues)
        states = self.memory.split(joint)
        step = self.update.prepare(energy, self.memory.names, clamp, **known)
        watched = has_values(joint, self.memory.patterns)
        converged = torch.zeros(batch, dtype=torch.bool, device=joint.device)
        path, energies = [joint], []
        taken = 0
        while taken < steps and not (watched and taken and bool(converged.all())):
            # One pass over the patterns gives both the energy here and the force that leads on.
            attraction = energy.attraction(states, **known)
            energies.append(energy.convex(states) - attraction.require_potential())
            states = step(states, attraction.force)
            moved = self.memory.join(states)
            change = (moved - joint).detach().norm(dim=1)
            converged = change <= tolerance * joint.detach().norm(dim=1).clamp(min=1)
            joint = moved
            taken += 1
            if watched and not bool(torch.isfinite(change).all()):
                raise ValueError(
                    f"update must keep states in the range of {joint.dtype}, but {self.update} drove them out of it "
                    f"in step {taken}: take fewer steps, or an update that lowers the energy"
                )
            if trajectory:
                path.append(joint)
        states = self.memory.split(joint)
        last = energy.attraction(states, force=False, **known)
        energies.append(energy.convex(states) - last.require_potential())
        keep = weights
        if keep is None:
            keep = exporting() or batch * len(self.memory) <= WEIGHTS_LIMIT
        return Retrieval(
            states=states,
            weights=energy.assignment(states, **known) if keep else None,
            energies=torch.stack(energies),
            converged=converged,
            steps=taken,
            trajectory=self._unstack(path) if trajectory else None,
        )

    def complete(self, *, steps: int = 50, clamp: bool = True, **cues: Tensor) -> dict[str, Tensor]:
        """The modalities that are missing from the cues.

        Args:
            steps: The largest number of steps.
            clamp: Whether cues are held; if not, they are cleaned on the way.
            **cues: What is known, [B, d_c] for each modality.

        Returns:
            The last state of every other modality, [B, d_c].

        Raises:
            TypeError: As `retrieve`.
            ValueError: As `retrieve`, or if nothing is missing.
        """
        missing = [name for name in self.memory.names if name not in cues]
        if not missing:
            raise ValueError(f"cues must leave out at least one modality of {list(self.memory.names)}")
        found = self.retrieve(cues, steps=steps, clamp=tuple(cues) if clamp else (), weights=False)
        return {name: found.states[name] for name in missing}

    @in_own_precision
    def strongest(
        self, states: Mapping[str, Tensor], k: int = 1
    ) -> tuple[Int[Tensor, "B k"], Float[Tensor, "B k"]]:
        """The memories that answer a state, of an energy whose modalities share one assignment.

        Args:
            states: A matrix [B, d_c] for each modality of which something is known.
            k: How many memories.

        Returns:
            Their indices, the strongest first, and their weights.

        Raises:
            TypeError: As `retrieve`, or if modalities have assignments of their own.
            ValueError: As `retrieve`, or if there are fewer than k memories.
        """
        if not isinstance(self.energy, JointEnergy):
            raise TypeError(
                "energy must be a JointEnergy, whose modalities share one assignment, "
                f"but is a {type(self.energy).__name__}"
            )
        self.energy.check(states)
        require_at_least("k", k, 1)
        k = whole_number("k", k)
        if k > len(self.memory):
            raise ValueError(f"k must be at most the number of memories {len(self.memory)}, but is {k}")
        return self.energy.strongest(states, k)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write memory, couplings, temperatures and encoders as safetensors."""
        write_weights(path, _KIND, _apart(self._tensors()), self._description())

    def load(self, path: str | os.PathLike[str]) -> None:
        """Take the weights of a saved network in place of the present ones; on any error nothing changes.

        Args:
            path: A file that `save` wrote, of a network of the same make; any number of patterns.

        Raises:
            FileNotFoundError: If there is no such file.
            WeightFileError: If it is damaged, a pickle, or of something else.
        """
        source = os.fspath(path)
        tensors, description = read_weights(path, _KIND)
        mine = self._description()
        if description != mine or list(description["widths"]) != list(mine["widths"]):
            raise WeightFileError(
                f"path must be a network of {mine}, but {source!r} holds one of {description}; "
                "nothing was loaded"
            )
        present = self._tensors()
        shapes = {name: tuple(tensor.shape) for name, tensor in present.items() if name != _PATTERNS}
        found = {name: tuple(tensor.shape) for name, tensor in tensors.items() if name != _PATTERNS}
        wrong = sorted(name for name in {*shapes, *found} if shapes.get(name) != found.get(name))
        if wrong:
            name = wrong[0]
            raise WeightFileError(
                f"path must hold the tensor {name!r} with shape {shapes.get(name)}, "
                f"but {source!r} has {found.get(name)}; nothing was loaded"
            )
        for name, tensor in tensors.items():
            if name == _PATTERNS:
                continue
            wanted = present[name].dtype
            # A cast between kinds of numbers would drop a part of them; floats of another precision are cast.
            if tensor.dtype != wanted and not (tensor.is_floating_point() and wanted.is_floating_point):
                raise WeightFileError(
                    f"path must hold the tensor {name!r} of the type {wanted}, but {source!r} has {tensor.dtype}; "
                    "nothing was loaded"
                )
            if tensor.is_floating_point():
                try:
                    require_finite(name, tensor.to(present[name].dtype))
                except ValueError as error:
                    raise WeightFileError(f"{error}; {source!r} was not loaded") from error
        # The last thing that can fail; everything after it only copies tensors of the right shape.
        self.memory.adopt(tensors.pop(_PATTERNS, None), source)
        with torch.no_grad():
            for name, tensor in tensors.items():
                present[name].copy_(tensor)

    def _description(self) -> dict[str, Any]:
        return {**self.energy.settings(), "widths": self.memory.widths}

    def _tensors(self) -> dict[str, Tensor]:
        """All that a file holds; what settings there are it describes."""
        return {name: tensor for name, tensor in self.state_dict().items() if not name.endswith(EXTRA)}

    def _unstack(self, path: list[Tensor]) -> dict[str, Tensor]:
        stacked = torch.stack(path)
        parts = stacked.split(list(self.memory.widths.values()), dim=2)
        return dict(zip(self.memory.names, parts, strict=True))


def _apart(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors of which no two share memory, as those of an encoder of two modalities do: files hold each alone."""
    seen, apart = set(), {}
    for name, tensor in tensors.items():
        place = tensor.untyped_storage().data_ptr()
        apart[name] = tensor.clone() if place and place in seen else tensor
        seen.add(place)
    return apart
