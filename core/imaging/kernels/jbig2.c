// JBIG2 generic region (ITU-T T.88 6.2 with template 0 and typical prediction; the MQ coder of annex E)
// Every pixel is coded as it is. Symbols are never looked for: a coder that reuses similar shapes may swap figures.
#include "samples.h"

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

// A context: index of its state x 2 + the likelier pixel. What each becomes stands in one table.
static u8 contexts[65536];
static struct {
  u16 estimate;
  u8 after_likely, after_unlikely;
} steps[2 * 47];
#define TYPICAL_CONTEXT 0x9B25

// Three rows of one byte a pixel with white around, so that the template never asks for its borders.
#define ROW_PADDING 32
static u8 pixel_rows[3][MOST_PIXELS_OF_ROW + 2 * ROW_PADDING];

static void clear_region_state(void) {
  __builtin_memset(contexts, 0, sizeof contexts);
  __builtin_memset(pixel_rows, 0, sizeof pixel_rows);
  for (u32 i = 0; i < 2 * 47; i++) {
    const CoderState *state = &coder_states[i >> 1];
    steps[i].estimate = (u16)state->estimate;
    steps[i].after_likely = (u8)(state->after_likely << 1 | (i & 1));
    steps[i].after_unlikely = (u8)(state->after_unlikely << 1 | ((i & 1) ^ state->swaps));
  }
}

// The template of 16 pixels: five of the row before the last, seven of the last, four of this one.
typedef struct {
  const u8 *second, *above;
  u32 high, middle, low;
} Template;

static inline void start_at(Template *t, i32 x) {
  t->high = t->middle = t->low = 0;
  for (i32 k = -2; k <= 2; k++) t->high = t->high << 1 | t->second[x + k];
  for (i32 k = -3; k <= 3; k++) t->middle = t->middle << 1 | t->above[x + k];
}

static inline u32 context_of(const Template *t) { return t->high << 11 | t->middle << 4 | t->low; }

static inline void advance(Template *t, i32 x, u32 pixel) {
  t->high = (t->high << 1 | t->second[x + 3]) & 31;
  t->middle = (t->middle << 1 | t->above[x + 4]) & 127;
  t->low = (t->low << 1 | pixel) & 15;
}

// For how many pixels from x on the template stays white, as long as `row` does; `row` itself counts where it is known.
static inline i32 white_run(const Template *t, const u8 *row, i32 x, i32 width) {
  i32 end = x;
  while (end < width) {
    v128_t black = wasm_v128_or(wasm_v128_load(t->above + end + 3), wasm_v128_load(t->second + end + 2));
    if (row) black = wasm_v128_or(black, wasm_v128_load(row + end));
    u32 where = (u32)wasm_i8x16_bitmask(wasm_i8x16_ne(black, wasm_i8x16_splat(0)));
    if (where) {
      end += __builtin_ctz(where);
      break;
    }
    end += 16;
  }
  return min_i32(end, width) - x;
}

typedef struct {
  u32 code, interval;
  i32 shifts;
  u8 *byte, *start;
} Encoder;

static inline void put_coded_byte(Encoder *e) {
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
  u32 estimate = steps[*context].estimate;
  e->interval -= estimate;
  if (pixel == (*context & 1)) {
    if (e->interval & 0x8000) {
      e->code += estimate;
      return;
    }
    if (e->interval < estimate) e->interval = estimate;
    else e->code += estimate;
    *context = steps[*context].after_likely;
  } else {
    if (e->interval < estimate) e->code += estimate;
    else e->interval = estimate;
    *context = steps[*context].after_unlikely;
  }
  do {
    e->interval <<= 1;
    e->code <<= 1;
    if (--e->shifts == 0) put_coded_byte(e);
  } while (!(e->interval & 0x8000));
}

// Most of a page: white pixels amid white. As many at once as leave the state as it is.
static inline void encode_white(Encoder *e, i32 count) {
  while (count > 0) {
    if (!(contexts[0] & 1)) {
      u32 estimate = steps[contexts[0]].estimate, many = (e->interval - 0x8000) / estimate;
      if (many > (u32)count) many = (u32)count;
      e->interval -= many * estimate;
      e->code += many * estimate;
      count -= (i32)many;
      if (count == 0) return;
    }
    encode_pixel(e, &contexts[0], 0);
    count--;
  }
}

static i32 unpack_row(const u8 *bits, i32 width, u8 *row, const u8 *above) {
  v128_t places = wasm_u8x16_make(128, 64, 32, 16, 8, 4, 2, 1, 128, 64, 32, 16, 8, 4, 2, 1);
  v128_t one = wasm_i8x16_splat(1), differs = wasm_i8x16_splat(0);
  i32 x = 0, rest = 0;
  for (; x + 16 <= width; x += 16) {
    v128_t two = wasm_v128_load16_splat(bits + (x >> 3));
    v128_t spread = wasm_i8x16_shuffle(two, two, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
    v128_t pixels = wasm_v128_and(wasm_i8x16_eq(wasm_v128_and(spread, places), places), one);
    differs = wasm_v128_or(differs, wasm_v128_xor(pixels, wasm_v128_load(above + x)));
    wasm_v128_store(row + x, pixels);
  }
  for (; x < width; x++) {
    row[x] = (bits[x >> 3] >> (7 - (x & 7))) & 1;
    rest |= row[x] ^ above[x];
  }
  return !rest && !wasm_v128_any_true(differs);
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
    Template t = {second, above, 0, 0, 0};
    start_at(&t, 0);
    for (i32 x = 0; x < width;) {
      u32 context = context_of(&t);
      i32 run = context == 0 ? white_run(&t, row, x, width) : 0;
      if (run > 0) {
        encode_white(&e, run);
        x += run;
        start_at(&t, x);
        continue;
      }
      encode_pixel(&e, &contexts[context], row[x]);
      advance(&t, x, row[x]);
      x++;
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
  u32 estimate = steps[*context].estimate, pixel = *context & 1;
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
    *context = steps[*context].after_unlikely;
  } else {
    *context = steps[*context].after_likely;
  }
  do {
    if (d->shifts == 0) take_coded_byte(d);
    d->interval <<= 1;
    d->code <<= 1;
    d->shifts--;
  } while (!(d->interval & 0x8000));
  return pixel;
}

// As many white pixels at once as leave the state as it is; returns how many of `most`.
static inline i32 decode_white(Decoder *d, i32 most) {
  if (contexts[0] & 1) return 0;
  u32 estimate = steps[contexts[0]].estimate, many = (d->interval - 0x8000) / estimate, coded = (d->code >> 16) / estimate;
  if (many > coded) many = coded;
  if (many > (u32)most) many = (u32)most;
  d->interval -= many * estimate;
  d->code -= (many * estimate) << 16;
  return (i32)many;
}

static void pack_row(const u8 *row, i32 width, u8 *bits) {
  for (i32 x = 0; x < width; x += 16) {
    v128_t pixels = wasm_v128_load(row + x);
    v128_t reversed = wasm_i8x16_shuffle(pixels, pixels, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8);
    u32 black = (u32)wasm_i8x16_bitmask(wasm_i8x16_ne(reversed, wasm_i8x16_splat(0)));
    bits[x >> 3] = (u8)black;
    if (x + 8 < width) bits[(x >> 3) + 1] = (u8)(black >> 8);
  }
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
    if (is_typical) {
      __builtin_memcpy(row, above, (u32)width);
      pack_row(row, width, target);
      continue;
    }
    Template t = {second, above, 0, 0, 0};
    start_at(&t, 0);
    for (i32 x = 0; x < width;) {
      u32 context = context_of(&t);
      i32 run = context == 0 ? decode_white(&d, white_run(&t, 0, x, width)) : 0;
      if (run > 0) {
        __builtin_memset(row + x, 0, (u32)run);
        x += run;
        start_at(&t, x);
        continue;
      }
      row[x] = (u8)decode_pixel(&d, &contexts[context]);
      advance(&t, x, row[x]);
      x++;
    }
    pack_row(row, width, target);
  }
}
