# Versions of what the bootstrap brings from package registries. Everything else is what the
# distribution has.
ONNXRUNTIME_VERSION=1.32.0
ARROW_VERSION=26.0.1  # of the pip package pyarrow, which carries Apache Arrow C++
TORCH_VERSION=2.15.0
OPENVINO_VERSION=2026.4.1
TORCH_CUPTI_VERSION=13.2.86
TORCH_CUDART_VERSION=13.2.86
# Vega 5.33.0, Vega-Lite 5.23.0 and Vega-Embed 6.29.0: the builds of the npm packages without their last
# line, in a pip package of 0.6 MB. npm itself would be 357 packages.
VEGA_PACKAGE=django-js-lib-vega-embed
VEGA_PACKAGE_VERSION=6.29.0.3
VEGA_SHA256=995b3dcd5d8a4b4d1b87503515dd5a1a7ab6b309a0758f951c36fa8d2e06c582
