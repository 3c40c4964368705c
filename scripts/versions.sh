# Versions of what the bootstrap brings from package registries. Everything else is what the
# distribution has.
ONNXRUNTIME_VERSION=1.32.0
