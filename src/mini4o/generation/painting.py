"""From conditions to a picture: steps along the guided flow."""

import torch
from torch import Tensor

from mini4o.errors import ConversationError
from mini4o.model import flow, schedule
from mini4o.model.net import Net
from mini4o.model.spec import GenerationSpec


@torch.no_grad()
def paint(net: Net, noise: Tensor, branches: dict[str, tuple[Tensor, Tensor]], options: GenerationSpec) -> Tensor:
    """Latents of one picture, (1, channels, height, width).

    Args:
        noise: the start, standard normal, of that shape.
        branches: for `full` and, where guidance needs them, `none` and `no_text`: the condition
            (1, queries, width) and the source latents (1, slots * channels, height, width).
    """
    names = list(branches)
    condition = torch.cat([branches[name][0] for name in names])
    sources = torch.cat([branches[name][1] for name in names])
    x_t = noise.to(condition.device)
    tokens = x_t.shape[2] // net.dit.patch * (x_t.shape[3] // net.dit.patch)
    sampler = schedule.sampler(net.spec.flow, options.steps, tokens, x_t.device)
    for now in sampler.times:
        guided = len(names) > 1 and options.guided_from <= float(now) <= options.guided_to
        count = len(names) if guided else 1  # `full` is the first
        t = now.expand(count)
        output = net.predict(x_t.expand(count, -1, -1, -1), sources[:count], t, condition[:count])
        v = dict(zip(names, torch.split(flow.velocity(output, x_t, t, net.spec.flow), 1), strict=False))
        step = flow.guide(
            v["full"],
            v.get("none"),
            v.get("no_text"),
            text_scale=options.text_scale,
            image_scale=options.image_scale,
            renorm=options.renorm,
        )
        x_t = sampler.step(step, x_t)
    return x_t


def branches_needed(options: GenerationSpec, has_sources: bool, negative: bool = False) -> list[str]:
    """The renderings that guidance at these scales compares: at scale 1 the full one alone.

    Raises:
        ConversationError: a negative text is given, but the rendering that holds it would have no say.
    """
    if negative and (options.image_scale if has_sources else options.text_scale) == 1:
        scale = "image scale" if has_sources else "text scale"
        raise ConversationError(f"a negative text has no effect at {scale} 1; set the {scale} to something else")
    if not has_sources:
        return ["full"] if options.text_scale == 1 else ["full", "none"]
    if options.image_scale != 1:
        return ["full", "none", "no_text"]
    return ["full"] if options.text_scale == 1 else ["full", "no_text"]
