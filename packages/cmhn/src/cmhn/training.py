"""Training by Adam, the same for the network and for every baseline."""

import math
from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor
from tqdm import trange

from cmhn._validation import require_at_least, require_positive

__all__ = ["train", "warm_up_and_cosine"]


def warm_up_and_cosine(step: int, steps: int, warm_up: int) -> float:
    """The share of the learning rate at a step: up in a straight line, then down along half a cosine, to 0.

    Args:
        step: The step, from 0.
        steps: Number of all steps.
        warm_up: Number of steps on the way up.
    """
    if step < warm_up:
        return (step + 1) / warm_up
    progress = (step - warm_up) / max(1, steps - warm_up)
    return (1 + math.cos(math.pi * progress)) / 2


def train(
    parameters: Iterable[Tensor],
    loss: Callable[[dict[str, Tensor]], Tensor],
    data: Mapping[str, Tensor],
    *,
    epochs: int = 20,
    batch_size: int = 256,
    learning_rate: float = 1e-3,
    warm_up_share: float = 0.05,
    generator: torch.Generator | None = None,
) -> list[float]:
    """Minimise a loss over batches of aligned items.

    Batches are drawn anew in every epoch; one of fewer than two items is left out, since there is nothing to
    contrast in it.

    Args:
        parameters: What is trained.
        loss: The loss of a batch, a dictionary like ``data``.
        data: Tensors whose first axis counts the same items.
        epochs: Passes over the data.
        batch_size: Items in a batch.
        learning_rate: The largest learning rate.
        warm_up_share: Share of steps in which the learning rate rises.
        generator: Where the order of items comes from; torch's own if None.

    Returns:
        The mean loss of each epoch.

    Raises:
        ValueError: If nothing is trained, the data hold fewer than two items or differ in their number, a setting is
            out of range, or the loss is not finite.

    Source: proposal, section 3.3 (Adam with a schedule).
    """
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    if not trained:
        raise ValueError("parameters must hold at least one that is trained, but hold none")
    require_at_least("epochs", epochs, 1)
    require_at_least("batch_size", batch_size, 2)
    require_positive("learning_rate", learning_rate)
    if not 0 <= warm_up_share <= 1:
        raise ValueError(f"warm_up_share must lie in [0, 1], but is {warm_up_share}")
    counts = {name: len(tensor) for name, tensor in data.items()}
    if len(set(counts.values())) != 1 or min(counts.values()) < 2:
        raise ValueError(f"data must hold the same two or more items in each tensor, but hold {counts}")
    count = next(iter(counts.values()))
    # A last batch of one item would be left out, so it is no step of the schedule either.
    batches = math.ceil(count / batch_size) - (count % batch_size == 1)
    steps = epochs * batches
    warm_up = round(warm_up_share * steps)
    optimiser = torch.optim.Adam(trained, lr=learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: warm_up_and_cosine(step, steps, warm_up)
    )
    history = []
    for epoch in trange(epochs, desc="training", disable=None, leave=False):
        order = torch.randperm(count, generator=generator)
        losses = []
        for chosen in order.split(batch_size):
            if len(chosen) < 2:
                continue
            optimiser.zero_grad()
            value = loss({name: tensor[chosen] for name, tensor in data.items()})
            if not bool(torch.isfinite(value)):
                raise ValueError(f"loss must be finite, but is {float(value.detach())} in epoch {epoch}")
            value.backward()
            optimiser.step()
            schedule.step()
            losses.append(float(value.detach()))
        history.append(sum(losses) / len(losses))
    return history
