"""The classes of `diffusers` that parts of a model are."""

from mini4o.model.four_bits import import_bitsandbytes

import_bitsandbytes()  # `diffusers` would import it with these, in its own way

from diffusers.models.autoencoders.autoencoder_dc import AutoencoderDC  # noqa: E402
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL  # noqa: E402
from diffusers.models.modeling_utils import ModelMixin  # noqa: E402
from diffusers.models.transformers.sana_transformer import SanaTransformer2DModel  # noqa: E402
from diffusers.models.transformers.transformer_sd3 import SD3Transformer2DModel  # noqa: E402

__all__ = ["AutoencoderDC", "AutoencoderKL", "ModelMixin", "SD3Transformer2DModel", "SanaTransformer2DModel"]
