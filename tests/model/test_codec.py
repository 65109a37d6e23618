"""Pixels and latents: nothing is lost on the way."""

from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch
from diffusers import AutoencoderDC, AutoencoderKL
from pydantic import ValidationError

import pipelines
from mini4o.model.build import make_codec
from mini4o.model.codec import Codec, Pixels, latent_shape, to_picture, to_pixels
from mini4o.model.spec import CodecSpec


def every_value() -> PIL.Image.Image:
    values = np.stack([np.roll(np.arange(256, dtype=np.uint8), shift).reshape(8, 32) for shift in (0, 7, 100)], -1)
    return PIL.Image.fromarray(values, "RGB")


def test_every_eight_bit_value_comes_back() -> None:
    picture = every_value()
    back = to_picture(to_pixels(picture))
    assert back.mode == "RGB"
    assert np.array_equal(np.array(back), np.array(picture))


def test_pixels_lie_between_minus_one_and_one_channels_first() -> None:
    pixels = to_pixels(PIL.Image.new("RGB", (5, 3), (0, 255, 51)))
    assert pixels.shape == (3, 3, 5)
    assert pixels.dtype == torch.float32
    assert pixels[:, 0, 0].tolist() == pytest.approx([-1, 1, -0.6])


def test_pixels_out_of_range_are_clamped() -> None:
    assert to_picture(torch.tensor([-7.0, 0.0, 7.0]).view(3, 1, 1)).getpixel((0, 0)) == (0, 128, 255)


@pytest.mark.parametrize("factor", [1, 2, 8])
def test_the_pixel_codec_is_lossless(factor: int) -> None:
    codec = Pixels(CodecSpec(factor=factor))
    pixels = to_pixels(every_value())[None]
    latents = codec.encode(pixels)
    assert latents.shape == (1, codec.channels, 8 // factor, 32 // factor)
    assert torch.equal(codec.decode(latents), pixels)


def test_a_latent_holds_the_pixels_of_its_own_patch() -> None:
    pixels = torch.zeros(1, 3, 8, 8)
    pixels[:, :, 4:, :4] = 1  # the lower left patch of four
    latents = Pixels(CodecSpec(factor=4)).encode(pixels)
    assert latents[0, :, 1, 0].eq(1).all()
    assert latents.sum() == 48


# Autoencoders.

AUTOENCODERS = {"dc": (AutoencoderDC, pipelines.DC), "kl": (AutoencoderKL, pipelines.KL)}


@pytest.fixture(params=AUTOENCODERS)
def both(request: pytest.FixtureRequest) -> tuple[Any, Codec]:
    """The library's class, and our codec with the same weights."""
    plain = pipelines.filled(*AUTOENCODERS[request.param])
    codec = make_codec(CodecSpec(kind=request.param, config=AUTOENCODERS[request.param][1]))
    codec.model.load_state_dict(plain.state_dict())
    return plain, codec


def test_latents_are_scaled_and_shifted_by_the_configuration(both: tuple[Any, Codec]) -> None:
    plain, codec = both
    pixels = torch.stack([to_pixels(every_value())] * 2)
    latents = codec.encode(pixels)
    assert latents.shape == (2, codec.channels, 8 // codec.factor, 32 // codec.factor)
    with torch.no_grad():
        if isinstance(plain, AutoencoderDC):
            raw = plain.encode(pixels).latent
            expected, back = raw * 0.41407, latents / 0.41407
        else:
            raw = plain.encode(pixels).latent_dist.mean
            expected, back = (raw - 0.0609) * 1.5305, latents / 1.5305 + 0.0609
        torch.testing.assert_close(latents, expected, atol=1e-6, rtol=1e-5)
        torch.testing.assert_close(codec.decode(latents), plain.decode(back).sample, atol=1e-5, rtol=1e-4)
    assert raw.std() > 1e-2
    assert torch.equal(codec.encode(pixels), latents)  # nothing is drawn by chance


def test_an_autoencoder_never_trains(both: tuple[Any, Codec]) -> None:
    codec = both[1].train()
    assert not any(module.training for module in codec.model.modules())
    pixels = to_pixels(every_value())[None].requires_grad_()
    assert not codec.encode(pixels).requires_grad
    assert not codec.decode(codec.encode(pixels).requires_grad_()).requires_grad


def test_its_shape_is_known_before_it_is_built() -> None:
    for kind, (_, config) in AUTOENCODERS.items():
        spec = CodecSpec(kind=kind, config=config)
        codec = make_codec(spec)
        assert latent_shape(spec) == (codec.factor, codec.channels) == (4, 4)
    assert latent_shape(CodecSpec(kind="dc", config={"scaling_factor": 0.4})) == (32, 32)  # by the library's defaults


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "give `factor`"),
        ({"kind": "kl", "factor": 8}, "`factor` belongs to `pixels`"),
        ({"pretrained": "x", "factor": 8}, "`factor` belongs to `pixels`"),
    ],
)
def test_a_factor_is_given_for_pixels_alone(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        CodecSpec.model_validate(values)
