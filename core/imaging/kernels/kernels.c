// Whole-page kernels: conversion, reduction, turning, whitening, threshold. Freestanding C for wasm32 SIMD; build-kernels.ts
// makes kernels.wasm from this file and those beside it.
#include "samples.h"

static inline u8 luminance(const u8 *p) { return (u8)((p[0] * 77 + p[1] * 150 + p[2] * 29) >> 8); }

typedef struct {
  v128_t red, green, blue;
} Colors16;

// 16 pixels of three bytes, apart.
static inline Colors16 colors_of(const u8 *p) {
  v128_t a = wasm_v128_load(p), b = wasm_v128_load(p + 16), c = wasm_v128_load(p + 32);
  v128_t r = wasm_i8x16_shuffle(a, b, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
  v128_t g = wasm_i8x16_shuffle(a, b, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0);
  v128_t l = wasm_i8x16_shuffle(a, b, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0);
  return (Colors16){wasm_i8x16_shuffle(r, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29),
                    wasm_i8x16_shuffle(g, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30),
                    wasm_i8x16_shuffle(l, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31)};
}

static inline void store_colors(u8 *q, Colors16 k) {
  v128_t a = wasm_i8x16_shuffle(k.red, k.green, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
  v128_t b = wasm_i8x16_shuffle(k.red, k.green, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
  v128_t c = wasm_i8x16_shuffle(k.red, k.green, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
  wasm_v128_store(q, wasm_i8x16_shuffle(a, k.blue, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15));
  wasm_v128_store(q + 16, wasm_i8x16_shuffle(b, k.blue, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15));
  wasm_v128_store(q + 32, wasm_i8x16_shuffle(c, k.blue, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31));
}

static inline v128_t weighted(v128_t red, v128_t green, v128_t blue) {
  v128_t sum = wasm_i16x8_mul(red, wasm_i16x8_splat(77));
  sum = wasm_i16x8_add(sum, wasm_i16x8_mul(green, wasm_i16x8_splat(150)));
  return wasm_u16x8_shr(wasm_i16x8_add(sum, wasm_i16x8_mul(blue, wasm_i16x8_splat(29))), 8);
}

EXPORT void gray_from_rgb(const u8 *source, u8 *target, i32 pixels) {
  i32 i = 0;
  for (; i + 16 <= pixels; i += 16) {
    Colors16 k = colors_of(source + 3 * i);
    v128_t low = weighted(wasm_u16x8_extend_low_u8x16(k.red), wasm_u16x8_extend_low_u8x16(k.green),
                          wasm_u16x8_extend_low_u8x16(k.blue));
    v128_t high = weighted(wasm_u16x8_extend_high_u8x16(k.red), wasm_u16x8_extend_high_u8x16(k.green),
                           wasm_u16x8_extend_high_u8x16(k.blue));
    wasm_v128_store(target + i, wasm_u8x16_narrow_i16x8(low, high));
  }
  for (; i < pixels; i++) target[i] = luminance(source + 3 * i);
}

EXPORT void darkest_from_rgb(const u8 *source, u8 *target, i32 pixels) {
  i32 i = 0;
  for (; i + 16 <= pixels; i += 16) {
    Colors16 k = colors_of(source + 3 * i);
    wasm_v128_store(target + i, wasm_u8x16_min(k.red, wasm_u8x16_min(k.green, k.blue)));
  }
  for (; i < pixels; i++)
    target[i] = (u8)min_i32(source[3 * i], min_i32(source[3 * i + 1], source[3 * i + 2]));
}

EXPORT void gray_from_bits(const u8 *source, u8 *target, i32 width, i32 height) {
  i32 stride = (width + 7) >> 3;
  v128_t places = wasm_u8x16_make(128, 64, 32, 16, 8, 4, 2, 1, 128, 64, 32, 16, 8, 4, 2, 1);
  for (i32 y = 0; y < height; y++) {
    const u8 *p = source + (u32)y * stride;
    u8 *q = target + (u32)y * width;
    i32 x = 0;
    for (; x + 16 <= width; x += 16) {
      v128_t two = wasm_v128_load16_splat(p + (x >> 3));
      v128_t spread = wasm_i8x16_shuffle(two, two, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
      wasm_v128_store(q + x, wasm_i8x16_eq(wasm_v128_and(spread, places), wasm_i8x16_splat(0)));
    }
    for (; x < width; x++) q[x] = (p[x >> 3] >> (7 - (x & 7))) & 1 ? 0 : 255;
  }
}

// 1 = black; the padding bits of a row are white.
EXPORT void bits_from_gray(const u8 *source, u8 *target, i32 width, i32 height) {
  i32 stride = (width + 7) >> 3;
  for (i32 y = 0; y < height; y++) {
    const u8 *p = source + (u32)y * width;
    u8 *q = target + (u32)y * stride;
    i32 x = 0;
    for (; x + 16 <= width; x += 16) {
      v128_t bytes = wasm_v128_load(p + x);
      v128_t reversed = wasm_i8x16_shuffle(bytes, bytes, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8);
      u32 white = wasm_i8x16_bitmask(reversed);
      q[x >> 3] = (u8)~white;
      q[(x >> 3) + 1] = (u8)~(white >> 8);
    }
    for (; x < width; x += 8) {
      u32 value = 0;
      for (i32 k = 0; k < 8; k++) value = value << 1 | (x + k < width && p[x + k] < 128);
      q[x >> 3] = (u8)value;
    }
  }
}

static inline v128_t pairs_of(v128_t above, v128_t below, v128_t next_above, v128_t next_below) {
  v128_t two = wasm_i16x8_splat(2);
  v128_t low = wasm_i16x8_add(wasm_u16x8_extadd_pairwise_u8x16(above), wasm_u16x8_extadd_pairwise_u8x16(below));
  v128_t high =
      wasm_i16x8_add(wasm_u16x8_extadd_pairwise_u8x16(next_above), wasm_u16x8_extadd_pairwise_u8x16(next_below));
  return wasm_u8x16_narrow_i16x8(wasm_u16x8_shr(wasm_i16x8_add(low, two), 2),
                                 wasm_u16x8_shr(wasm_i16x8_add(high, two), 2));
}

// Halves as many pixels of a row as come in sixteens; returns how many it made.
static inline i32 halve_row(const u8 *above, const u8 *below, i32 channels, u8 *q, i32 w) {
  i32 x = 0;
  if (channels == 1)
    for (; x + 16 <= w; x += 16) {
      const u8 *a = above + 2 * x, *b = below + 2 * x;
      wasm_v128_store(q + x, pairs_of(wasm_v128_load(a), wasm_v128_load(b), wasm_v128_load(a + 16), wasm_v128_load(b + 16)));
    }
  else
    for (; x + 16 <= w; x += 16) {
      Colors16 a = colors_of(above + 6 * x), b = colors_of(below + 6 * x);
      Colors16 c = colors_of(above + 6 * x + 48), d = colors_of(below + 6 * x + 48);
      store_colors(q + 3 * x, (Colors16){pairs_of(a.red, b.red, c.red, d.red),
                                         pairs_of(a.green, b.green, c.green, d.green),
                                         pairs_of(a.blue, b.blue, c.blue, d.blue)});
    }
  return x;
}

static u16 column_sums[MOST_PIXELS_OF_ROW * 3];

// Box average by a whole factor up to 16, channel by channel; the remainder at the right and at the bottom is left out.
EXPORT void shrink(const u8 *source, i32 width, i32 height, i32 channels, i32 factor, u8 *target) {
  i32 w = width / factor, h = height / factor, stride = width * channels, length = w * factor * channels;
  u32 area = (u32)(factor * factor), reciprocal = 65536 / area + 1;
  if (factor == 1) {
    __builtin_memcpy(target, source, (u32)(stride * height));
    return;
  }
  for (i32 y = 0; y < h; y++) {
    const u8 *row = source + (u32)(y * factor) * stride;
    u8 *q = target + (u32)y * w * channels;
    i32 first = factor == 2 ? halve_row(row, row + stride, channels, q, w) : 0;
    i32 start = first * factor * channels;
    for (i32 i = start; i < length; i++) column_sums[i] = row[i];
    for (i32 dy = 1; dy < factor; dy++)
      for (i32 i = start; i < length; i++) column_sums[i] += row[dy * stride + i];
    const u16 *p = column_sums + start;
    q += first * channels;
    for (i32 x = first; x < w; x++, p += factor * channels)
      for (i32 c = 0; c < channels; c++) {
        u32 sum = area / 2;
        for (i32 dx = 0; dx < factor; dx++) sum += p[dx * channels + c];
        *q++ = (u8)((sum * reciprocal) >> 16);
      }
  }
}

static inline u8 blend(i32 a, i32 b, i32 d, i32 e, i32 fx, i32 fy) {
  i32 top = (a << 8) + (b - a) * fx, bottom = (d << 8) + (e - d) * fx;
  return (u8)(((top << 8) + (bottom - top) * fy + 32768) >> 16);
}

// Six bits behind the point, in which eight samples are blended.
#define BLEND_BITS 6

static inline v128_t load8(const u8 *p) { return wasm_i16x8_shl(wasm_u16x8_load8x8(p), BLEND_BITS); }

// Eight samples; those that `moved` marks are taken from another row.
static inline v128_t pick8(const u8 *p, const u8 *other, v128_t moved) {
  return wasm_v128_bitselect(load8(other), load8(p), moved);
}

// From a towards b by parts of 32,768.
static inline v128_t between(v128_t a, v128_t b, v128_t part) {
  return wasm_i16x8_add(a, wasm_i16x8_q15mulr_sat(wasm_i16x8_sub(b, a), part));
}

static inline v128_t whole(v128_t blended) {
  v128_t rounded = wasm_i16x8_shr(wasm_i16x8_add(blended, wasm_i16x8_splat(1 << (BLEND_BITS - 1))), BLEND_BITS);
  return wasm_u8x16_narrow_i16x8(rounded, rounded);
}

// The same as `blend` for eight samples at p and in the row after it, whose right neighbours lie `channels` bytes further.
static inline v128_t blend8(const u8 *p, i32 next_row, i32 channels, v128_t fx, v128_t fy) {
  const u8 *below = p + next_row;
  return whole(between(between(load8(p), load8(p + channels), fx), between(load8(below), load8(below + channels), fx), fy));
}

// And where those that `moved` marks lie `shift` bytes away, with both of their rows.
static inline v128_t blend8_of_two_rows(const u8 *p, i32 next_row, i32 channels, v128_t fx, v128_t fy, v128_t moved, i32 shift) {
  const u8 *below = p + next_row, *right = p + channels, *right_below = below + channels;
  v128_t top = between(pick8(p, p + shift, moved), pick8(right, right + shift, moved), fx);
  return whole(between(top, between(pick8(below, below + shift, moved), pick8(right_below, right_below + shift, moved), fx), fy));
}

// All ones for each of eight positions that lies on another row than the first.
static inline v128_t rows_left(i32 start, i32 step) {
  v128_t steps = wasm_i32x4_mul(wasm_i32x4_splat(step), wasm_i32x4_make(0, 1, 2, 3)), row = wasm_i32x4_splat(start >> 16);
  v128_t low = wasm_i32x4_add(wasm_i32x4_splat(start), steps);
  v128_t high = wasm_i32x4_add(low, wasm_i32x4_splat(4 * step));
  return wasm_i16x8_narrow_i32x4(wasm_i32x4_ne(wasm_i32x4_shr(low, 16), row), wasm_i32x4_ne(wasm_i32x4_shr(high, 16), row));
}

// The fractions of eight positions in 16.16 fixed point, of 32,768: what is above wraps away.
static inline v128_t fractions(i32 start, v128_t steps) {
  return wasm_u16x8_shr(wasm_i16x8_add(wasm_i16x8_splat((int16_t)start), steps), 1);
}

// Eight values of pixels for the first, second and third eight samples of three bytes a pixel.
#define FIRST_THIRD(v) wasm_i16x8_shuffle(v, v, 0, 0, 0, 1, 1, 1, 2, 2)
#define SECOND_THIRD(v) wasm_i16x8_shuffle(v, v, 2, 3, 3, 3, 4, 4, 4, 5)
#define LAST_THIRD(v) wasm_i16x8_shuffle(v, v, 5, 5, 6, 6, 6, 7, 7, 7)

static inline void turn_tile(const u8 *source, i32 source_step, i32 source_row, u8 *target, i32 target_row, i32 columns,
                             i32 rows, i32 channels) {
  for (i32 y = 0; y < rows; y++) {
    const u8 *p = source + y * source_row;
    u8 *q = target + y * target_row;
    for (i32 x = 0; x < columns; x++, p += source_step, q += channels)
      for (i32 c = 0; c < channels; c++) q[c] = p[c];
  }
}

// Turns by whole quarters, counter-clockwise: after one, what ran downwards runs to the right. In tiles that stay in the
// cache while their columns become rows.
EXPORT void turn_back(const u8 *source, i32 width, i32 height, i32 channels, i32 quarters, u8 *target) {
  i32 is_aside = quarters & 1, target_width = is_aside ? height : width, target_height = is_aside ? width : height;
  // Where the source's step to the right and down lead from a pixel of the target.
  i32 right = quarters == 1 ? width : quarters == 2 ? -1 : quarters == 3 ? -width : 1;
  i32 down = quarters == 1 ? -1 : quarters == 2 ? -width : quarters == 3 ? 1 : width;
  i32 first = quarters == 1 ? width - 1 : quarters == 2 ? width * height - 1 : quarters == 3 ? width * (height - 1) : 0;
  for (i32 by = 0; by < target_height; by += 32)
    for (i32 bx = 0; bx < target_width; bx += 32) {
      const u8 *p = source + (first + by * down + bx * right) * channels;
      u8 *q = target + (by * target_width + bx) * channels;
      i32 columns = min_i32(32, target_width - bx), rows = min_i32(32, target_height - by);
      if (channels == 1) turn_tile(p, right, down, q, target_width, columns, rows, 1);
      else turn_tile(p, right * 3, down * 3, q, target_width * 3, columns, rows, 3);
    }
}

// Turns by any angle about the source point (centre_x, centre_y), which becomes the target's centre, and crops. Bilinear,
// in blocks of 64 x 64 so that a quarter turn does not run down whole columns. `fill` outside of the source.
EXPORT void rotate_crop(const u8 *source, i32 width, i32 height, u8 *target, i32 target_width, i32 target_height, f32 cosine,
                        f32 sine, f32 centre_x, f32 centre_y, i32 channels, i32 fill) {
  i32 step_x = (i32)(cosine * 65536), step_y = (i32)(sine * 65536), next_row = width * channels;
  v128_t places = wasm_i16x8_make(0, 1, 2, 3, 4, 5, 6, 7);
  v128_t steps_x = wasm_i16x8_mul(wasm_i16x8_splat((int16_t)step_x), places);
  v128_t steps_y = wasm_i16x8_mul(wasm_i16x8_splat((int16_t)step_y), places);
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
          for (i32 x = bx; x < end_x;) {
            const u8 *p = source + ((u32)(v >> 16) * width + (u32)(u >> 16)) * channels;
            // Where the skew is small, eight neighbours come from eight neighbours of one row, or of that row and the next.
            i32 rows = ((v + 7 * step_y) >> 16) - (v >> 16);
            if (x + 8 <= end_x && ((u + 7 * step_x) >> 16) - (u >> 16) == 7 && rows >= -1 && rows <= 1) {
              v128_t fx = fractions(u, steps_x), fy = fractions(v, steps_y);
              if (rows == 0 && channels == 1) wasm_v128_store64_lane(q, blend8(p, next_row, 1, fx, fy), 0);
              else if (rows == 0) {
#define BLEND_THIRD(at, third) wasm_v128_store64_lane(q + at, blend8(p + at, next_row, 3, third(fx), third(fy)), 0)
                BLEND_THIRD(0, FIRST_THIRD);
                BLEND_THIRD(8, SECOND_THIRD);
                BLEND_THIRD(16, LAST_THIRD);
              } else {
                v128_t moved = rows_left(v, step_y);
                i32 shift = rows * next_row;
                if (channels == 1)
                  wasm_v128_store64_lane(q, blend8_of_two_rows(p, next_row, 1, fx, fy, moved, shift), 0);
                else {
#define BLEND_THIRD_OF_TWO(at, third) \
  wasm_v128_store64_lane(q + at, blend8_of_two_rows(p + at, next_row, 3, third(fx), third(fy), third(moved), shift), 0)
                  BLEND_THIRD_OF_TWO(0, FIRST_THIRD);
                  BLEND_THIRD_OF_TWO(8, SECOND_THIRD);
                  BLEND_THIRD_OF_TWO(16, LAST_THIRD);
                }
              }
              x += 8;
              u += 8 * step_x;
              v += 8 * step_y;
              q += 8 * channels;
              continue;
            }
            for (i32 end = min_i32(x + 4, end_x); x < end; x++, u += step_x, v += step_y, q += channels) {
              i32 fx = (u >> 8) & 255, fy = (v >> 8) & 255;
              const u8 *a = source + ((u32)(v >> 16) * width + (u32)(u >> 16)) * channels, *b = a + next_row;
              for (i32 c = 0; c < channels; c++) q[c] = blend(a[c], a[channels + c], b[c], b[channels + c], fx, fy);
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
      u16 histogram[256];
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

static u16 row_gains[MOST_PIXELS_OF_ROW + 16];

// Sixteen samples times gains of 256.
static inline void gain16(u8 *p, v128_t low_gains, v128_t high_gains) {
  v128_t samples = wasm_v128_load(p);
  v128_t low = wasm_i16x8_q15mulr_sat(wasm_i16x8_shl(wasm_u16x8_extend_low_u8x16(samples), 7), low_gains);
  v128_t high = wasm_i16x8_q15mulr_sat(wasm_i16x8_shl(wasm_u16x8_extend_high_u8x16(samples), 7), high_gains);
  wasm_v128_store(p, wasm_u8x16_narrow_i16x8(low, high));
}

// Bits behind the point of a gain of 256, while it is stepped along a row.
#define GAIN_BITS 12

// Multiplies so that the background becomes `white`: gains from the tiles' centres, bilinear between them; one for all
// channels of a pixel, so that hues stay. The gain is bounded: what is dark stays dark.
EXPORT void normalize_background(u8 *image, i32 width, i32 height, i32 channels, const u8 *tiles, i32 columns, i32 rows,
                                 i32 tile, i32 white) {
  u16 *gains = row_gains;
  for (i32 y = 0; y < height; y++) {
    f32 fy = (y + 0.5f) / tile - 0.5f;
    fy = fy < 0 ? 0 : fy > rows - 1 ? rows - 1 : fy;
    i32 y0 = (i32)fy, y1 = y0 + 1 < rows ? y0 + 1 : y0;
    f32 ay = fy - y0;
    f32 left = 0;
    for (i32 tx = -1; tx < columns; tx++) {
      i32 start = tx < 0 ? 0 : tx * tile + tile / 2, end = tx + 1 >= columns ? width : (tx + 1) * tile + tile / 2;
      if (end > width) end = width;
      i32 b = tx + 1 < columns ? tx + 1 : columns - 1;
      f32 level = tiles[y0 * columns + b] * (1 - ay) + tiles[y1 * columns + b] * ay;
      f32 right = white * 256.0f / (level < 60 ? 60 : level);
      if (tx < 0) left = right;
      i32 first = (i32)(left * (1 << GAIN_BITS)), step = (i32)((right - left) * (1 << GAIN_BITS) / tile);
      // Eight at a time: what is written past the end is written again by the next tile, or never read.
      v128_t low = wasm_i32x4_add(wasm_i32x4_splat(first), wasm_i32x4_mul(wasm_i32x4_splat(step), wasm_i32x4_make(0, 1, 2, 3)));
      v128_t high = wasm_i32x4_add(low, wasm_i32x4_splat(4 * step)), steps = wasm_i32x4_splat(8 * step);
      for (i32 x = start; x < end; x += 8) {
        wasm_v128_store(gains + x, wasm_u16x8_narrow_i32x4(wasm_u32x4_shr(low, GAIN_BITS), wasm_u32x4_shr(high, GAIN_BITS)));
        low = wasm_i32x4_add(low, steps);
        high = wasm_i32x4_add(high, steps);
      }
      left = right;
    }
    u8 *p = image + (u32)y * width * channels;
    i32 x = 0;
    for (; x + 16 <= width; x += 16, p += 16 * channels) {
      v128_t low = wasm_v128_load(gains + x), high = wasm_v128_load(gains + x + 8);
      if (channels == 1) gain16(p, low, high);
      else {
        gain16(p, FIRST_THIRD(low), SECOND_THIRD(low));
        gain16(p + 16, LAST_THIRD(low), FIRST_THIRD(high));
        gain16(p + 32, SECOND_THIRD(high), LAST_THIRD(high));
      }
    }
    for (; x < width; x++)
      for (i32 c = 0; c < channels; c++, p++) *p = (u8)min_i32(255, (*p * gains[x] + 128) >> 8);
  }
}

#define MOST_RADIUS 127
// Sums from the row's beginning, wrapping around; before it zero, after its end as at its end.
static u32 sums_before[MOST_PIXELS_OF_ROW + 2 * MOST_RADIUS + 4], squares_before[MOST_PIXELS_OF_ROW + 2 * MOST_RADIUS + 4];
static const u8 no_row[MOST_PIXELS_OF_ROW];

static void slide_columns(u32 *sums, u32 *squares, const u8 *in, const u8 *out, i32 width) {
  i32 x = 0;
  for (; x + 8 <= width; x += 8) {
    v128_t entering = wasm_u16x8_load8x8(in + x), leaving = wasm_u16x8_load8x8(out + x);
    v128_t change = wasm_i16x8_sub(entering, leaving), both = wasm_i16x8_add(entering, leaving);
#define ADD(to, more) wasm_v128_store(to, wasm_i32x4_add(wasm_v128_load(to), more))
    ADD(sums + x, wasm_i32x4_extend_low_i16x8(change));
    ADD(sums + x + 4, wasm_i32x4_extend_high_i16x8(change));
    ADD(squares + x, wasm_i32x4_extmul_low_i16x8(change, both));
    ADD(squares + x + 4, wasm_i32x4_extmul_high_i16x8(change, both));
  }
  for (; x < width; x++) {
    sums[x] += (u32)(in[x] - out[x]);
    squares[x] += (u32)(in[x] * in[x] - out[x] * out[x]);
  }
}

static void sum_row(const u32 *values, i32 width, i32 radius, u32 *before) {
  u32 sum = 0;
  for (i32 x = 0; x < radius; x++) before[x] = 0;
  for (i32 x = 0; x < width; x++) {
    before[radius + x] = sum;
    sum += values[x];
  }
  for (i32 x = width; x <= width + radius + 4; x++) before[radius + x] = sum;
}

// Above every threshold that a mean and the widest spread around it can give.
static i32 surely_white(f32 k, i32 always_black) {
  f32 most = always_black;
  for (i32 mean = 0; mean < 256; mean++) {
    f32 spread = __builtin_sqrtf((f32)(mean * (255 - mean))) / 128, threshold = mean * (1 + k * (spread - 1));
    if (threshold > most) most = threshold;
  }
  return min_i32((i32)most + 2, 255);
}

// Sauvola with sliding column sums; whatever is darker than `always_black` is black (solid fills are not hollowed out).
// Target 0 or 255; sums and squares: `width` words each. A radius of at most MOST_RADIUS, so that sums of squares fit a word.
EXPORT void sauvola(const u8 *gray, u8 *target, i32 width, i32 height, i32 radius, f32 k, i32 always_black, u32 *sums,
                    u32 *squares) {
  for (i32 x = 0; x < width; x++) sums[x] = squares[x] = 0;
  for (i32 y = 0; y < radius && y < height; y++) slide_columns(sums, squares, gray + y * width, no_row, width);
  v128_t one = wasm_f32x4_splat(1), zero = wasm_f32x4_splat(0), strength = wasm_f32x4_splat(k);
  v128_t black = wasm_i32x4_splat(always_black), scale = wasm_f32x4_splat(128), all_white = wasm_i8x16_splat(-1);
  v128_t white = wasm_i8x16_splat((int8_t)surely_white(k, always_black));
  for (i32 y = 0; y < height; y++) {
    const u8 *in = y + radius < height ? gray + (y + radius) * width : no_row;
    const u8 *out = y > radius ? gray + (y - radius - 1) * width : no_row;
    slide_columns(sums, squares, in, out, width);
    i32 lines = min_i32(height - 1, y + radius) - max_i32(0, y - radius) + 1, is_summed = 0;
    const u8 *p = gray + y * width;
    u8 *q = target + y * width;
    for (i32 x = 0; x < width; x += 4) {
      // Most of a page is paper.
      if (x + 16 <= width && wasm_i8x16_all_true(wasm_u8x16_ge(wasm_v128_load(p + x), white))) {
        wasm_v128_store(q + x, all_white);
        x += 12;
        continue;
      }
      if (!is_summed) {
        sum_row(sums, width, radius, sums_before);
        sum_row(squares, width, radius, squares_before);
        is_summed = 1;
      }
      // The last step goes back, so that it ends with the row.
      if (x + 4 > width) x = max_i32(0, width - 4);
      v128_t columns = wasm_i32x4_splat(2 * radius + 1);
      if (x < radius || x + 4 + radius > width) {
        i32 c[4];
        for (i32 i = 0; i < 4; i++) c[i] = min_i32(width - 1, x + i + radius) - max_i32(0, x + i - radius) + 1;
        columns = wasm_v128_load(c);
      }
      i32 end = x + 2 * radius + 1;
      v128_t sum = wasm_i32x4_sub(wasm_v128_load(sums_before + end), wasm_v128_load(sums_before + x));
      v128_t square = wasm_i32x4_sub(wasm_v128_load(squares_before + end), wasm_v128_load(squares_before + x));
      v128_t inverse = wasm_f32x4_div(one, wasm_f32x4_convert_i32x4(wasm_i32x4_mul(wasm_i32x4_splat(lines), columns)));
      v128_t mean = wasm_f32x4_mul(wasm_f32x4_convert_u32x4(sum), inverse);
      v128_t power = wasm_f32x4_mul(wasm_f32x4_convert_u32x4(square), inverse);
      v128_t variance = wasm_f32x4_max(wasm_f32x4_sub(power, wasm_f32x4_mul(mean, mean)), zero);
      v128_t spread = wasm_f32x4_sub(wasm_f32x4_div(wasm_f32x4_sqrt(variance), scale), one);
      v128_t threshold = wasm_f32x4_mul(mean, wasm_f32x4_add(one, wasm_f32x4_mul(strength, spread)));
      v128_t level = wasm_u32x4_extend_low_u16x8(wasm_u16x8_extend_low_u8x16(wasm_v128_load32_zero(p + x)));
      v128_t is_black =
          wasm_v128_or(wasm_f32x4_lt(wasm_f32x4_convert_i32x4(level), threshold), wasm_i32x4_lt(level, black));
      v128_t is_white = wasm_v128_not(is_black);
      v128_t words = wasm_i16x8_narrow_i32x4(is_white, is_white);
      v128_t bytes = wasm_i8x16_narrow_i16x8(words, words);
      if (x + 4 <= width) wasm_v128_store32_lane(q + x, bytes, 0);
      else {
        u8 four[4];
        wasm_v128_store32_lane(four, bytes, 0);
        for (i32 i = 0; x + i < width; i++) q[x + i] = four[i];
      }
    }
  }
}

// Where a pixel stands alone, or beside one of its kind, on a straight edge of pixels of its kind: `aside` leads along the
// edge, `inside` across it, in the differences that `unlike` holds for the 5 x 5 pixels around. All of what carries it is
// there, two rows of it below a pair: no dot, no line and no end of a line is such a place.
static inline v128_t bump_at(const v128_t unlike[25], i32 inside, i32 aside) {
#define UNLIKE(i, a) unlike[12 + (i) * inside + (a) * aside]
  v128_t outline = wasm_v128_and(UNLIKE(0, -1), wasm_v128_and(UNLIKE(-1, -1), wasm_v128_and(UNLIKE(-1, 0), UNLIKE(-1, 1))));
  v128_t gaps = wasm_v128_or(UNLIKE(1, -1), wasm_v128_or(UNLIKE(1, 0), UNLIKE(1, 1)));
  v128_t pair_gaps = wasm_v128_or(wasm_v128_or(UNLIKE(0, 1), UNLIKE(1, 2)), wasm_v128_or(UNLIKE(2, 0), UNLIKE(2, 1)));
  v128_t pair = wasm_v128_andnot(wasm_v128_and(UNLIKE(0, 2), UNLIKE(-1, 2)), pair_gaps);
  return wasm_v128_andnot(wasm_v128_and(outline, wasm_v128_or(UNLIKE(0, 1), pair)), gaps);
}

// Takes bumps of one pixel, one or two wide, from straight edges, and fills such pits: what noise leaves on the edges of
// strokes. Samples 0 or 255; two pixels along the border stay as they are.
EXPORT void smooth_edges(const u8 *source, i32 width, i32 height, u8 *target) {
  __builtin_memcpy(target, source, (u32)(width * height));
  if (width < 20) return;
  for (i32 y = 2; y < height - 2; y++)
    for (i32 x = 2; x < width - 2; x += 16) {
      // The last step goes back; it reads what no step has written.
      if (x + 16 > width - 2) x = width - 18;
      const u8 *p = source + y * width + x;
      v128_t middle = wasm_v128_load(p), unlike[25];
      v128_t beside = wasm_v128_or(wasm_v128_xor(middle, wasm_v128_load(p - 1)), wasm_v128_xor(middle, wasm_v128_load(p + 1)));
      if (!wasm_v128_any_true(beside) && !wasm_v128_any_true(wasm_v128_xor(middle, wasm_v128_load(p - width))) &&
          !wasm_v128_any_true(wasm_v128_xor(middle, wasm_v128_load(p + width))))
        continue;
      for (i32 dy = -2; dy <= 2; dy++)
        for (i32 dx = -2; dx <= 2; dx++)
          unlike[12 + 5 * dy + dx] = wasm_v128_xor(middle, wasm_v128_load(p + dy * width + dx));
      v128_t bumps = wasm_i8x16_splat(0);
#define ADD_BUMPS(inside, aside) \
  bumps = wasm_v128_or(bumps, wasm_v128_or(bump_at(unlike, inside, aside), bump_at(unlike, inside, -(aside))))
      ADD_BUMPS(5, 1);
      ADD_BUMPS(-5, 1);
      ADD_BUMPS(1, 5);
      ADD_BUMPS(-1, 5);
      wasm_v128_store(target + y * width + x, wasm_v128_xor(middle, bumps));
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
