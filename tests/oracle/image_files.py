"""Image files of every format, mode and orientation that Pillow and a few hand-made bytes can write."""

import struct
import zlib

import numpy
from PIL import Image, PngImagePlugin

RANDOM = numpy.random.default_rng(15)
WIDTH, HEIGHT = 37, 22
ORIENTATION = 0x0112


def noise(*shape, dtype=numpy.uint8):
    return RANDOM.integers(0, numpy.iinfo(dtype).max, (HEIGHT, WIDTH, *shape), dtype=dtype, endpoint=True)


def smooth():
    """Without hard edges, which different versions of libjpeg round differently."""
    x, y = numpy.meshgrid(numpy.arange(WIDTH), numpy.arange(HEIGHT))
    return numpy.dstack([x * 5 + 20, y * 9 + 15, (x + y) * 3 + 30]).astype(numpy.uint8)


def of_mode(mode):
    if mode == "1":
        return Image.fromarray(noise() > 127)
    if mode == "P":
        return Image.fromarray(noise(3)).quantize(53)
    if mode == "I;16":
        return Image.fromarray(noise(dtype=numpy.uint16) // RANDOM.choice([1, 64, 300], (HEIGHT, WIDTH)).astype(numpy.uint16))
    if mode == "I":
        return Image.fromarray(RANDOM.integers(-400, 800, (HEIGHT, WIDTH), dtype=numpy.int32))
    if mode == "F":
        return Image.fromarray(RANDOM.uniform(-90, 400, (HEIGHT, WIDTH)).astype(numpy.float32))
    channels = {"L": (), "LA": (2,), "RGB": (3,), "RGBA": (4,), "CMYK": (4,), "YCbCr": (3,)}[mode]
    return Image.fromarray(noise(*channels), mode)


def png_chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(depth, colour, samples, interlaced=False, extra=()):
    """A PNG of bits and colour types that Pillow does not write. `samples` are [height, width, channels]."""
    def scanlines(part):
        lines = b""
        for row in part:
            bits = "".join(format(int(v), f"0{depth}b") for v in row.reshape(-1))
            bits += "0" * (-len(bits) % 8)
            lines += b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
        return lines
    if interlaced:
        parts = [samples[y::dy, x::dx] for x, y, dx, dy in ADAM7]
        data = b"".join(scanlines(part) for part in parts if part.size)
    else:
        data = scanlines(samples)
    height, width = samples.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + b"".join(png_chunk(*c) for c in extra) +
            png_chunk(b"IDAT", zlib.compress(data)) + png_chunk(b"IEND", b""))


def write_pngs(directory):
    for depth, colour, channels in [(1, 0, 1), (2, 0, 1), (4, 0, 1), (8, 0, 1), (16, 0, 1), (8, 2, 3), (16, 2, 3),
                                    (1, 3, 1), (2, 3, 1), (4, 3, 1), (8, 3, 1), (8, 4, 2), (16, 4, 2), (8, 6, 4),
                                    (16, 6, 4)]:
        most = 2 ** min(depth, 8 if colour == 3 else 16)
        samples = RANDOM.integers(0, most, (HEIGHT, WIDTH, channels))
        if depth == 16:  # dark ones too, which are not cut off
            samples //= RANDOM.choice([1, 200, 3000], samples.shape)
        extras = [()]
        if colour == 3:
            palette = RANDOM.integers(0, 256, 3 * most, dtype=numpy.uint8).tobytes()
            extras = [((b"PLTE", palette),), ((b"PLTE", palette), (b"tRNS", bytes(range(most // 2))))]
        elif colour == 0:
            extras.append(((b"tRNS", b"\0\1"),))
        for number, extra in enumerate(extras):
            for interlaced in (False, True):
                name = f"depth{depth}_colour{colour}_{number}{'_interlaced' if interlaced else ''}.png"
                (directory / name).write_bytes(png(depth, colour, samples, interlaced, extra))


def write_jpegs(directory):
    picture = Image.fromarray(smooth())
    for mode in ("L", "RGB", "CMYK"):
        for options in (dict(), dict(progressive=True), dict(subsampling=2), dict(subsampling=0)):
            name = "_".join(["jpeg", mode, *(f"{k}{v}" for k, v in options.items())])
            picture.convert(mode).save(directory / f"{name}.jpg", quality=92, **options)
    # YCCK: Adobe's marker says that the first three inks are stored as brightness and differences.
    data = (directory / "jpeg_CMYK.jpg").read_bytes()
    at = data.index(b"Adobe")
    (directory / "jpeg_YCCK.jpg").write_bytes(data[:at + 11] + b"\x02" + data[at + 12:])


def write_bmps(directory):
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        of_mode(mode).save(directory / f"bmp_{mode}.bmp")
        of_mode(mode).resize((33, 5)).save(directory / f"bmp_{mode}_33.bmp")

    def bmp(bits, compression, data, palette=b"", height=HEIGHT, masks=b"", colours=0):
        header = struct.pack("<IiiHHIIiiII", 40, WIDTH, height, 1, bits, compression, len(data), 0, 0, colours, 0)
        offset = 14 + len(header) + len(masks) + len(palette)
        return struct.pack("<2sIHHI", b"BM", offset + len(data), 0, 0, offset) + header + masks + palette + data

    palette16 = RANDOM.integers(0, 256, 64, dtype=numpy.uint8).tobytes()
    palette256 = RANDOM.integers(0, 256, 1024, dtype=numpy.uint8).tobytes()

    def rows(bits):
        stride = (WIDTH * bits + 31) // 32 * 4
        return RANDOM.integers(0, 256, stride * HEIGHT, dtype=numpy.uint8).tobytes()

    files = {"4": bmp(4, 0, rows(4), palette16), "4_few": bmp(4, 0, bytes(20 * HEIGHT), palette16[:8], colours=2),
             "16": bmp(16, 0, rows(16)), "32": bmp(32, 0, rows(32)), "24": bmp(24, 0, rows(24)),
             "24_top": bmp(24, 0, rows(24), height=-HEIGHT), "8_top": bmp(8, 0, rows(8), palette256, height=-HEIGHT),
             "565": bmp(16, 3, rows(16), masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F)),
             "555": bmp(16, 3, rows(16), masks=struct.pack("<III", 0x7C00, 0x3E0, 0x1F)),
             "32_fields": bmp(32, 3, rows(32), masks=struct.pack("<III", 0xFF000000, 0xFF0000, 0xFF00)),
             "32_usual": bmp(32, 3, rows(32), masks=struct.pack("<III", 0xFF0000, 0xFF00, 0xFF))}
    # OS/2's header, and runs: encoded, absolute, to the end of the line.
    core = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 24)
    files["os2"] = struct.pack("<2sIHHI", b"BM", 0, 0, 0, 26) + core + rows(24)
    core = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 8)
    files["os2_palette"] = struct.pack("<2sIHHI", b"BM", 0, 0, 0, 26 + 768) + core + palette256[:768] + rows(8)
    runs8, runs4 = b"", b""
    for y in range(HEIGHT):
        runs8 += bytes([10, y, 0, 5, 1, 2, 3, 4, 5, 0, 9, 200 - y]) + b"\0\0"
        runs4 += bytes([11, 0x5A, 0, 7, 0x12, 0x34, 0x56, 0x70, 4, 0xC3]) + b"\0\0"
    files["rle8"] = bmp(8, 1, runs8 + b"\0\1", palette256)
    files["rle4"] = bmp(4, 2, runs4 + b"\0\1", palette16)
    jump = bytes([5, 7, 0, 2, 4, 3, 6, 9]) + b"\0\0" + (bytes([WIDTH, 8]) + b"\0\0") * (HEIGHT - 4)
    files["rle8_delta"] = bmp(8, 1, jump + b"\0\1", palette256)
    for name, data in files.items():
        (directory / f"bmp_{name}.bmp").write_bytes(data)


def write_gifs(directory):
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        of_mode(mode).save(directory / f"gif_{mode}.gif")
        of_mode(mode).save(directory / f"gif_{mode}_interlaced.gif", interlace=1)
    of_mode("P").save(directory / "gif_transparent.gif", transparency=3)
    of_mode("RGB").save(directory / "gif_animated.gif", save_all=True, append_images=[of_mode("RGB")], duration=40)
    tall = Image.fromarray(RANDOM.integers(0, 256, (67, 5), dtype=numpy.uint8))
    for height in (1, 2, 3, 4, 5, 6, 7, 8, 9, 67):
        tall.crop((0, 0, 5, height)).save(directory / f"gif_height{height}.gif", interlace=1)
    # A frame that does not cover its canvas, and one that is larger than it.
    data = bytearray((directory / "gif_P.gif").read_bytes())
    for name, width, height in (("inside", WIDTH + 9, HEIGHT + 5), ("outside", WIDTH - 9, HEIGHT - 5)):
        data[6:10] = struct.pack("<HH", width, height)
        (directory / f"gif_{name}.gif").write_bytes(data)
        transparent = bytes(data)
        at = transparent.index(b",\0\0\0\0")
        control = b"!\xf9\x04\x01\0\0\x05\0"
        if transparent[at - 8:at - 5] != b"!\xf9\x04":
            transparent = transparent[:at] + control + transparent[at:]
        (directory / f"gif_{name}_transparent.gif").write_bytes(transparent)


def write_webps(directory):
    for mode in ("L", "RGB", "RGBA", "P"):
        of_mode(mode).save(directory / f"webp_{mode}.webp", lossless=True)
        of_mode(mode).save(directory / f"webp_{mode}_exact.webp", lossless=True, exact=True)
    Image.fromarray(smooth()).save(directory / "webp_lossy.webp", quality=80)
    of_mode("RGBA").save(directory / "webp_lossy_alpha.webp", quality=80)
    frames = [of_mode("RGBA") for _ in range(3)]
    frames[0].save(directory / "webp_animated.webp", save_all=True, append_images=frames[1:], lossless=True)


def write_tiffs(directory):
    compressions = [None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd"]
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I", "F"):
        for compression in compressions:
            if mode == "YCbCr" and compression:
                continue
            of_mode(mode).save(directory / f"tiff_{mode.replace(';', '')}_{compression}.tif", compression=compression)
    Image.fromarray(smooth()).save(directory / "tiff_jpeg.tiff", compression="jpeg", quality=92)
    Image.fromarray(smooth()).convert("L").save(directory / "tiff_jpeg_grey.tiff", compression="jpeg", quality=92)
    of_mode("1").save(directory / "tiff_group4.tif", compression="group4")
    of_mode("RGB").save(directory / "tiff_strips.tif", compression="tiff_lzw", strip_size=400)
    of_mode("RGB").save(directory / "tiff_pages.tif", save_all=True, append_images=[of_mode("RGB")])

    def tiff(order, tags, strips):
        """Strips of plain samples; offsets and counts are filled in."""
        tags = dict(tags) | {273: [0] * len(strips), 279: [len(s) for s in strips]}
        kinds = {}
        for tag, values in tags.items():
            kinds[tag] = 4 if tag in (256, 257, 273, 278, 279) else 3
        at = 8 + 2 + 12 * len(tags) + 4
        where = {}
        for tag, values in sorted(tags.items()):
            size = len(values) * (4 if kinds[tag] == 4 else 2)
            if size > 4:
                where[tag] = at
                at += size + size % 2
        for i, strip in enumerate(strips):
            tags[273][i] = at
            at += len(strip)
        head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
        entries, data = struct.pack(order + "H", len(tags)), b""
        for tag, values in sorted(tags.items()):
            packed = struct.pack(order + ("I" if kinds[tag] == 4 else "H") * len(values), *values)
            entries += struct.pack(order + "HHI", tag, kinds[tag], len(values))
            if tag in where:
                entries += struct.pack(order + "I", where[tag])
                data += packed + b"\0" * (len(packed) % 2)
            else:
                entries += packed.ljust(4, b"\0")
        return head + entries + struct.pack(order + "I", 0) + data + b"".join(strips)

    for order in "<>":
        name = "little" if order == "<" else "big"
        sixteen = noise(3, dtype=numpy.uint16)
        base = {256: [WIDTH], 257: [HEIGHT], 259: [1], 277: [3], 278: [HEIGHT]}
        packed = sixteen.astype(order + "u2").tobytes()
        files = {"rgb16": tiff(order, base | {258: [16] * 3, 262: [2]}, [packed])}
        rgba = noise(4)
        alpha = base | {258: [8] * 4, 262: [2], 277: [4]}
        for kind in (0, 1, 2):
            files[f"alpha{kind}"] = tiff(order, alpha | {338: [kind]}, [rgba.tobytes()])
        planes = [noise().tobytes() for _ in range(3)]
        files["planes"] = tiff(order, base | {258: [8] * 3, 262: [2], 284: [2]}, planes)
        grey = noise()
        plain = base | {277: [1], 258: [8]}
        files["white_is_zero"] = tiff(order, plain | {262: [0]}, [grey.tobytes()])
        for bits in (1, 2, 4):
            data = RANDOM.integers(0, 256, ((WIDTH * bits + 7) // 8) * HEIGHT, dtype=numpy.uint8).tobytes()
            for photometric in (0, 1):
                files[f"grey{bits}_{photometric}"] = tiff(order, plain | {258: [bits], 262: [photometric]}, [data])
            colours = [int(v) for v in RANDOM.integers(0, 65536, 3 * 2 ** bits)]
            files[f"palette{bits}"] = tiff(order, plain | {258: [bits], 262: [3], 320: colours}, [data])
        signed = RANDOM.integers(-300, 600, (HEIGHT, WIDTH)).astype(order + "i2")
        files["signed16"] = tiff(order, plain | {258: [16], 262: [1], 339: [2]}, [signed.tobytes()])
        cmyk = noise(4, dtype=numpy.uint16).astype(order + "u2").tobytes()
        files["cmyk16"] = tiff(order, base | {258: [16] * 4, 262: [5], 277: [4]}, [cmyk])
        for key, data in files.items():
            (directory / f"tiff_{key}_{name}.tif").write_bytes(data)


def write_all(directory):
    for write in (write_pngs, write_jpegs, write_bmps, write_gifs, write_webps, write_tiffs):
        write(directory)
    return readable(directory)


def readable(directory):
    """What Pillow itself can read, so that every other file is a comparison. Few may be missing."""
    files = []
    for path in sorted(directory.iterdir()):
        try:
            with Image.open(path) as image:
                image.convert("RGB")
            files.append(path)
        except (OSError, ValueError, SyntaxError) as error:
            print(f"Pillow refuses {path.name}: {error}")
    return files


def exif(orientation, order="little"):
    data = Image.Exif()
    data.endian = "<" if order == "little" else ">"
    data[ORIENTATION] = orientation
    return data.tobytes()


XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="{}"/></x:xmpmeta>'


def write_oriented(directory):
    picture = Image.fromarray(smooth())
    for orientation in range(0, 10):
        for order in ("little", "big"):
            data = exif(orientation, order)
            for suffix in (".jpg", ".png", ".webp"):
                options = dict(lossless=True) if suffix == ".webp" else dict(quality=92)
                picture.save(directory / f"{order}{orientation}{suffix}", exif=data, **options)
        xmp = XMP.format(orientation).encode()
        picture.save(directory / f"xmp{orientation}.webp", xmp=xmp, lossless=True)
        picture.save(directory / f"xmp{orientation}.jpg", xmp=xmp)
        picture.save(directory / f"both{orientation}.jpg", xmp=XMP.format(3).encode(), exif=exif(orientation))
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        picture.save(directory / f"xmp{orientation}.png", pnginfo=text)
        text = PngImagePlugin.PngInfo()
        data = b"Exif\0\0" + exif(orientation)
        lines = "\n".join(data.hex()[i:i + 72] for i in range(0, 2 * len(data), 72))
        text.add_text("Raw profile type exif", f"\nexif\n{len(data):8}\n{lines}\n", zip=True)
        picture.save(directory / f"raw{orientation}.png", pnginfo=text)
        if 1 <= orientation <= 8:
            picture.save(directory / f"tag{orientation}.tif", tiffinfo={ORIENTATION: orientation})
        # EXIF behind the pixels.
        whole = (directory / f"little{orientation}.png").read_bytes()
        at = whole.index(b"eXIf") - 4
        size = 12 + struct.unpack(">I", whole[at:at + 4])[0]
        moved = whole[:at] + whole[at + size:-12] + whole[at:at + size] + whole[-12:]
        (directory / f"behind{orientation}.png").write_bytes(moved)
    return readable(directory)
