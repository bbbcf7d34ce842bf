// Kernels that look at a page of about 150 dots per inch: where ink, colour, codes and differences are. What they count is
// judged in TypeScript. `spans`: first and last column (exclusive) that lie on the paper, row after row.
#include "samples.h"

// 1 where a pixel is darker than its tile's limit; returns how many.
EXPORT i32 ink_mask(const u8 *gray, i32 width, i32 height, i32 tile, const u8 *limits, const i32 *spans, u8 *mask) {
  i32 columns = (width + tile - 1) / tile, count = 0;
  for (i32 y = 0; y < height; y++) {
    i32 first = spans[2 * y], last = spans[2 * y + 1];
    const u8 *p = gray + y * width, *row = limits + y / tile * columns;
    u8 *q = mask + y * width;
    for (i32 x = 0; x < width; x++) q[x] = 0;
    for (i32 x = first; x < last;) {
      i32 column = x / tile, end = min_i32(last, (column + 1) * tile);
      u8 limit = row[column];
      v128_t limits = wasm_i8x16_splat((int8_t)limit), one = wasm_i8x16_splat(1);
      for (; x + 16 <= end; x += 16) {
        v128_t is_ink = wasm_u8x16_lt(wasm_v128_load(p + x), limits);
        wasm_v128_store(q + x, wasm_v128_and(is_ink, one));
        count += __builtin_popcount(wasm_i8x16_bitmask(is_ink));
      }
      for (; x < end; x++) {
        u8 is_ink = p[x] < limit;
        q[x] = is_ink;
        count += is_ink;
      }
    }
  }
  return count;
}

// Pixels of ink with none below them.
EXPORT i32 count_lower_edges(const u8 *mask, i32 width, i32 height) {
  i32 count = 0;
  for (i32 i = 0; i < width * (height - 1); i++) count += mask[i] & (mask[i + width] ^ 1);
  return count;
}

// Every `step`-th of them, `most` at most: x from the middle, y.
EXPORT void collect_lower_edges(const u8 *mask, i32 width, i32 height, i32 step, i32 most, i32 *xs, i32 *ys) {
  i32 left = 0, count = 0;
  for (i32 y = 0; y < height - 1; y++) {
    const u8 *p = mask + y * width, *below = p + width;
    for (i32 x = 0; x < width; x++) {
      if (x + 16 <= width) {
        v128_t edges = wasm_v128_andnot(wasm_v128_load(p + x), wasm_v128_load(below + x));
        if (!wasm_v128_any_true(edges)) {
          x += 15;
          continue;
        }
      }
      for (i32 end = min_i32(x + 16, width); x < end; x++) {
        if (!(p[x] & (below[x] ^ 1))) continue;
        if (left == 0 && count < most) {
          xs[count] = x - (width >> 1);
          ys[count++] = y;
        }
        left = left == 0 ? step - 1 : left - 1;
      }
      x--;
    }
  }
}

static u16 runs_down[MOST_PIXELS_OF_ROW + 8];

static void clear_run_above(u8 *kept, i32 width, i32 x, i32 y, i32 longest) {
  if (runs_down[x] > longest)
    for (i32 k = y - runs_down[x]; k < y; k++) kept[k * width + x] = 0;
  runs_down[x] = 0;
}

// Clears straight runs, along rows and columns, of more than `longest` pixels; returns how much ink is left.
EXPORT i32 clear_rules(const u8 *mask, i32 width, i32 height, i32 longest, u8 *kept) {
  __builtin_memcpy(kept, mask, (u32)(width * height));
  for (i32 x = 0; x < width; x++) runs_down[x] = 0;
  v128_t most = wasm_i16x8_splat((int16_t)longest), zero = wasm_i16x8_splat(0);
  for (i32 y = 0; y < height; y++) {
    const u8 *p = mask + y * width;
    i32 x = 0;
    for (; x + 8 <= width; x += 8) {
      v128_t is_ink = wasm_i16x8_ne(wasm_u16x8_load8x8(p + x), zero), runs = wasm_v128_load(runs_down + x);
      if (wasm_v128_any_true(wasm_v128_andnot(wasm_u16x8_gt(runs, most), is_ink)))
        for (i32 i = x; i < x + 8; i++)
          if (!p[i]) clear_run_above(kept, width, i, y, longest);
      wasm_v128_store(runs_down + x, wasm_v128_and(wasm_i16x8_sub(wasm_v128_load(runs_down + x), is_ink), is_ink));
    }
    for (; x < width; x++)
      if (p[x]) runs_down[x]++;
      else clear_run_above(kept, width, x, y, longest);
    for (x = 0; x < width;) {
      if (x + 16 <= width && !wasm_v128_any_true(wasm_v128_load(p + x))) {
        x += 16;
        continue;
      }
      i32 start = x;
      while (x < width && p[x]) x++;
      if (x - start > longest) __builtin_memset(kept + y * width + start, 0, (u32)(x - start));
      if (x == start) x++;
    }
  }
  for (i32 x = 0; x < width; x++) clear_run_above(kept, width, x, height, longest);
  i32 count = 0;
  for (i32 i = 0; i < width * height; i++) count += kept[i];
  return count;
}

// Mean of each pixel and its four neighbours; the first and the last row stay as they are.
EXPORT void soften(const u8 *gray, i32 width, i32 height, u8 *target) {
  __builtin_memcpy(target, gray, (u32)(width * height));
  i32 i = width, end = (height - 1) * width;
  // A fifth, as whole numbers: of 1,275 at most.
  v128_t fifth = wasm_i16x8_splat(13107);
  for (; i + 8 <= end; i += 8) {
    v128_t sides = wasm_i16x8_add(wasm_u16x8_load8x8(gray + i - 1), wasm_u16x8_load8x8(gray + i + 1));
    v128_t rows = wasm_i16x8_add(wasm_u16x8_load8x8(gray + i - width), wasm_u16x8_load8x8(gray + i + width));
    v128_t sum = wasm_i16x8_add(wasm_i16x8_add(sides, rows), wasm_u16x8_load8x8(gray + i));
    v128_t low = wasm_u32x4_shr(wasm_u32x4_extmul_low_u16x8(wasm_i16x8_add(sum, wasm_i16x8_splat(1)), fifth), 16);
    v128_t high = wasm_u32x4_shr(wasm_u32x4_extmul_high_u16x8(wasm_i16x8_add(sum, wasm_i16x8_splat(1)), fifth), 16);
    v128_t wide = wasm_u16x8_narrow_i32x4(low, high);
    wasm_v128_store64_lane(target + i, wasm_u8x16_narrow_i16x8(wide, wide), 0);
  }
  for (; i < end; i++) target[i] = (u8)((gray[i] + gray[i - 1] + gray[i + 1] + gray[i - width] + gray[i + width]) / 5);
}

// For each square: the sums of its pixels, and of how much they differ from their right and from their lower neighbours.
EXPORT void square_changes(const u8 *gray, i32 width, i32 size, i32 columns, i32 rows, u32 *sums, u32 *across, u32 *down) {
  for (i32 row = 0; row < rows; row++)
    for (i32 column = 0; column < columns; column++) {
      u32 sum = 0, right = 0, below = 0;
      for (i32 y = row * size; y < (row + 1) * size; y++) {
        const u8 *p = gray + y * width + column * size;
        for (i32 x = 0; x < size; x++) {
          sum += p[x];
          right += (u32)(p[x] > p[x + 1] ? p[x] - p[x + 1] : p[x + 1] - p[x]);
          below += (u32)(p[x] > p[x + width] ? p[x] - p[x + width] : p[x + width] - p[x]);
        }
      }
      sums[row * columns + column] = sum;
      across[row * columns + column] = right;
      down[row * columns + column] = below;
    }
}

// For each square how many of its pixels are above its `dark` and below its `bright`.
EXPORT void square_between(const u8 *gray, i32 width, i32 size, i32 columns, i32 rows, const u8 *dark, const u8 *bright,
                           u32 *counts) {
  for (i32 row = 0; row < rows; row++)
    for (i32 column = 0; column < columns; column++) {
      i32 low = dark[row * columns + column], high = bright[row * columns + column];
      u32 count = 0;
      for (i32 y = row * size; y < (row + 1) * size; y++) {
        const u8 *p = gray + y * width + column * size;
        for (i32 x = 0; x < size; x++) count += p[x] > low && p[x] < high;
      }
      counts[row * columns + column] = count;
    }
}

static u16 column_sums[MOST_PIXELS_OF_ROW * 3];

// Squares, row by row from the paper's left edge, whose mean colour stands out from the paper's.
EXPORT i32 count_colored(const u8 *rgb, i32 width, i32 size, i32 rows, const i32 *spans, f64 red, f64 green, f64 blue,
                         f64 limit) {
  i32 count = 0;
  f64 red_part = 1 / (size * size * red), green_part = 1 / (size * size * green), blue_part = 1 / (size * size * blue);
  for (i32 row = 0; row < rows; row++) {
    i32 first = spans[2 * row] * 3, last = spans[2 * row + 1] * 3;
    const u8 *p = rgb + row * size * width * 3;
    for (i32 i = first; i < last; i++) column_sums[i] = p[i];
    for (i32 y = 1; y < size; y++)
      for (i32 i = first; i < last; i++) column_sums[i] += p[y * width * 3 + i];
    for (i32 i = first; i + 3 * size <= last; i += 3 * size) {
      i32 sums[3] = {0, 0, 0};
      for (i32 k = i; k < i + 3 * size; k += 3) {
        sums[0] += column_sums[k];
        sums[1] += column_sums[k + 1];
        sums[2] += column_sums[k + 2];
      }
      f64 r = sums[0] * red_part, g = sums[1] * green_part, b = sums[2] * blue_part;
      f64 most = r > g ? r : g, least = r > g ? g : r;
      if (b > most) most = b;
      if (b < least) least = b;
      count += most - least > limit;
    }
  }
  return count;
}

// How much darker than its tile's paper, 0 to 255.
EXPORT void darkness(const u8 *gray, i32 width, i32 height, i32 tile, const u8 *tiles, u8 *target) {
  i32 columns = (width + tile - 1) / tile;
  for (i32 y = 0; y < height; y++) {
    const u8 *p = gray + y * width;
    u8 *q = target + y * width;
    for (i32 column = 0; column < columns; column++) {
      // The least factor, of 65,536, with which whole numbers below the paper come out as by a division.
      u32 paper = tiles[y / tile * columns + column], factor = paper == 0 ? 0 : (255 * 65536 + paper - 1) / paper;
      for (i32 x = column * tile, end = min_i32(width, x + tile); x < end; x++)
        q[x] = (u8)(((p[x] < paper ? paper - p[x] : 0) * factor) >> 16);
    }
  }
}

static i32 is_clear(const u8 *image, i32 width, i32 height, i32 x, i32 y, i32 slack, i32 most) {
  for (i32 ny = max_i32(0, y - slack); ny <= min_i32(height - 1, y + slack); ny++)
    for (i32 nx = max_i32(0, x - slack); nx <= min_i32(width - 1, x + slack); nx++)
      if (image[ny * width + nx] >= most) return 0;
  return 1;
}

// For each tile the pixels whose nine sum up to `least` in `from`, with nothing of `most` within `slack` in `other`.
EXPORT void count_unmatched(const u8 *from, const u8 *other, i32 width, i32 height, i32 tile, const i32 *spans, i32 least,
                            i32 most, i32 slack, u32 *counts) {
  i32 columns = (width + tile - 1) / tile, rows = (height + tile - 1) / tile;
  v128_t least_middle = wasm_i8x16_splat((int8_t)min_i32(255, (least + 8) / 9));
  for (i32 i = 0; i < columns * rows; i++) counts[i] = 0;
  for (i32 y = 1; y < height - 1; y++)
    for (i32 x = max_i32(1, spans[2 * y]), end = min_i32(width - 1, spans[2 * y + 1]); x < end; x++) {
      const u8 *p = from + y * width + x;
      // Most of a page is paper: the middle says so, and the nine need not be added.
      if (x + 16 <= end && !wasm_v128_any_true(wasm_u8x16_ge(wasm_v128_load(p), least_middle))) {
        x += 15;
        continue;
      }
      if (p[0] * 9 < least || other[y * width + x] >= most) continue;
      const u8 *above = p - width, *below = p + width;
      i32 sum = above[-1] + above[0] + above[1] + p[-1] + p[0] + p[1] + below[-1] + below[0] + below[1];
      if (sum >= least && is_clear(other, width, height, x, y, slack, most)) counts[y / tile * columns + x / tile]++;
    }
}

#define MOST_REACH 15
#define REACH_PADDING 16
// With white around, so that the reach never asks for the borders.
static u8 near_black[2 * MOST_REACH + 1][MOST_PIXELS_OF_ROW + 2 * REACH_PADDING];
static u8 black_row[MOST_PIXELS_OF_ROW + 4 * REACH_PADDING];
static u16 three_rows[MOST_PIXELS_OF_ROW + 2 * REACH_PADDING];

// 1 where the nine pixels around sum up to less than `limit`; none along the border.
static void faint_row(const u8 *p, i32 width, i32 limit, u8 *mask) {
  const u8 *above = p - width, *below = p + width;
  i32 x = 0;
  for (; x + 8 <= width; x += 8) {
    v128_t sum = wasm_i16x8_add(wasm_u16x8_load8x8(above + x), wasm_u16x8_load8x8(below + x));
    wasm_v128_store(three_rows + x, wasm_i16x8_add(sum, wasm_u16x8_load8x8(p + x)));
  }
  for (; x < width; x++) three_rows[x] = (u16)(above[x] + p[x] + below[x]);
  v128_t limits = wasm_i16x8_splat((int16_t)limit), one = wasm_i8x16_splat(1);
  for (x = 1; x + 8 <= width - 1; x += 8) {
    v128_t sum = wasm_i16x8_add(wasm_v128_load(three_rows + x - 1), wasm_v128_load(three_rows + x + 1));
    v128_t is_faint = wasm_u16x8_lt(wasm_i16x8_add(sum, wasm_v128_load(three_rows + x)), limits);
    wasm_v128_store64_lane(mask + x, wasm_v128_and(wasm_i8x16_narrow_i16x8(is_faint, is_faint), one), 0);
  }
  for (; x < width - 1; x++) mask[x] = three_rows[x - 1] + three_rows[x] + three_rows[x + 1] < limit;
  mask[0] = mask[width - 1] = 0;
}

// 1 where the nine pixels around sum up to less than `limit` and `kept` has nothing below `drawn` within `reach`
// (at most MOST_REACH), rows and columns alike.
EXPORT void lost_ink(const u8 *gray, const u8 *kept, i32 width, i32 height, i32 limit, i32 drawn, i32 reach, u8 *mask) {
  i32 lines = 2 * reach + 1;
  v128_t drawn_below = wasm_i8x16_splat((int8_t)drawn), one = wasm_i8x16_splat(1);
  __builtin_memset(black_row, 0, sizeof black_row);
  u8 *black = black_row + REACH_PADDING;
  for (i32 y = -reach; y < height; y++) {
    i32 next = y + reach;
    u8 *row = near_black[(u32)(next) % (u32)lines];
    if (next >= height) __builtin_memset(row, 0, (u32)width);
    else {
      const u8 *p = kept + next * width;
      i32 x = 0;
      for (; x + 16 <= width; x += 16)
        wasm_v128_store(black + x, wasm_v128_and(wasm_u8x16_lt(wasm_v128_load(p + x), drawn_below), one));
      for (; x < width; x++) black[x] = p[x] < drawn;
      for (x = 0; x < width; x += 16) {
        v128_t any = wasm_v128_load(black + x);
        for (i32 shift = 1; shift <= reach; shift++)
          any = wasm_v128_or(any, wasm_v128_or(wasm_v128_load(black + x - shift), wasm_v128_load(black + x + shift)));
        wasm_v128_store(row + x, any);
      }
    }
    if (y < 0) continue;
    u8 *q = mask + y * width;
    if (y == 0 || y == height - 1 || width < 3) {
      __builtin_memset(q, 0, (u32)width);
      continue;
    }
    faint_row(gray + y * width, width, limit, q);
    for (i32 x = 0; x < width; x++) {
      if (x + 16 <= width) {
        v128_t lost = wasm_v128_load(q + x);
        if (wasm_v128_any_true(lost))
          for (i32 k = max_i32(0, reach - y); k < lines; k++)
            lost = wasm_v128_andnot(lost, wasm_v128_load(near_black[(u32)(y - reach + k) % (u32)lines] + x));
        wasm_v128_store(q + x, lost);
        x += 15;
        continue;
      }
      for (i32 k = max_i32(0, reach - y); k < lines; k++) q[x] &= near_black[(u32)(y - reach + k) % (u32)lines][x] ^ 1;
    }
  }
}

// Sums for the least squares of a surface of six terms: the upper triangle of the normal equations' matrix, each row
// followed by its right-hand side.
EXPORT void surface_sums(const f64 *terms, const f64 *weights, const u8 *values, i32 count, f64 *sums) {
  for (i32 k = 0; k < 27; k++) sums[k] = 0;
  for (i32 i = 0; i < count; i++, terms += 6) {
    f64 *sum = sums;
    for (i32 r = 0; r < 6; r++) {
      f64 weighted = weights[i] * terms[r];
      for (i32 k = r; k < 6; k++) *sum++ += weighted * terms[k];
      *sum++ += weighted * values[i];
    }
  }
}

// Runs of ink along the rows.
EXPORT i32 count_runs(const u8 *mask, i32 width, i32 height) {
  i32 count = 0;
  for (i32 y = 0; y < height; y++, mask += width) {
    count += mask[0];
    for (i32 x = 1; x < width; x++) count += mask[x] & (mask[x - 1] ^ 1);
  }
  return count;
}

typedef struct {
  i32 start, end, first;
} Run;

typedef struct {
  i32 left, right, top, bottom, area;
} Piece;

// The run that a piece begins with, as far as it is known.
static inline i32 first_of(Run *runs, i32 i) {
  while (runs[i].first != i) {
    runs[i].first = runs[runs[i].first].first;
    i = runs[i].first;
  }
  return i;
}

// Connected pieces of ink (8-neighbourhood) of at least `smallest` pixels, in the order of their first pixels; right and
// bottom are exclusive. Returns how many. `runs` and `pieces`: one for each run.
EXPORT i32 find_pieces(const u8 *mask, i32 width, i32 height, i32 smallest, Run *runs, Piece *pieces) {
  i32 count = 0, above = 0;
  for (i32 y = 0; y < height; y++, mask += width) {
    i32 row = count, candidate = above;
    for (i32 x = 0; x < width;) {
      if (!mask[x]) {
        if (x + 16 <= width && !wasm_v128_any_true(wasm_v128_load(mask + x))) x += 16;
        else x++;
        continue;
      }
      i32 start = x, first = count;
      while (x < width && mask[x]) x++;
      while (candidate < row && runs[candidate].end < start) candidate++;
      for (i32 k = candidate; k < row && runs[k].start <= x; k++) {
        i32 other = first_of(runs, k);
        if (other == first) continue;
        runs[max_i32(first, other)].first = min_i32(first, other);
        first = min_i32(first, other);
      }
      runs[count] = (Run){start, x, first};
      pieces[count++] = (Piece){start, x, y, y + 1, x - start};
    }
    above = row;
  }
  i32 found = 0;
  for (i32 i = 0; i < count; i++) {
    i32 first = first_of(runs, i);
    if (first == i) continue;
    Piece *piece = &pieces[first];
    piece->left = min_i32(piece->left, pieces[i].left);
    piece->right = max_i32(piece->right, pieces[i].right);
    piece->bottom = pieces[i].bottom;
    piece->area += pieces[i].area;
  }
  for (i32 i = 0; i < count; i++)
    if (runs[i].first == i && pieces[i].area >= smallest) pieces[found++] = pieces[i];
  return found;
}

static u8 any_in_column[MOST_PIXELS_OF_ROW + 16];

// The rectangle around all ink: left, top, right and bottom, the latter two exclusive. Returns 0 without any.
EXPORT i32 ink_box(const u8 *mask, i32 width, i32 height, i32 *box) {
  i32 top = height, bottom = 0, left = 0, right = width;
  __builtin_memset(any_in_column, 0, (u32)width);
  for (i32 y = 0; y < height; y++, mask += width) {
    v128_t any = wasm_i8x16_splat(0);
    i32 x = 0, rest = 0;
    for (; x + 16 <= width; x += 16) {
      v128_t ink = wasm_v128_load(mask + x);
      any = wasm_v128_or(any, ink);
      wasm_v128_store(any_in_column + x, wasm_v128_or(wasm_v128_load(any_in_column + x), ink));
    }
    for (; x < width; x++) {
      rest |= mask[x];
      any_in_column[x] |= mask[x];
    }
    if (!rest && !wasm_v128_any_true(any)) continue;
    top = min_i32(top, y);
    bottom = y + 1;
  }
  if (bottom == 0) return 0;
  while (!any_in_column[left]) left++;
  while (!any_in_column[right - 1]) right--;
  box[0] = left;
  box[1] = top;
  box[2] = right;
  box[3] = bottom;
  return 1;
}
