// Image kernels, freestanding C for wasm32 SIMD. See build-kernels.ts for how kernels.wasm is made from this file.
// All images are row-major without padding; angles come as cosine and sine; nothing allocates: the caller owns memory.
#include <stdint.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef int32_t i32;
typedef float f32;
#define EXPORT __attribute__((visibility("default")))

static inline i32 min_i32(i32 a, i32 b) { return a < b ? a : b; }
static inline i32 max_i32(i32 a, i32 b) { return a > b ? a : b; }
static inline u8 luminance(const u8 *p) { return (u8)((p[0] * 77 + p[1] * 150 + p[2] * 29) >> 8); }

EXPORT void gray_from_rgb(const u8 *source, u8 *target, i32 pixels) {
  for (i32 i = 0; i < pixels; i++) target[i] = luminance(source + 3 * i);
}

EXPORT void gray_from_bits(const u8 *source, u8 *target, i32 width, i32 height) {
  i32 stride = (width + 7) >> 3;
  for (i32 y = 0; y < height; y++)
    for (i32 x = 0; x < width; x++)
      target[y * width + x] = (source[y * stride + (x >> 3)] >> (7 - (x & 7))) & 1 ? 0 : 255;
}

// 1 = black; the padding bits of a row are white.
EXPORT void bits_from_gray(const u8 *source, u8 *target, i32 width, i32 height) {
  i32 stride = (width + 7) >> 3;
  for (i32 y = 0; y < height; y++)
    for (i32 b = 0; b < stride; b++) {
      u32 value = 0;
      for (i32 k = 0; k < 8; k++) {
        i32 x = b * 8 + k;
        value = (value << 1) | (x < width && source[y * width + x] < 128);
      }
      target[y * stride + b] = (u8)value;
    }
}

#define LONGEST_ROW (32000 * 3)
// One row of scratch; kernels do not run at the same time in one memory.
static u32 row_sums[LONGEST_ROW];

// Box average by a whole factor up to 16, channel by channel; the remainder at the right and at the bottom is left out.
// A row has at most 32,000 pixels.
EXPORT void shrink(const u8 *source, i32 width, i32 height, i32 channels, i32 factor, u8 *target) {
  i32 w = width / factor, h = height / factor, length = w * factor * channels;
  u32 area = (u32)(factor * factor), reciprocal = 65536 / area + 1;
  for (i32 y = 0; y < h; y++) {
    const u8 *row = source + (u32)(y * factor) * width * channels;
    for (i32 i = 0; i < length; i++) row_sums[i] = row[i];
    for (i32 dy = 1; dy < factor; dy++) {
      row += width * channels;
      for (i32 i = 0; i < length; i++) row_sums[i] += row[i];
    }
    u8 *q = target + (u32)y * w * channels;
    const u32 *p = row_sums;
    for (i32 x = 0; x < w; x++, p += factor * channels)
      for (i32 c = 0; c < channels; c++) {
        u32 sum = area / 2;
        for (i32 dx = 0; dx < factor; dx++) sum += p[dx * channels + c];
        *q++ = (u8)((sum * reciprocal) >> 16);
      }
  }
}

// Turns by any angle about the source point (centre_x, centre_y), which becomes the target's centre, and crops. Bilinear,
// in blocks of 64 x 64 so that a quarter turn does not run down whole columns. `fill` outside of the source.
static inline u8 blend(i32 a, i32 b, i32 d, i32 e, i32 fx, i32 fy) {
  i32 top = (a << 8) + (b - a) * fx, bottom = (d << 8) + (e - d) * fx;
  return (u8)(((top << 8) + (bottom - top) * fy + 32768) >> 16);
}

EXPORT void rotate_crop(const u8 *source, i32 width, i32 height, u8 *target, i32 target_width, i32 target_height, f32 cosine,
                        f32 sine, f32 centre_x, f32 centre_y, i32 channels, i32 fill) {
  i32 step_x = (i32)(cosine * 65536), step_y = (i32)(sine * 65536);
  for (i32 by = 0; by < target_height; by += 64)
    for (i32 bx = 0; bx < target_width; bx += 64) {
      i32 end_x = min_i32(bx + 64, target_width), end_y = min_i32(by + 64, target_height);
      for (i32 y = by; y < end_y; y++) {
        f32 dy = y + 0.5f - target_height * 0.5f, dx = bx + 0.5f - target_width * 0.5f;
        i32 u = (i32)((centre_x + dx * cosine - dy * sine - 0.5f) * 65536.0f);
        i32 v = (i32)((centre_y + dx * sine + dy * cosine - 0.5f) * 65536.0f);
        u8 *q = target + ((u32)y * target_width + bx) * channels;
        i32 last_u = u + step_x * (end_x - bx - 1), last_v = v + step_y * (end_x - bx - 1);
        i32 is_inside = min_i32(u, last_u) >= 0 && min_i32(v, last_v) >= 0 && (max_i32(u, last_u) >> 16) < width - 1 &&
                        (max_i32(v, last_v) >> 16) < height - 1;
        if (is_inside) {
          i32 next_row = width * channels;
          for (i32 x = bx; x < end_x; x++, u += step_x, v += step_y, q += channels) {
            i32 fx = (u >> 8) & 255, fy = (v >> 8) & 255;
            const u8 *p = source + ((u32)(v >> 16) * width + (u >> 16)) * channels, *r = p + next_row;
            if (channels == 3) {
              q[0] = blend(p[0], p[3], r[0], r[3], fx, fy);
              q[1] = blend(p[1], p[4], r[1], r[4], fx, fy);
              q[2] = blend(p[2], p[5], r[2], r[5], fx, fy);
            } else {
              q[0] = blend(p[0], p[1], r[0], r[1], fx, fy);
            }
          }
          continue;
        }
        for (i32 x = bx; x < end_x; x++, u += step_x, v += step_y, q += channels) {
          i32 ix = u >> 16, iy = v >> 16;
          if (ix < -1 || iy < -1 || ix >= width || iy >= height) {
            for (i32 c = 0; c < channels; c++) q[c] = (u8)fill;
            continue;
          }
          i32 fx = (u >> 8) & 255, fy = (v >> 8) & 255;
          i32 x0 = max_i32(ix, 0), x1 = min_i32(ix + 1, width - 1), y0 = max_i32(iy, 0), y1 = min_i32(iy + 1, height - 1);
          const u8 *a = source + ((u32)y0 * width + x0) * channels, *b = source + ((u32)y0 * width + x1) * channels;
          const u8 *d = source + ((u32)y1 * width + x0) * channels, *e = source + ((u32)y1 * width + x1) * channels;
          for (i32 c = 0; c < channels; c++) q[c] = blend(a[c], b[c], d[c], e[c], fx, fy);
        }
      }
    }
}

// For each tile the value that `percent` of its pixels do not exceed (every second pixel and row is looked at).
EXPORT void background_tiles(const u8 *gray, i32 width, i32 height, i32 tile, i32 percent, u8 *tiles, i32 columns, i32 rows) {
  for (i32 ty = 0; ty < rows; ty++)
    for (i32 tx = 0; tx < columns; tx++) {
      u32 histogram[256];
      for (i32 i = 0; i < 256; i++) histogram[i] = 0;
      i32 count = 0;
      for (i32 y = ty * tile; y < (ty + 1) * tile && y < height; y += 2)
        for (i32 x = tx * tile; x < (tx + 1) * tile && x < width; x += 2) {
          histogram[gray[y * width + x]]++;
          count++;
        }
      i32 above = count * (100 - percent) / 100, value = 255;
      for (u32 sum = 0; value > 0; value--) {
        sum += histogram[value];
        if ((i32)sum > above) break;
      }
      tiles[ty * columns + tx] = (u8)value;
    }
}

// Multiplies so that the background (bilinear between tile centres) becomes `white`; one gain for all channels of a pixel,
// so that hues stay. The gain is bounded: what is dark stays dark.
EXPORT void normalize_background(u8 *image, i32 width, i32 height, i32 channels, const u8 *tiles, i32 columns, i32 rows,
                                 i32 tile, i32 white) {
  u32 *gains = row_sums;
  for (i32 y = 0; y < height; y++) {
    f32 fy = (y + 0.5f) / tile - 0.5f;
    fy = fy < 0 ? 0 : fy > rows - 1 ? rows - 1 : fy;
    i32 y0 = (i32)fy, y1 = y0 + 1 < rows ? y0 + 1 : y0;
    f32 ay = fy - y0;
    for (i32 tx = -1; tx < columns; tx++) {
      i32 start = tx < 0 ? 0 : tx * tile + tile / 2, end = tx + 1 >= columns ? width : (tx + 1) * tile + tile / 2;
      if (end > width) end = width;
      i32 a = tx < 0 ? 0 : tx, b = tx + 1 < columns ? tx + 1 : columns - 1;
      f32 left = tiles[y0 * columns + a] * (1 - ay) + tiles[y1 * columns + a] * ay;
      f32 right = tiles[y0 * columns + b] * (1 - ay) + tiles[y1 * columns + b] * ay;
      f32 slope = tx < 0 ? 0 : (right - left) / tile;
      for (i32 x = start; x < end; x++) {
        f32 level = left + slope * (x - start);
        gains[x] = (u32)(white * 256.0f / (level < 60 ? 60 : level));
      }
    }
    u8 *p = image + (u32)y * width * channels;
    if (channels == 1) {
      for (i32 x = 0; x < width; x++) {
        u32 value = (p[x] * gains[x]) >> 8;
        p[x] = value > 255 ? 255 : (u8)value;
      }
      continue;
    }
    for (i32 x = 0; x < width; x++, p += 3) {
      u32 red = (p[0] * gains[x]) >> 8, green = (p[1] * gains[x]) >> 8, blue = (p[2] * gains[x]) >> 8;
      p[0] = red > 255 ? 255 : (u8)red;
      p[1] = green > 255 ? 255 : (u8)green;
      p[2] = blue > 255 ? 255 : (u8)blue;
    }
  }
}

// Sauvola with sliding column sums; whatever is darker than `always_black` is black (solid fills are not hollowed out).
// Target 0 or 255; sums and squares: `width` words each.
EXPORT void sauvola(const u8 *gray, u8 *target, i32 width, i32 height, i32 radius, f32 k, i32 always_black, u32 *sums,
                    u32 *squares) {
  for (i32 x = 0; x < width; x++) sums[x] = squares[x] = 0;
  for (i32 y = 0; y <= radius && y < height; y++)
    for (i32 x = 0; x < width; x++) {
      u32 v = gray[y * width + x];
      sums[x] += v;
      squares[x] += v * v;
    }
  for (i32 y = 0; y < height; y++) {
    i32 lines = min_i32(height - 1, y + radius) - max_i32(0, y - radius) + 1;
    u32 sum = 0;
    uint64_t square = 0;
    for (i32 x = 0; x <= min_i32(radius, width - 1); x++) {
      sum += sums[x];
      square += squares[x];
    }
    const u8 *p = gray + y * width;
    u8 *q = target + y * width;
    for (i32 x = 0; x < width; x++) {
      i32 columns = min_i32(width - 1, x + radius) - max_i32(0, x - radius) + 1;
      f32 inverse = 1.0f / (lines * columns), mean = sum * inverse, variance = (f32)square * inverse - mean * mean;
      if (variance < 0) variance = 0;
      f32 threshold = mean * (1 + k * (__builtin_sqrtf(variance) / 128.0f - 1));
      q[x] = p[x] < threshold || p[x] < always_black ? 0 : 255;
      if (x + radius + 1 < width) {
        sum += sums[x + radius + 1];
        square += squares[x + radius + 1];
      }
      if (x - radius >= 0) {
        sum -= sums[x - radius];
        square -= squares[x - radius];
      }
    }
    if (y + radius + 1 < height)
      for (i32 x = 0; x < width; x++) {
        u32 v = gray[(y + radius + 1) * width + x];
        sums[x] += v;
        squares[x] += v * v;
      }
    if (y - radius >= 0)
      for (i32 x = 0; x < width; x++) {
        u32 v = gray[(y - radius) * width + x];
        sums[x] -= v;
        squares[x] -= v * v;
      }
  }
}

// How sharply points fall into lines when looked at under an angle: sum of squared differences between neighbouring bins.
EXPORT f32 projection_energy(const i32 *xs, const i32 *ys, i32 count, f32 tangent, i32 offset, u32 *bins, i32 bin_count) {
  for (i32 i = 0; i < bin_count; i++) bins[i] = 0;
  i32 slope = (i32)(tangent * 65536);
  for (i32 i = 0; i < count; i++) {
    i32 bin = (i32)((((int64_t)ys[i] << 16) - (int64_t)xs[i] * slope) >> 16) + offset;
    if ((u32)bin < (u32)bin_count) bins[bin]++;
  }
  f32 energy = 0;
  for (i32 i = 1; i < bin_count; i++) {
    f32 difference = (f32)bins[i] - (f32)bins[i - 1];
    energy += difference * difference;
  }
  return energy;
}

// ---- CCITT Group 4 (ITU-T T.6) ----
// Codes in the order of T.4 tables 2 and 3: 64 terminating, then 27 make-up (64...1728), then 13 common (1792...2560).
static const char white_codes[] =
    "00110101 000111 0111 1000 1011 1100 1110 1111 10011 10100 00111 01000 001000 000011 110100 110101 101010 101011 0100111 "
    "0001100 0001000 0010111 0000011 0000100 0101000 0101011 0010011 0100100 0011000 00000010 00000011 00011010 00011011 "
    "00010010 00010011 00010100 00010101 00010110 00010111 00101000 00101001 00101010 00101011 00101100 00101101 00000100 "
    "00000101 00001010 00001011 01010010 01010011 01010100 01010101 00100100 00100101 01011000 01011001 01011010 01011011 "
    "01001010 01001011 00110010 00110011 00110100 "
    "11011 10010 010111 0110111 00110110 00110111 01100100 01100101 01101000 01100111 011001100 011001101 011010010 011010011 "
    "011010100 011010101 011010110 011010111 011011000 011011001 011011010 011011011 010011000 010011001 010011010 011000 "
    "010011011 "
    "00000001000 00000001100 00000001101 000000010010 000000010011 000000010100 000000010101 000000010110 000000010111 "
    "000000011100 000000011101 000000011110 000000011111 ";
static const char black_codes[] =
    "0000110111 010 11 10 011 0011 0010 00011 000101 000100 0000100 0000101 0000111 00000100 00000111 000011000 0000010111 "
    "0000011000 0000001000 00001100111 00001101000 00001101100 00000110111 00000101000 00000010111 00000011000 000011001010 "
    "000011001011 000011001100 000011001101 000001101000 000001101001 000001101010 000001101011 000011010010 000011010011 "
    "000011010100 000011010101 000011010110 000011010111 000001101100 000001101101 000011011010 000011011011 000001010100 "
    "000001010101 000001010110 000001010111 000001100100 000001100101 000001010010 000001010011 000000100100 000000110111 "
    "000000111000 000000100111 000000101000 000001011000 000001011001 000000101011 000000101100 000001011010 000001100110 "
    "000001100111 "
    "0000001111 000011001000 000011001001 000001011011 000000110011 000000110100 000000110101 0000001101100 0000001101101 "
    "0000001001010 0000001001011 0000001001100 0000001001101 0000001110010 0000001110011 0000001110100 0000001110101 "
    "0000001110110 0000001110111 0000001010010 0000001010011 0000001010100 0000001010101 0000001011010 0000001011011 "
    "0000001100100 0000001100101 "
    "00000001000 00000001100 00000001101 000000010010 000000010011 000000010100 000000010101 000000010110 000000010111 "
    "000000011100 000000011101 000000011110 000000011111 ";

typedef struct {
  u32 bits[104];
  u8 length[104];
} RunCodes;
typedef struct {
  u8 *next;
  uint64_t pending;
  i32 count;
} BitWriter;

static RunCodes run_codes[2];

static void read_codes(const char *text, RunCodes *codes) {
  for (i32 i = 0; i < 104; i++) {
    u32 bits = 0;
    u8 length = 0;
    for (; *text != ' '; text++, length++) bits = (bits << 1) | (u32)(*text - '0');
    text++;
    codes->bits[i] = bits;
    codes->length[i] = length;
  }
}

static inline void put(BitWriter *writer, u32 bits, i32 length) {
  writer->pending = (writer->pending << length) | bits;
  writer->count += length;
  while (writer->count >= 8) {
    writer->count -= 8;
    *writer->next++ = (u8)(writer->pending >> writer->count);
  }
}

static void put_code(BitWriter *writer, i32 color, i32 index) {
  put(writer, run_codes[color].bits[index], run_codes[color].length[index]);
}

static void put_run(BitWriter *writer, i32 color, i32 run) {
  for (; run >= 2624; run -= 2560) put_code(writer, color, 103);
  if (run >= 64) put_code(writer, color, 63 + run / 64);
  put_code(writer, color, run % 64);
}

// Positions where the colour changes, beginning from white; ends with three times `width`. Returns nothing: parity tells the colour.
static void find_changes(const u8 *row, i32 width, i32 *changes) {
  i32 count = 0, color = 0;
  for (i32 x = 0; x < width;) {
    u32 byte = row[x >> 3] ^ (color ? 0xFFu : 0u);
    byte &= 0xFFu >> (x & 7);
    if (byte == 0) {
      x = (x | 7) + 1;
      continue;
    }
    x = (x & ~7) + __builtin_clz(byte) - 24;
    if (x >= width) break;
    changes[count++] = x;
    color ^= 1;
  }
  changes[count] = changes[count + 1] = changes[count + 2] = changes[count + 3] = width;
}

// Returns the number of bytes. `scratch`: 2 x (width + 8) words. Target: up to width x height + 16 bytes.
EXPORT i32 group4_encode(const u8 *bits, i32 width, i32 height, u8 *target, i32 *scratch) {
  static const u32 vertical_bits[7] = {2, 2, 2, 1, 3, 3, 3};
  static const u8 vertical_length[7] = {7, 6, 3, 1, 3, 6, 7};
  read_codes(white_codes, &run_codes[0]);
  read_codes(black_codes, &run_codes[1]);
  BitWriter writer = {target, 0, 0};
  i32 stride = (width + 7) >> 3, *reference = scratch, *current = scratch + width + 8;
  reference[0] = reference[1] = reference[2] = reference[3] = width;
  for (i32 y = 0; y < height; y++) {
    find_changes(bits + (u32)y * stride, width, current);
    i32 a0 = -1, color = 0, c = 0, r = 0;
    while (a0 < width) {
      while (current[c] <= a0 && current[c] < width) c++;
      if ((c & 1) != color && current[c] < width) c++;
      // The reference's next change to the opposite of the present colour, right of a0.
      while (r > 0 && reference[r - 1] > a0) r--;
      while (reference[r] < width && (reference[r] <= a0 || (r & 1) != color)) r++;
      i32 a1 = current[c], b1 = reference[r], b2 = b1 < width ? reference[r + 1] : width;
      if (b2 < a1) {
        put(&writer, 1, 4);
        a0 = b2;
        continue;
      }
      i32 distance = a1 - b1;
      if (distance >= -3 && distance <= 3) {
        put(&writer, vertical_bits[distance + 3], vertical_length[distance + 3]);
        a0 = a1;
        color ^= 1;
      } else {
        i32 a2 = a1 < width ? current[c + 1] : width;
        put(&writer, 1, 3);
        put_run(&writer, color, a1 - (a0 < 0 ? 0 : a0));
        put_run(&writer, color ^ 1, a2 - a1);
        a0 = a2;
      }
    }
    i32 *swap = reference;
    reference = current;
    current = swap;
  }
  put(&writer, 1, 12);
  put(&writer, 1, 12);
  if (writer.count > 0) put(&writer, 0, 8 - writer.count);
  return (i32)(writer.next - target);
}
