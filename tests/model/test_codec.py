"""Pixels and latents: nothing is lost on the way."""

import numpy as np
import PIL.Image
import pytest
import torch

from mini4o.model.codec import Pixels, to_picture, to_pixels
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
