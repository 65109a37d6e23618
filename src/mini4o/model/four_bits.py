"""Weights in 4 bits (QLoRA, arXiv 2305.14314), through `bitsandbytes`."""

import logging
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor, nn

from mini4o.errors import Mini4oError

# Values that share a scale. A row has to be made of whole blocks: where one block spans two rows, the CPU kernels of
# bitsandbytes 0.50 read the weights wrong and say nothing.
BLOCK = 64


def is_quantised(module: nn.Module) -> bool:
    """Whether a layer's weights are in 4 bits."""
    return getattr(getattr(module, "weight", None), "quant_state", None) is not None


def numbers(parameter: Tensor) -> int:
    """How many numbers a parameter is, of which one in 4 bits holds two in a byte."""
    return parameter.numel() * (2 if parameter.dtype == torch.uint8 else 1)


def in_4_bits(layer: nn.Linear) -> nn.Linear:
    """A layer with the same weights in 4 bits, frozen, which multiplies in the type that they had.

    Raises:
        Mini4oError: `bitsandbytes` is not installed.
    """
    bnb = _bitsandbytes()
    weight = layer.weight.detach()
    quantised = bnb.nn.Linear4bit(
        layer.in_features,
        layer.out_features,
        bias=False,
        compute_dtype=weight.dtype,
        quant_type="nf4",
        device="meta",
    )
    # Scales in 8 bits would save 0.4 bits a weight; without them, quantising once more what was quantised changes no
    # bit, so a folder may hold the numbers themselves.
    quantised.weight = bnb.nn.Params4bit(
        weight.clone(), requires_grad=False, quant_type="nf4", blocksize=BLOCK, compress_statistics=False
    ).to(weight.device)
    quantised.bias = layer.bias
    # In evaluation it would pack its weights anew for some CPUs, and then give training no gradient.
    quantised.support_avx512bf16_for_cpu = False
    out: nn.Linear = quantised
    return out


def in_full(layer: nn.Linear) -> nn.Linear:
    """A layer in 4 bits as a plain one; any other as it is."""
    if not is_quantised(layer):
        return layer
    plain = nn.Linear(layer.in_features, layer.out_features, bias=False, device="meta")
    plain.weight = nn.Parameter(dequantised(layer), requires_grad=False)
    plain.bias = layer.bias
    return plain


def dequantised(layer: Any) -> Tensor:
    """The numbers that the weights of a layer in 4 bits stand for."""
    out: Tensor = _bitsandbytes().functional.dequantize_4bit(layer.weight.data, layer.weight.quant_state)
    return out


def import_bitsandbytes() -> None:
    """Import `bitsandbytes` if it is installed, before `diffusers` does, without the kernels for some CPUs that it
    would fetch from the Hub as it is imported: no code is run that was not installed. It warns that it has none, which
    is not shown."""
    if "bitsandbytes" in sys.modules or find_spec("bitsandbytes") is None:
        return
    log = logging.getLogger("bitsandbytes")
    level, before = log.level, {name: sys.modules[name] for name in ("kernels",) if name in sys.modules}
    log.setLevel(logging.ERROR)
    sys.modules["kernels"] = None  # type: ignore[assignment]  # for an import: there is no such module
    try:
        import_module("bitsandbytes")
    finally:
        log.setLevel(level)
        del sys.modules["kernels"]
        sys.modules.update(before)


def _bitsandbytes() -> Any:
    try:
        return import_module("bitsandbytes")
    except ImportError:
        raise Mini4oError("weights in nf4 need bitsandbytes: pip install 'mini4o[qlora]'") from None
