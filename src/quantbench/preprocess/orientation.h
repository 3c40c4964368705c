#pragma once

#include "quantbench/preprocess/image.h"

namespace quantbench::preprocess {

/// The image upright: turned or mirrored as EXIF's tag Orientation says (1 to 8), like Pillow's
/// `ImageOps.exif_transpose`. Other values leave it as it is.
Image upright(Image image, int orientation);

}  // namespace quantbench::preprocess
