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

EXPORT void darkest_from_rgb(const u8 *source, u8 *target, i32 pixels) {
  for (i32 i = 0; i < pixels; i++, source += 3)
    target[i] = (u8)min_i32(source[0], min_i32(source[1], source[2]));
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

// ---- JBIG2 generic region (ITU-T T.88 6.2 with template 0 and typical prediction; the MQ coder of annex E) ----
// Every pixel is coded as it is. Symbols are never looked for: a coder that reuses similar shapes may swap figures.
typedef struct {
  u32 estimate;
  u8 after_likely, after_unlikely, swaps;
} CoderState;

static const CoderState coder_states[47] = {
    {0x5601, 1, 1, 1},    {0x3401, 2, 6, 0},    {0x1801, 3, 9, 0},    {0x0AC1, 4, 12, 0},   {0x0521, 5, 29, 0},
    {0x0221, 38, 33, 0},  {0x5601, 7, 6, 1},    {0x5401, 8, 14, 0},   {0x4801, 9, 14, 0},   {0x3801, 10, 14, 0},
    {0x3001, 11, 17, 0},  {0x2401, 12, 18, 0},  {0x1C01, 13, 20, 0},  {0x1601, 29, 21, 0},  {0x5601, 15, 14, 1},
    {0x5401, 16, 14, 0},  {0x5101, 17, 15, 0},  {0x4801, 18, 16, 0},  {0x3801, 19, 17, 0},  {0x3401, 20, 18, 0},
    {0x3001, 21, 19, 0},  {0x2801, 22, 19, 0},  {0x2401, 23, 20, 0},  {0x2201, 24, 21, 0},  {0x1C01, 25, 22, 0},
    {0x1801, 26, 23, 0},  {0x1601, 27, 24, 0},  {0x1401, 28, 25, 0},  {0x1201, 29, 26, 0},  {0x1101, 30, 27, 0},
    {0x0AC1, 31, 28, 0},  {0x09C1, 32, 29, 0},  {0x08A1, 33, 30, 0},  {0x0521, 34, 31, 0},  {0x0441, 35, 32, 0},
    {0x02A1, 36, 33, 0},  {0x0221, 37, 34, 0},  {0x0141, 38, 35, 0},  {0x0111, 39, 36, 0},  {0x0085, 40, 37, 0},
    {0x0049, 41, 38, 0},  {0x0025, 42, 39, 0},  {0x0015, 43, 40, 0},  {0x0009, 44, 41, 0},  {0x0005, 45, 42, 0},
    {0x0001, 45, 43, 0},  {0x5601, 46, 46, 0}};

// A context: index of its state x 2 + the likelier pixel.
static u8 contexts[65536];
#define TYPICAL_CONTEXT 0x9B25

// Three rows of one byte a pixel with white around, so that the template never asks for its borders.
#define ROW_PADDING 8
static u8 pixel_rows[3][32000 + 2 * ROW_PADDING];

static void clear_region_state(void) {
  for (i32 i = 0; i < 65536; i++) contexts[i] = 0;
  for (i32 r = 0; r < 3; r++)
    for (i32 i = 0; i < 32000 + 2 * ROW_PADDING; i++) pixel_rows[r][i] = 0;
}

typedef struct {
  u32 code, interval;
  i32 shifts;
  u8 *byte, *start;
} Encoder;

static void put_coded_byte(Encoder *e) {
  // A byte of ones is followed by seven bits only, so that a carry never runs through it.
  if (e->byte >= e->start && *e->byte != 0xFF && e->code >= 0x8000000) {
    (*e->byte)++;
    // After the carry 27 bits are left; a byte that became full of ones takes seven of them next.
    e->code &= 0x7FFFFFF;
  }
  i32 is_full = e->byte >= e->start && *e->byte == 0xFF;
  e->byte++;
  *e->byte = (u8)(e->code >> (is_full ? 20 : 19));
  e->code &= is_full ? 0xFFFFF : 0x7FFFF;
  e->shifts = is_full ? 7 : 8;
}

static inline void encode_pixel(Encoder *e, u8 *context, u32 pixel) {
  const CoderState *state = &coder_states[*context >> 1];
  u32 likely = *context & 1, estimate = state->estimate;
  e->interval -= estimate;
  if (pixel == likely) {
    if (e->interval & 0x8000) {
      e->code += estimate;
      return;
    }
    if (e->interval < estimate) e->interval = estimate;
    else e->code += estimate;
    *context = (u8)((state->after_likely << 1) | likely);
  } else {
    if (e->interval < estimate) e->code += estimate;
    else e->interval = estimate;
    *context = (u8)((state->after_unlikely << 1) | (likely ^ state->swaps));
  }
  do {
    e->interval <<= 1;
    e->code <<= 1;
    if (--e->shifts == 0) put_coded_byte(e);
  } while (!(e->interval & 0x8000));
}

static i32 unpack_row(const u8 *bits, i32 width, u8 *row, const u8 *above) {
  i32 differs = 0;
  for (i32 x = 0; x < width; x++) {
    row[x] = (bits[x >> 3] >> (7 - (x & 7))) & 1;
    differs |= row[x] ^ above[x];
  }
  return !differs;
}

// Returns the number of bytes of the region's coded data. Target: up to width x height + 64 bytes.
EXPORT i32 jbig2_encode(const u8 *bits, i32 width, i32 height, u8 *target) {
  clear_region_state();
  Encoder e = {0, 0x8000, 12, target - 1, target};
  i32 stride = (width + 7) >> 3, was_typical = 0;
  for (i32 y = 0; y < height; y++) {
    u8 *row = pixel_rows[y % 3] + ROW_PADDING, *above = pixel_rows[(y + 2) % 3] + ROW_PADDING;
    const u8 *second = pixel_rows[(y + 1) % 3] + ROW_PADDING;
    i32 is_typical = unpack_row(bits + (u32)y * stride, width, row, above);
    encode_pixel(&e, &contexts[TYPICAL_CONTEXT], (u32)(is_typical ^ was_typical));
    was_typical = is_typical;
    if (is_typical) continue;
    u32 high = (u32)(second[0] << 2 | second[1] << 1 | second[2]);
    u32 middle = (u32)(above[0] << 3 | above[1] << 2 | above[2] << 1 | above[3]), low = 0;
    for (i32 x = 0; x < width; x++) {
      encode_pixel(&e, &contexts[high << 11 | middle << 4 | low], row[x]);
      high = (high << 1 | second[x + 3]) & 31;
      middle = (middle << 1 | above[x + 4]) & 127;
      low = (low << 1 | row[x]) & 15;
    }
  }
  u32 limit = e.code + e.interval;
  e.code |= 0xFFFF;
  if (e.code >= limit) e.code -= 0x8000;
  for (i32 i = 0; i < 2; i++) {
    e.code <<= e.shifts;
    put_coded_byte(&e);
  }
  if (*e.byte != 0xFF) *++e.byte = 0xFF;
  *++e.byte = 0xAC;
  return (i32)(e.byte + 1 - target);
}

typedef struct {
  u32 code, interval;
  i32 shifts;
  const u8 *byte, *end;
} Decoder;

static inline u32 byte_at(const Decoder *d, i32 ahead) { return d->byte + ahead < d->end ? d->byte[ahead] : 0xFF; }

static void take_coded_byte(Decoder *d) {
  if (byte_at(d, 0) == 0xFF) {
    if (byte_at(d, 1) > 0x8F) {
      d->code += 0xFF00;
      d->shifts = 8;
      return;
    }
    d->byte++;
    d->code += byte_at(d, 0) << 9;
    d->shifts = 7;
    return;
  }
  d->byte++;
  d->code += byte_at(d, 0) << 8;
  d->shifts = 8;
}

static inline u32 decode_pixel(Decoder *d, u8 *context) {
  const CoderState *state = &coder_states[*context >> 1];
  u32 likely = *context & 1, estimate = state->estimate, pixel = likely;
  d->interval -= estimate;
  i32 is_low = (d->code >> 16) < estimate, is_short = d->interval < estimate;
  if (is_low) d->interval = estimate;
  else {
    d->code -= estimate << 16;
    if (d->interval & 0x8000) return pixel;
  }
  // The shorter part is the unlikely one, whichever end it lies at.
  if (is_low != is_short) {
    pixel ^= 1;
    *context = (u8)((state->after_unlikely << 1) | (likely ^ state->swaps));
  } else {
    *context = (u8)((state->after_likely << 1) | likely);
  }
  do {
    if (d->shifts == 0) take_coded_byte(d);
    d->interval <<= 1;
    d->code <<= 1;
    d->shifts--;
  } while (!(d->interval & 0x8000));
  return pixel;
}

// The reverse of jbig2_encode; whatever the data holds, `width` x `height` bits come out.
EXPORT void jbig2_decode(const u8 *data, i32 length, i32 width, i32 height, u8 *bits) {
  clear_region_state();
  Decoder d = {0, 0x8000, 0, data, data + length};
  d.code = byte_at(&d, 0) << 16;
  take_coded_byte(&d);
  d.code <<= 7;
  d.shifts -= 7;
  i32 stride = (width + 7) >> 3, is_typical = 0;
  for (i32 y = 0; y < height; y++) {
    u8 *row = pixel_rows[y % 3] + ROW_PADDING, *target = bits + (u32)y * stride;
    const u8 *above = pixel_rows[(y + 2) % 3] + ROW_PADDING, *second = pixel_rows[(y + 1) % 3] + ROW_PADDING;
    is_typical ^= (i32)decode_pixel(&d, &contexts[TYPICAL_CONTEXT]);
    u32 high = (u32)(second[0] << 2 | second[1] << 1 | second[2]);
    u32 middle = (u32)(above[0] << 3 | above[1] << 2 | above[2] << 1 | above[3]), low = 0;
    for (i32 x = 0; x < width; x++) {
      if (is_typical) {
        row[x] = above[x];
        continue;
      }
      row[x] = (u8)decode_pixel(&d, &contexts[high << 11 | middle << 4 | low]);
      high = (high << 1 | second[x + 3]) & 31;
      middle = (middle << 1 | above[x + 4]) & 127;
      low = (low << 1 | row[x]) & 15;
    }
    for (i32 b = 0; b < stride; b++) {
      u32 value = 0;
      for (i32 k = 0; k < 8; k++) value = value << 1 | (b * 8 + k < width ? row[b * 8 + k] : 0);
      target[b] = (u8)value;
    }
  }
}
