# Versions of what the bootstrap brings from package registries. Everything else is what the
# distribution has.
ONNXRUNTIME_VERSION=1.32.0
ARROW_VERSION=26.0.1  # of the pip package pyarrow, which carries Apache Arrow C++
TORCH_VERSION=2.15.0
TORCH_CUPTI_VERSION=13.2.86
TORCH_CUDART_VERSION=13.2.86
VEGA_VERSION=6.4.0
VEGA_LITE_VERSION=6.4.3
VEGA_EMBED_VERSION=7.3.0
