// What all kernels share. All images are row-major without padding; angles come as cosine and sine; nothing allocates: the
// caller owns memory. Sums and limits are whole numbers or IEEE arithmetic in a fixed order: the same samples give the same
// bytes.
#pragma once
#include <stdint.h>
#include <wasm_simd128.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef int32_t i32;
typedef float f32;
typedef double f64;
#define EXPORT __attribute__((visibility("default")))

static inline i32 min_i32(i32 a, i32 b) { return a < b ? a : b; }
static inline i32 max_i32(i32 a, i32 b) { return a > b ? a : b; }

// Scratch for rows; kernels do not run at the same time in one memory.
#define MOST_PIXELS_OF_ROW 32000
