/* Rows as the wire wants them, collected into strips. */
#ifndef VENTANILLA_TWAIN_ROWS_H
#define VENTANILLA_TWAIN_ROWS_H

#include "profile.h"

#include <stdint.h>

typedef struct {
  ColorMode mode;
  int width;
  /* Bytes of a row on the wire. */
  size_t packed;
  /* 0 and 1, or black and white, are the other way round. */
  bool is_inverted;
  /* Blue comes before red, as in bitmaps. */
  bool is_bgr;
  /* Grey levels of a bitmap's palette; NULL where the samples are the levels. */
  const uint8_t *levels;
  uint64_t rows;
  uint64_t bytes;
  size_t used;
  DWORD started;
} RowSink;

void rows_start(RowSink *sink, ColorMode mode, int width);

/* Adds one row; sends a strip when one is full, or when the last one left long ago. False when the session is over. */
bool rows_add(RowSink *sink, const uint8_t *row);

/* Sends what is left. */
bool rows_finish(RowSink *sink);

#endif
