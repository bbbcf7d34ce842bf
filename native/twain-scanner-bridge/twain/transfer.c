#include "transfer.h"

#include "frames.h"
#include "manager.h"
#include "rows.h"

#include <stdlib.h>
#include <string.h>

/* A source that insists on more at once has lost its mind. */
#define LARGEST_BUFFER (64u << 20)

static const char *judge(const RowSink *sink, int64_t expected)
{
  if (sink->rows == 0) return "EMPTY";
  if (expected > 0 && sink->rows < (uint64_t)expected) return "TRUNCATED";
  return expected > 0 && sink->rows > (uint64_t)expected ? "OVERLONG" : NULL;
}

/* Takes the rows of one buffer. NULL, or what is wrong with it. */
static const char *take_block(RowSink *sink, const TW_IMAGEMEMXFER *block)
{
  if (block->Rows == 0) return NULL;
  if (block->Compression != TWCP_NONE) return "FORMAT";
  if (block->XOffset != 0 || block->YOffset != sink->rows || block->Columns != (TW_UINT32)sink->width) return "TILED";
  uint64_t needed = (uint64_t)(block->Rows - 1) * block->BytesPerRow + sink->packed;
  if (block->BytesPerRow < sink->packed || needed > block->BytesWritten || block->BytesWritten > block->Memory.Length) return "FORMAT";
  const uint8_t *bytes = block->Memory.TheMem;
  for (TW_UINT32 row = 0; row < block->Rows; row += 1) {
    if (!rows_add(sink, bytes + (size_t)row * block->BytesPerRow)) return "CANCELLED";
  }
  return NULL;
}

static const char *transfer_strips(RowSink *sink, int64_t expected)
{
  TW_SETUPMEMXFER sizes = { 0, 0, 0 };
  TW_UINT16 answer = source_call(DG_CONTROL, DAT_SETUPMEMXFER, MSG_GET, &sizes);
  if (answer != TWRC_SUCCESS) return source_status(answer);
  TW_UINT32 size = sizes.Preferred > STRIP_BYTES || sizes.Preferred == 0 ? STRIP_BYTES : sizes.Preferred;
  if (size < sizes.MinBufSize) size = sizes.MinBufSize;
  uint8_t *buffer = size <= LARGEST_BUFFER ? malloc(size) : NULL;
  if (buffer == NULL) return "LOWMEMORY";
  const char *status = NULL;
  bool is_done = false;
  while (status == NULL && !is_done) {
    TW_IMAGEMEMXFER block;
    memset(&block, 0, sizeof block);
    block.Memory = (TW_MEMORY){ TWMF_APPOWNS | TWMF_POINTER, size, buffer };
    answer = source_call(DG_IMAGE, DAT_IMAGEMEMXFER, MSG_GET, &block);
    is_done = answer == TWRC_XFERDONE;
    if (answer == TWRC_SUCCESS || is_done) status = take_block(sink, &block);
    else status = source_status(answer);
    if (status == NULL && frames_is_cancelled()) status = "CANCELLED";
  }
  free(buffer);
  if (status == NULL && !rows_finish(sink)) status = "CANCELLED";
  return status != NULL ? status : judge(sink, expected);
}

/* The grey level of each index, or for bitonal whether index 1 is white. False when the palette is of colours. */
static bool read_palette(RowSink *sink, const BITMAPINFOHEADER *header, const RGBQUAD *colors, size_t count, uint8_t levels[256])
{
  for (size_t i = 0; i < 256; i += 1) levels[i] = (uint8_t)i;
  for (size_t i = 0; i < count; i += 1) {
    if (colors[i].rgbRed != colors[i].rgbGreen || colors[i].rgbGreen != colors[i].rgbBlue) return false;
    levels[i] = colors[i].rgbRed;
  }
  if (header->biBitCount == 1) sink->is_inverted = count == 2 ? levels[1] > levels[0] : true;
  else sink->levels = levels;
  return true;
}

/* Sends a bitmap that lies in memory: rows padded to four bytes, usually from bottom to top. */
static const char *send_bitmap(RowSink *sink, const uint8_t *bitmap, size_t size)
{
  const BITMAPINFOHEADER *header = (const BITMAPINFOHEADER *)bitmap;
  static const int bits[] = { 1, 8, 24 };
  if (size < sizeof *header || header->biSize < sizeof *header || header->biSize > size) return "FORMAT";
  if (header->biHeight == 0) return "EMPTY";
  if (header->biWidth != sink->width || header->biBitCount != bits[sink->mode] || header->biCompression != BI_RGB) return "FORMAT";
  size_t colors = header->biBitCount > 8 ? 0 : header->biClrUsed > 0 ? header->biClrUsed : (size_t)1 << header->biBitCount;
  size_t start = header->biSize + colors * sizeof(RGBQUAD);
  size_t stride = ((size_t)header->biWidth * header->biBitCount + 31) / 32 * 4;
  bool is_upright = header->biHeight < 0;
  size_t height = (size_t)(is_upright ? -(int64_t)header->biHeight : header->biHeight);
  uint8_t levels[256];
  if (colors > 256 || start > size) return "FORMAT";
  if ((size - start) / stride < height) return "TRUNCATED";
  if (!read_palette(sink, header, (const RGBQUAD *)(bitmap + header->biSize), colors, levels)) return "FORMAT";
  sink->is_bgr = header->biBitCount == 24;
  for (size_t y = 0; y < height; y += 1) {
    if (!rows_add(sink, bitmap + start + (is_upright ? y : height - 1 - y) * stride)) return "CANCELLED";
  }
  sink->levels = NULL;
  return rows_finish(sink) ? NULL : "CANCELLED";
}

static const char *transfer_bitmap(RowSink *sink, int64_t expected)
{
  TW_HANDLE handle = NULL;
  TW_UINT16 answer = source_call(DG_IMAGE, DAT_IMAGENATIVEXFER, MSG_GET, &handle);
  if (answer != TWRC_XFERDONE) return source_status(answer);
  const uint8_t *bitmap = handle == NULL ? NULL : memory_lock(handle);
  if (bitmap == NULL) return "EMPTY";
  const char *status = send_bitmap(sink, bitmap, GlobalSize(handle));
  memory_unlock(handle);
  memory_free(handle);
  return status != NULL ? status : judge(sink, expected);
}

const char *transfer_page(const Request *request, const Settings *settings, const TW_IMAGEINFO *image, PageSize *sent)
{
  RowSink sink;
  rows_start(&sink, request->mode, image->ImageWidth);
  /* On the wire, 1 is black and 255 is white. */
  sink.is_inverted = settings->is_memory_transfer && (request->mode == MODE_BITONAL) != settings->is_vanilla;
  source_set_transferring(true);
  const char *status = settings->is_memory_transfer ? transfer_strips(&sink, image->ImageLength) : transfer_bitmap(&sink, image->ImageLength);
  sent->rows = sink.rows;
  sent->bytes = sink.bytes;
  return status;
}
