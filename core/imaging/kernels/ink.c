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

// Turns by a quarter, counter-clockwise: what ran downwards then runs to the right.
EXPORT void quarter_turn_back(const u8 *mask, i32 width, i32 height, u8 *turned) {
  for (i32 by = 0; by < height; by += 32)
    for (i32 bx = 0; bx < width; bx += 32)
      for (i32 x = bx; x < min_i32(bx + 32, width); x++) {
        u8 *q = turned + (width - 1 - x) * height;
        for (i32 y = by; y < min_i32(by + 32, height); y++) q[y] = mask[y * width + x];
      }
}

static i32 run_starts[MOST_PIXELS_OF_ROW];

// Clears straight runs, along rows and columns, of more than `longest` pixels; returns how much ink is left.
EXPORT i32 clear_rules(const u8 *mask, i32 width, i32 height, i32 longest, u8 *kept) {
  __builtin_memcpy(kept, mask, (u32)(width * height));
  for (i32 x = 0; x < width; x++) run_starts[x] = 0;
  for (i32 y = 0; y <= height; y++) {
    const u8 *p = mask + y * width;
    for (i32 x = 0; x < width; x++) {
      if (y < height && p[x]) continue;
      if (y - run_starts[x] > longest)
        for (i32 k = run_starts[x]; k < y; k++) kept[k * width + x] = 0;
      run_starts[x] = y + 1;
    }
    if (y == height) break;
    for (i32 x = 0, start = 0; x <= width; x++) {
      if (x < width && p[x]) continue;
      if (x - start > longest)
        for (i32 k = start; k < x; k++) kept[y * width + k] = 0;
      start = x + 1;
    }
  }
  i32 count = 0;
  for (i32 i = 0; i < width * height; i++) count += kept[i];
  return count;
}

// Mean of each pixel and its four neighbours; the first and the last row stay as they are.
EXPORT void soften(const u8 *gray, i32 width, i32 height, u8 *target) {
  __builtin_memcpy(target, gray, (u32)(width * height));
  for (i32 i = width; i < (height - 1) * width; i++) {
    u32 sum = gray[i] + gray[i - 1] + gray[i + 1] + gray[i - width] + gray[i + width];
    target[i] = (u8)((sum * 52429) >> 18);
  }
}

// For each square: the sum of its pixels, and of how much each differs from its right or lower neighbour.
EXPORT void square_changes(const u8 *gray, i32 width, i32 size, i32 columns, i32 rows, u32 *sums, u32 *changes) {
  for (i32 row = 0; row < rows; row++)
    for (i32 column = 0; column < columns; column++) {
      u32 sum = 0, change = 0;
      for (i32 y = row * size; y < (row + 1) * size; y++) {
        const u8 *p = gray + y * width + column * size;
        for (i32 x = 0; x < size; x++) {
          i32 right = p[x] - p[x + 1], below = p[x] - p[x + width];
          sum += p[x];
          change += (u32)max_i32(right < 0 ? -right : right, below < 0 ? -below : below);
        }
      }
      sums[row * columns + column] = sum;
      changes[row * columns + column] = change;
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

// Squares, row by row from the paper's left edge, whose mean colour stands out from the paper's.
EXPORT i32 count_colored(const u8 *rgb, i32 width, i32 size, i32 rows, const i32 *spans, f64 red, f64 green, f64 blue,
                         f64 limit) {
  i32 count = 0;
  f64 area = size * size;
  for (i32 row = 0; row < rows; row++)
    for (i32 x = spans[2 * row]; x + size <= spans[2 * row + 1]; x += size) {
      i32 sums[3] = {0, 0, 0};
      for (i32 y = row * size; y < (row + 1) * size; y++) {
        const u8 *p = rgb + (y * width + x) * 3;
        for (i32 k = 0; k < size; k++, p += 3) {
          sums[0] += p[0];
          sums[1] += p[1];
          sums[2] += p[2];
        }
      }
      f64 r = sums[0] / area / red, g = sums[1] / area / green, b = sums[2] / area / blue;
      f64 most = r > g ? r : g, least = r > g ? g : r;
      if (b > most) most = b;
      if (b < least) least = b;
      count += most - least > limit;
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
      i32 paper = tiles[y / tile * columns + column];
      f64 factor = 255.0 / paper;
      for (i32 x = column * tile, end = min_i32(width, x + tile); x < end; x++)
        q[x] = p[x] < paper ? (u8)((paper - p[x]) * factor) : 0;
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
  for (i32 i = 0; i < columns * rows; i++) counts[i] = 0;
  for (i32 y = 1; y < height - 1; y++)
    for (i32 x = max_i32(1, spans[2 * y]), end = min_i32(width - 1, spans[2 * y + 1]); x < end; x++) {
      const u8 *p = from + y * width + x;
      // Most of a page is paper: the middle says so, and the nine need not be added.
      if (p[0] * 9 < least || other[y * width + x] >= most) continue;
      const u8 *above = p - width, *below = p + width;
      i32 sum = above[-1] + above[0] + above[1] + p[-1] + p[0] + p[1] + below[-1] + below[0] + below[1];
      if (sum >= least && is_clear(other, width, height, x, y, slack, most)) counts[y / tile * columns + x / tile]++;
    }
}

#define MOST_REACH 15
static u8 near_black[2 * MOST_REACH + 1][MOST_PIXELS_OF_ROW];

// 1 where the nine pixels around sum up to less than `limit` and `kept` has nothing below `drawn` within `reach`
// (at most MOST_REACH), rows and columns alike.
EXPORT void lost_ink(const u8 *gray, const u8 *kept, i32 width, i32 height, i32 limit, i32 drawn, i32 reach, u8 *mask) {
  i32 pixels = width * height, lines = 2 * reach + 1;
  for (i32 i = 0; i < pixels; i++) mask[i] = 0;
  for (i32 i = width + 1; i < pixels - width - 1; i++) {
    const u8 *p = gray + i, *above = p - width, *below = p + width;
    i32 sum = above[-1] + above[0] + above[1] + p[-1] + p[0] + p[1] + below[-1] + below[0] + below[1];
    mask[i] = sum < limit;
  }
  for (i32 y = -reach; y < height; y++) {
    i32 next = y + reach;
    u8 *row = near_black[(u32)(next) % (u32)lines];
    for (i32 x = 0; x < width; x++) row[x] = 0;
    if (next < height) {
      const u8 *p = kept + next * width;
      for (i32 shift = -reach; shift <= reach; shift++)
        for (i32 x = max_i32(0, -shift), end = min_i32(width, width - shift); x < end; x++) row[x] |= p[x + shift] < drawn;
    }
    if (y < 0) continue;
    u8 *q = mask + y * width;
    for (i32 k = 0; k < lines; k++) {
      if (y - reach + k < 0) continue;
      const u8 *near = near_black[(u32)(y - reach + k) % (u32)lines];
      for (i32 x = 0; x < width; x++) q[x] &= near[x] ^ 1;
    }
  }
}
