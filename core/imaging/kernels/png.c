// The data of a PNG (ISO/IEC 15948: filter type 3; RFC 1950 and 1951), made for scans: their noise has no repetitions that
// a search would find, so that one pass of Huffman codes is as small as a fast deflate and takes a fraction of its time.
// Runs of zero, which flat surfaces filter to, are the only matches.
#include "samples.h"

#define LITERALS 256
#define END 256
#define SYMBOLS 286
#define LONGEST_CODE 12
#define LONGEST_RUN 258
#define LONGEST_ROW (MOST_PIXELS_OF_ROW * 3)
#define ROWS_OF_BLOCK 256
#define SAMPLED_EACH 8
#define AVERAGE_FILTER 3

static u8 filtered[LONGEST_ROW + 32];
static u8 row_before_first[LONGEST_ROW + 32];
static u32 counts[SYMBOLS];
static u8 code_lengths[SYMBOLS];
static u32 codes[SYMBOLS];

typedef struct {
  uint64_t bits;
  i32 filled;
  u8 *at;
} BitWriter;

static inline void put(BitWriter *w, u32 value, i32 length) {
  w->bits |= (uint64_t)value << w->filled;
  w->filled += length;
}

// Leaves less than eight bits; 56 may be put before the next.
static inline void flush(BitWriter *w) {
  __builtin_memcpy(w->at, &w->bits, 8);
  w->at += w->filled >> 3;
  w->bits >>= w->filled & ~7;
  w->filled &= 7;
}

// Each byte less the mean of its left and its upper neighbour.
static void filter_row(const u8 *row, const u8 *above, i32 length, i32 channels) {
  for (i32 i = 0; i < channels; i++) filtered[i] = (u8)(row[i] - (above[i] >> 1));
  i32 i = channels;
  v128_t one = wasm_i8x16_splat(1);
  for (; i + 16 <= length; i += 16) {
    v128_t left = wasm_v128_load(row + i - channels), up = wasm_v128_load(above + i);
    v128_t odd = wasm_v128_and(wasm_v128_xor(left, up), one);
    v128_t mean = wasm_i8x16_sub(wasm_u8x16_avgr(left, up), odd);
    wasm_v128_store(filtered + i, wasm_i8x16_sub(wasm_v128_load(row + i), mean));
  }
  for (; i < length; i++) filtered[i] = (u8)(row[i] - ((row[i - channels] + above[i]) >> 1));
}

static i32 zeros_from(i32 start, i32 length) {
  i32 i = start;
  while (i + 16 <= length && !wasm_v128_any_true(wasm_v128_load(filtered + i))) i += 16;
  while (i < length && filtered[i] == 0) i++;
  return i - start;
}

typedef struct {
  i32 symbol, extra_bits, extra;
} RunLength;

// RFC 1951 3.2.5.
static RunLength run_of(i32 length) {
  if (length == LONGEST_RUN) return (RunLength){285, 0, 0};
  i32 value = length - 3;
  if (value < 8) return (RunLength){257 + value, 0, 0};
  i32 extra_bits = 29 - __builtin_clz((u32)value), base = value >> extra_bits;
  return (RunLength){257 + 4 * extra_bits + base, extra_bits, value & ((1 << extra_bits) - 1)};
}

#define SHORTEST_RUN 16

// A rest of one or two would need literals: the run before it is made shorter.
static inline i32 part_of(i32 left) {
  return left > LONGEST_RUN && left < LONGEST_RUN + 3 ? left - 3 : min_i32(left, LONGEST_RUN);
}

// Counts what write_row writes, but that it looks for runs at every eighth byte. Each symbol has a code in any case.
static void count_row(i32 length) {
  counts[AVERAGE_FILTER]++;
  for (i32 i = 0; i < length;) {
    i32 run = i + 16 <= length && !wasm_v128_any_true(wasm_v128_load(filtered + i)) ? zeros_from(i, length) : 0;
    if (run < SHORTEST_RUN) {
      for (i32 end = min_i32(i + 16, length); i < end; i++) counts[filtered[i]]++;
      continue;
    }
    counts[0]++;
    for (i32 left = run - 1; left > 0;) {
      i32 part = part_of(left);
      counts[run_of(part).symbol]++;
      left -= part;
    }
    i += run;
  }
}

static inline void put_symbol(BitWriter *w, i32 symbol) { put(w, codes[symbol], code_lengths[symbol]); }

// Two literals, the first in the lower byte: both codes, and their length above LENGTH_AT.
static u32 pair_codes[LITERALS * LITERALS];
#define LENGTH_AT (2 * LONGEST_CODE)

#define CODE_OF(pair) (pair & ((1 << LENGTH_AT) - 1))

static inline void put_run(BitWriter *w, i32 run) {
  put_symbol(w, 0);
  flush(w);
  for (i32 left = run - 1; left > 0;) {
    i32 part = part_of(left);
    RunLength length_code = run_of(part);
    put_symbol(w, length_code.symbol);
    put(w, (u32)length_code.extra, length_code.extra_bits);
    // The only distance, one, has a code of one bit.
    put(w, 0, 1);
    flush(w);
    left -= part;
  }
}

static void write_row(BitWriter *writer, i32 length) {
  BitWriter w = *writer;
  put_symbol(&w, AVERAGE_FILTER);
  flush(&w);
  i32 i = 0;
  while (i + 8 <= length) {
    uint64_t eight;
    __builtin_memcpy(&eight, filtered + i, 8);
    i32 run = eight == 0 ? zeros_from(i, length) : 0;
    if (run >= SHORTEST_RUN) {
      put_run(&w, run);
      i += run;
      continue;
    }
    u32 a = pair_codes[eight & 0xFFFF], b = pair_codes[(eight >> 16) & 0xFFFF];
    u32 c = pair_codes[(eight >> 32) & 0xFFFF], d = pair_codes[eight >> 48];
    u32 of_a = a >> LENGTH_AT, of_b = b >> LENGTH_AT, of_c = c >> LENGTH_AT, of_d = d >> LENGTH_AT;
    w.bits |= (CODE_OF(a) | (uint64_t)CODE_OF(b) << of_a) << w.filled;
    w.filled += (i32)(of_a + of_b);
    flush(&w);
    w.bits |= (CODE_OF(c) | (uint64_t)CODE_OF(d) << of_c) << w.filled;
    w.filled += (i32)(of_c + of_d);
    flush(&w);
    i += 8;
  }
  for (; i < length; i++) {
    put_symbol(&w, filtered[i]);
    flush(&w);
  }
  *writer = w;
}

// Lengths of Huffman codes of at most LONGEST_CODE bits. Every symbol gets one: only some rows are counted before.
static void make_lengths(void) {
  static i32 order[SYMBOLS], parents[2 * SYMBOLS];
  static u32 weights[2 * SYMBOLS];
  for (i32 i = 0; i < SYMBOLS; i++) {
    i32 k = i;
    for (; k > 0 && counts[order[k - 1]] > counts[i]; k--) order[k] = order[k - 1];
    order[k] = i;
  }
  for (i32 i = 0; i < SYMBOLS; i++) weights[i] = counts[order[i]];
  i32 leaf = 0, node = SYMBOLS, next = SYMBOLS;
  for (; next < 2 * SYMBOLS - 1; next++) {
    u32 sum = 0;
    for (i32 k = 0; k < 2; k++) {
      i32 taken = leaf < SYMBOLS && (node >= next || weights[leaf] <= weights[node]) ? leaf++ : node++;
      sum += weights[taken];
      parents[taken] = next;
    }
    weights[next] = sum;
  }
  static u8 depths[2 * SYMBOLS];
  depths[2 * SYMBOLS - 2] = 0;
  u32 used = 0;
  for (i32 i = 2 * SYMBOLS - 3; i >= 0; i--) {
    depths[i] = (u8)(depths[parents[i]] + 1);
    if (i < SYMBOLS) used += 1u << (LONGEST_CODE - min_i32(depths[i], LONGEST_CODE));
  }
  for (i32 i = 0; i < SYMBOLS; i++) depths[i] = (u8)min_i32(depths[i], LONGEST_CODE);
  // Shortened codes took too much room: the rarest of the shorter ones give it back.
  for (i32 i = 0; used > 1u << LONGEST_CODE; i = i + 1 < SYMBOLS ? i + 1 : 0)
    if (depths[i] < LONGEST_CODE) {
      depths[i]++;
      used -= 1u << (LONGEST_CODE - depths[i]);
    }
  // And what is left of it goes to the most frequent that it suffices for: a decoder refuses codes that are not complete.
  for (i32 i = SYMBOLS - 1; used < 1u << LONGEST_CODE; i = i > 0 ? i - 1 : SYMBOLS - 1) {
    u32 room = 1u << (LONGEST_CODE - depths[i]);
    if (depths[i] == 1 || used + room > 1u << LONGEST_CODE) continue;
    used += room;
    depths[i]--;
  }
  for (i32 i = 0; i < SYMBOLS; i++) code_lengths[order[i]] = depths[i];
}

static void make_codes(void) {
  u32 next[LONGEST_CODE + 2] = {0}, amounts[LONGEST_CODE + 1] = {0};
  for (i32 i = 0; i < SYMBOLS; i++) amounts[code_lengths[i]]++;
  for (i32 length = 1; length <= LONGEST_CODE; length++) next[length + 1] = (next[length] + amounts[length]) << 1;
  for (i32 i = 0; i < SYMBOLS; i++) {
    u32 code = next[code_lengths[i]]++, reversed = 0;
    for (i32 k = 0; k < code_lengths[i]; k++) reversed |= ((code >> k) & 1) << (code_lengths[i] - 1 - k);
    codes[i] = reversed;
  }
  for (i32 second = 0; second < LITERALS; second++)
    for (i32 first = 0; first < LITERALS; first++)
      pair_codes[first | second << 8] = codes[first] | codes[second] << code_lengths[first] |
                                        (u32)(code_lengths[first] + code_lengths[second]) << LENGTH_AT;
}

// A block with codes of its own: RFC 1951 3.2.7. Lengths are written one by one, each with a code of four bits.
static void begin_block(BitWriter *w, i32 is_last) {
  static const u8 order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  put(w, (u32)is_last | 2 << 1, 3);
  put(w, SYMBOLS - 257, 5);
  put(w, 0, 5);
  put(w, 19 - 4, 4);
  flush(w);
  for (i32 i = 0; i < 19; i++) {
    put(w, order[i] < 16 ? 4 : 0, 3);
    flush(w);
  }
  for (i32 i = 0; i <= SYMBOLS; i++) {
    u32 length = i < SYMBOLS ? code_lengths[i] : 1;
    u32 reversed = (length & 1) << 3 | (length & 2) << 1 | (length & 4) >> 1 | (length & 8) >> 3;
    put(w, reversed, 4);
    flush(w);
  }
}

typedef struct {
  u32 a, b;
} Adler;

static void add_to_adler(Adler *adler, const u8 *data, i32 length) {
  u32 a = adler->a, b = adler->b;
  v128_t weights_low = wasm_i16x8_make(16, 15, 14, 13, 12, 11, 10, 9), weights_high = wasm_i16x8_make(8, 7, 6, 5, 4, 3, 2, 1);
  i32 i = 0;
  while (i + 16 <= length) {
    // 5,552 bytes fit before the sums overflow.
    i32 end = min_i32(length & ~15, i + 5536);
    v128_t sum = wasm_i32x4_splat(0), before = wasm_i32x4_splat(0), weighted = wasm_i32x4_splat(0);
    u32 steps = (u32)(end - i) >> 4;
    for (; i < end; i += 16) {
      v128_t bytes = wasm_v128_load(data + i);
      before = wasm_i32x4_add(before, sum);
      sum = wasm_i32x4_add(sum, wasm_u32x4_extadd_pairwise_u16x8(wasm_u16x8_extadd_pairwise_u8x16(bytes)));
      weighted = wasm_i32x4_add(weighted, wasm_i32x4_dot_i16x8(wasm_u16x8_extend_low_u8x16(bytes), weights_low));
      weighted = wasm_i32x4_add(weighted, wasm_i32x4_dot_i16x8(wasm_u16x8_extend_high_u8x16(bytes), weights_high));
    }
#define TOTAL(v) \
  ((uint64_t)(u32)wasm_i32x4_extract_lane(v, 0) + (u32)wasm_i32x4_extract_lane(v, 1) + \
   (u32)wasm_i32x4_extract_lane(v, 2) + (u32)wasm_i32x4_extract_lane(v, 3))
    b = (u32)((b + (uint64_t)a * 16 * steps + 16 * TOTAL(before) + TOTAL(weighted)) % 65521);
    a = (u32)((a + TOTAL(sum)) % 65521);
  }
  for (; i < length; i++) {
    a = (a + data[i]) % 65521;
    b = (b + a) % 65521;
  }
  adler->a = a;
  adler->b = b;
}

// The zlib stream of an image of one or three bytes a pixel. Returns its length. Target: one and a half times the samples,
// and 1,024 bytes for each 256 rows, and as much again.
EXPORT i32 png_deflate(const u8 *samples, i32 width, i32 height, i32 channels, u8 *target) {
  i32 length = width * channels;
  for (i32 i = 0; i < length; i++) row_before_first[i] = 0;
  target[0] = 0x78;
  target[1] = 0x01;
  BitWriter w = {0, 0, target + 2};
  Adler adler = {1, 0};
  u8 filter = AVERAGE_FILTER;
  for (i32 first = 0; first < height; first += ROWS_OF_BLOCK) {
    i32 end = min_i32(height, first + ROWS_OF_BLOCK);
    for (i32 i = 0; i < SYMBOLS; i++) counts[i] = 1;
    for (i32 y = first; y < end; y += SAMPLED_EACH) {
      const u8 *row = samples + (u32)y * length;
      filter_row(row, y == 0 ? row_before_first : row - length, length, channels);
      count_row(length);
    }
    make_lengths();
    make_codes();
    begin_block(&w, end == height);
    for (i32 y = first; y < end; y++) {
      const u8 *row = samples + (u32)y * length;
      filter_row(row, y == 0 ? row_before_first : row - length, length, channels);
      add_to_adler(&adler, &filter, 1);
      add_to_adler(&adler, filtered, length);
      write_row(&w, length);
    }
    put_symbol(&w, END);
    flush(&w);
  }
  w.filled = (w.filled + 7) & ~7;
  flush(&w);
  u32 check = adler.b << 16 | adler.a;
  for (i32 i = 3; i >= 0; i--) *w.at++ = (u8)(check >> (8 * i));
  return (i32)(w.at - target);
}
