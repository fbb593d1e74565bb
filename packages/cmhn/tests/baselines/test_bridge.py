import torch

from cmhn.baselines import MemoryBridge

WIDTHS = {"text": 4, "vision": 6}


def test_what_comes_back_is_a_mean_of_the_slots_that_the_key_addresses(make):
    torch.manual_seed(0)
    model, states = MemoryBridge(WIDTHS, 5, radius=3.0), make.states(2, widths=WIDTHS, dtype=torch.float32)
    with torch.no_grad():
        keys, values = model.keys["text->vision"], model.values["vision"]
        cosines = torch.cosine_similarity(states["text"][:, None], keys[None], dim=2)
        expected = (3 * cosines).softmax(1) @ values
        torch.testing.assert_close(model.complete("text", states["text"], "vision"), expected)


def test_slots_that_hold_the_items_give_them_back(make):
    items = make.states(5, widths=WIDTHS, dtype=torch.float32)
    model = MemoryBridge(WIDTHS, 5, radius=200.0)
    with torch.no_grad():
        model.keys["text->vision"].copy_(items["text"])
        model.values["vision"].copy_(items["vision"])
        torch.testing.assert_close(model.complete("text", items["text"], "vision"), items["vision"])
        scores = model.scores("text", items["text"], "vision", items["vision"])
    assert torch.equal(scores.argmax(1), torch.arange(5))
