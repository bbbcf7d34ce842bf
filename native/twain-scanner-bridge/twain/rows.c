#include "rows.h"

#include "frames.h"

#include <string.h>

/* A slow scanner shows progress: a strip leaves after this long even when it is not full. */
#define STRIP_MS 500

static uint8_t strip[STRIP_BYTES];

void rows_start(RowSink *sink, ColorMode mode, int width)
{
  size_t bits = (size_t)width * (mode == MODE_BITONAL ? 1 : mode == MODE_GRAY ? 8 : 24);
  memset(sink, 0, sizeof *sink);
  sink->mode = mode;
  sink->width = width;
  sink->packed = (bits + 7) / 8;
  sink->started = GetTickCount();
}

static bool flush(RowSink *sink)
{
  size_t length = sink->used;
  sink->used = 0;
  if (length > 0 && !frames_strip(strip, length)) return false;
  sink->bytes += length;
  sink->started = GetTickCount();
  return true;
}

static void convert(const RowSink *sink, uint8_t *to, const uint8_t *from)
{
  uint8_t flip = sink->is_inverted ? 0xff : 0;
  if (sink->is_bgr) {
    for (size_t at = 0; at + 2 < sink->packed; at += 3) {
      to[at] = from[at + 2];
      to[at + 1] = from[at + 1];
      to[at + 2] = from[at];
    }
  } else if (sink->levels != NULL) {
    for (size_t at = 0; at < sink->packed; at += 1) to[at] = sink->levels[from[at]];
  } else {
    for (size_t at = 0; at < sink->packed; at += 1) to[at] = from[at] ^ flip;
  }
  /* What fills the last byte of a bitonal row is not image: white, whatever the source left there. */
  if (sink->mode == MODE_BITONAL && sink->width % 8 != 0) to[sink->packed - 1] &= (uint8_t)(0xff << (8 - sink->width % 8));
}

bool rows_add(RowSink *sink, const uint8_t *row)
{
  if (sink->packed > sizeof strip) return false;
  if (sink->used + sink->packed > sizeof strip && !flush(sink)) return false;
  convert(sink, strip + sink->used, row);
  sink->used += sink->packed;
  sink->rows += 1;
  return GetTickCount() - sink->started < STRIP_MS || flush(sink);
}

bool rows_finish(RowSink *sink)
{
  return flush(sink);
}
