"""Shrinks PNG pictures with nothing but zlib: 8 bits a channel, not interlaced, and no palette.

A picture is read, averaged and written row by row, so that a large one takes no more memory than a small one.
"""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # grey, RGB, grey and alpha, RGB and alpha
MOST_PIXELS = 12_000_000


class Unreadable(ValueError):
    """Not a PNG, a broken one, or one of a kind that is not read here."""


def thumbnail(data, side):
    """The picture, made to fit into a square of that side; one that fits already keeps its size."""
    parts = list(chunks(data))
    if not parts or parts[0][0] != b"IHDR" or len(parts[0][1]) != 13:
        raise Unreadable("no header")
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", parts[0][1])
    if depth != 8 or colour not in CHANNELS or interlaced:
        raise Unreadable("only 8 bits a channel, not interlaced, no palette")
    if not 0 < width * height <= MOST_PIXELS:
        raise Unreadable(f"{width} x {height} pixels")
    channels = CHANNELS[colour]
    scale = max(width, height, side)
    small_width, small_height = max(1, width * side // scale), max(1, height * side // scale)

    packed = b"".join(body for kind, body in parts if kind == b"IDAT")
    lines = rows(packed, width * channels, height, channels)
    small = average(lines, width, height, small_width, small_height, channels)
    header = struct.pack(">IIBBBBB", small_width, small_height, 8, colour, 0, 0, 0)
    pixels = b"".join(b"\0" + line for line in small)  # 0: the row is not filtered
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels, 9)) + chunk(b"IEND", b"")


def chunks(data):
    if not data.startswith(SIGNATURE):
        raise Unreadable("not a PNG")
    at = len(SIGNATURE)
    while at < len(data):
        if at + 12 > len(data):
            raise Unreadable("the file is cut off")
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        if len(body) < length or data[at + 8 + length : at + 12 + length] != checksum(kind, body):
            raise Unreadable(f"the chunk {kind.decode('latin-1')} is broken")
        yield kind, body
        at += 12 + length


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + checksum(kind, body)


def checksum(kind, body):
    return struct.pack(">I", zlib.crc32(kind + body))


def rows(packed, length, height, step):
    """The rows of the picture, unpacked and unfiltered; `step` is the bytes of one pixel."""
    unpack = zlib.decompressobj()
    above = bytearray(length)
    for _ in range(height):
        line = bytearray()
        try:
            while len(line) < length + 1:
                more = unpack.decompress(packed, length + 1 - len(line))
                packed = unpack.unconsumed_tail
                if not more:
                    raise Unreadable("too few rows")
                line += more
        except zlib.error as problem:
            raise Unreadable(str(problem)) from None
        kind = line.pop(0)
        unfilter(kind, line, above, step)
        yield line
        above = line


def unfilter(kind, line, above, step):
    """Undoes one of PNG's filters: each byte was written as its difference from a guess."""
    if kind == 1:  # the guess is the byte to the left
        for i in range(step, len(line)):
            line[i] = (line[i] + line[i - step]) & 255
    elif kind == 2:  # the byte above
        for i, up in enumerate(above):
            line[i] = (line[i] + up) & 255
    elif kind == 3:  # the mean of both
        for i, up in enumerate(above):
            left = line[i - step] if i >= step else 0
            line[i] = (line[i] + (left + up) // 2) & 255
    elif kind == 4:  # left, above or above left: whichever is nearest to left + above - above left
        for i, up in enumerate(above):
            left, corner = (line[i - step], above[i - step]) if i >= step else (0, 0)
            to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
            if to_left <= to_up and to_left <= to_corner:
                guess = left
            elif to_up <= to_corner:
                guess = up
            else:
                guess = corner
            line[i] = (line[i] + guess) & 255
    elif kind != 0:
        raise Unreadable(f"filter {kind}")


def average(lines, width, height, small_width, small_height, channels):
    """Small rows: each pixel is the mean of the pixels that fall into it."""
    columns = [x * small_width // width for x in range(width)]
    sums = counts = current = None
    for y, line in enumerate(lines):
        small_y = y * small_height // height
        if small_y != current:
            if current is not None:
                yield mean(sums, counts, channels)
            sums, counts, current = [0] * (small_width * channels), [0] * small_width, small_y
        add(line, columns, sums, counts, channels)
    yield mean(sums, counts, channels)


def add(line, columns, sums, counts, channels):
    """Colours count by their alpha: what can't be seen has no colour to give."""
    has_alpha = channels in (2, 4)
    colours = channels - has_alpha
    start = 0
    for column in columns:
        alpha = line[start + colours] if has_alpha else 1
        to = column * channels
        for colour in range(colours):
            sums[to + colour] += line[start + colour] * alpha
        if has_alpha:
            sums[to + colours] += alpha
        counts[column] += 1
        start += channels


def mean(sums, counts, channels):
    has_alpha = channels in (2, 4)
    colours = channels - has_alpha
    line = bytearray()
    for column, count in enumerate(counts):
        pixel = sums[column * channels : (column + 1) * channels]
        weight = pixel[colours] if has_alpha else count
        line += bytes((total + weight // 2) // weight if weight else 0 for total in pixel[:colours])
        if has_alpha:
            line.append((weight + count // 2) // count)
    return line
