// Kernels that look for edges: of the paper on the bed, of letters on the paper. Limits come from TypeScript.
#include "samples.h"

static i32 sums_to[MOST_PIXELS_OF_ROW + 16];

// For each line but the first and the last, `pitch` steps: how much brighter (negative: darker) the `reach` pixels behind
// each position from 2 to `limit` are than those before it, over three lines. Near the border the outer window is shorter,
// so that a strip of 1 mm of bed is still seen. Pitch: limit + 2 and more.
EXPORT void step_profiles(const u8 *image, i32 start, i32 line_stride, i32 depth_stride, i32 lines, i32 limit, i32 reach,
                          i32 pitch, f32 *profiles) {
  f64 inner_part = 1.0 / (3 * reach);
  for (i32 line = 1; line < lines - 1; line++, profiles += pitch) {
    const u8 *p = image + start + line * line_stride;
    sums_to[0] = 0;
    for (i32 d = 0; d < limit + reach + 1; d++, p += depth_stride)
      sums_to[d + 1] = sums_to[d] + p[0] + p[-line_stride] + p[line_stride];
    for (i32 d = 0; d < pitch; d++) profiles[d] = 0;
    for (i32 d = 2; d <= limit; d++) {
      i32 outer = min_i32(d, reach);
      f64 outer_part = outer == reach ? inner_part : 1.0 / (3 * outer);
      profiles[d] = (f32)((sums_to[d + reach] - sums_to[d]) * inner_part - (sums_to[d] - sums_to[d - outer]) * outer_part);
    }
  }
}

static inline f32 size_of(f32 value) { return value < 0 ? -value : value; }

// The outermost steps of each line of at least `threshold`, three at most, each with half of the weight of the one before,
// at positions finer than a pixel. Returns how many.
EXPORT i32 strongest_steps(const f32 *profiles, i32 pitch, i32 count, i32 limit, i32 reach, f32 threshold, i32 *lines,
                           f64 *depths, f32 *weights) {
  i32 found = 0;
  for (i32 line = 1; line <= count; line++, profiles += pitch) {
    f32 weight = 1;
    for (i32 d = 2; d <= limit && weight > 0.2f; d++) {
      if (size_of(profiles[d]) < threshold) continue;
      i32 peak = d;
      for (i32 k = d; k <= min_i32(limit, peak + reach); k++)
        if (size_of(profiles[k]) > size_of(profiles[peak])) peak = k;
      f64 before = size_of(profiles[peak - 1]), here = size_of(profiles[peak]), after = size_of(profiles[peak + 1]);
      f64 curvature = before - 2 * here + after, shift = curvature < 0 ? 0.5 * (before - after) / curvature : 0;
      lines[found] = line;
      depths[found] = peak + (shift < -0.5 ? -0.5 : shift > 0.5 ? 0.5 : shift);
      weights[found++] = weight;
      weight *= 0.5f;
      d = peak + reach;
    }
  }
  return found;
}

// The straight line with most of the weight near it: slopes from `first`, offsets in bins of two pixels, of which bin
// `padding` is the one of offset 0. Returns slope x bin_count + bin, or -1 without any.
EXPORT i32 strongest_line(const i32 *lines, const f64 *depths, const f32 *weights, i32 count, f64 first, f64 step,
                          i32 slopes, i32 padding, f32 *bins, i32 bin_count) {
  i32 best = -1;
  f32 best_score = 0;
  for (i32 k = 0; k < slopes; k++) {
    f64 slope = first + k * step;
    for (i32 i = 0; i < bin_count; i++) bins[i] = 0;
    for (i32 i = 0; i < count; i++) {
      i32 bin = (i32)((depths[i] - slope * lines[i]) * 0.5 + padding + 0.5);
      if (bin > 0 && bin < bin_count - 1) bins[bin] += weights[i];
    }
    for (i32 i = 1; i < bin_count - 1; i++) {
      f32 score = bins[i] + 0.5f * (bins[i - 1] + bins[i + 1]);
      if (score <= best_score) continue;
      best_score = score;
      best = k * bin_count + i;
    }
  }
  return best;
}

static u8 levels[MOST_PIXELS_OF_ROW];

// Where the level is crossed between start and end, finer than a pixel.
static f64 crossing(i32 start, i32 end, f64 level) {
  for (i32 k = start; k < end; k++)
    if (levels[k] >= level && levels[k + 1] < level) return k + (levels[k] - level) / max_i32(1, levels[k] - levels[k + 1]);
  return end;
}

// Falling edges of at least `amplitude` on every `line_step`-th line: how wide each is from 10 to 90 %, its line, where it
// begins. Returns how many, `most` at most.
EXPORT i32 falling_edges(const u8 *image, i32 lines, i32 length, i32 line_stride, i32 stride, i32 line_step, i32 amplitude,
                         i32 most, f64 *widths, i32 *at_lines, i32 *starts) {
  i32 found = 0;
  for (i32 line = line_step; line < lines - 1; line += line_step) {
    const u8 *p = image + line * line_stride;
    for (i32 k = 0; k < length; k++) levels[k] = p[k * stride];
    for (i32 k = 1; k < length - 1; k++) {
      // A run that falls without rising again by more than noise.
      i32 start = k, end = k, lowest = levels[k];
      while (k < length - 1 && levels[k + 1] <= lowest + 4) {
        k++;
        if (levels[k] < lowest) {
          lowest = levels[k];
          end = k;
        }
        if (k - end > 3) break;
      }
      i32 fall = levels[start] - lowest;
      if (fall < amplitude) continue;
      if (found == most) return found;
      widths[found] = crossing(start, end, lowest + 0.1 * fall) - crossing(start, end, lowest + 0.9 * fall);
      at_lines[found] = line;
      starts[found++] = start;
    }
  }
  return found;
}
