#include "simulator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_image(SimulatorPage *page)
{
  char path[MAX_PATH + 16], kind[3];
  int width, height, highest = 1;
  snprintf(path, sizeof path, "%s\\%04d.pnm", simulator.folder, page->number);
  FILE *file = simulator.folder[0] == '\0' ? NULL : fopen(path, "rb");
  if (file == NULL) return;
  if (fscanf(file, "%2s %d %d %d", kind, &width, &height, &highest) == 4 && fgetc(file) != EOF && highest == 255 && width > 0 && height > 0) {
    page->image_channels = strcmp(kind, "P6") == 0 ? 3 : 1;
    size_t length = (size_t)width * (size_t)height * (size_t)page->image_channels;
    page->image = malloc(length);
    if (page->image != NULL && fread(page->image, 1, length, file) == length) {
      page->width = width;
      page->height = height;
    } else {
      free(page->image);
      page->image = NULL;
    }
  }
  fclose(file);
}

void simulator_load_page(SimulatorPage *page, int number, int width, int height, int dpi, int pixel_type)
{
  free(page->image);
  *page = (SimulatorPage){ .number = number, .width = width, .height = height, .dpi = dpi, .pixel_type = pixel_type };
  read_image(page);
}

size_t simulator_row_bytes(const SimulatorPage *page)
{
  size_t bits = (size_t)page->width * (page->pixel_type == TWPT_RGB ? 24 : page->pixel_type == TWPT_GRAY ? 8 : 1);
  return (bits + 7) / 8;
}

/* The drawn pattern tells pages, rows, columns and channels apart; tests compute it again. */
static void sample(const SimulatorPage *page, int x, int y, unsigned char rgb[3])
{
  if (page->image != NULL) {
    const unsigned char *from = page->image + ((size_t)y * (size_t)page->width + (size_t)x) * (size_t)page->image_channels;
    for (int i = 0; i < 3; i += 1) rgb[i] = from[page->image_channels == 3 ? i : 0];
    return;
  }
  rgb[0] = (unsigned char)(x + 17 * page->number);
  rgb[1] = (unsigned char)(y + 29 * page->number);
  rgb[2] = (unsigned char)(x ^ y);
}

static unsigned char gray_sample(const SimulatorPage *page, int x, int y)
{
  unsigned char rgb[3];
  if (page->image == NULL) return (unsigned char)(x + 3 * y + 17 * page->number);
  sample(page, x, y, rgb);
  return (unsigned char)((rgb[0] * 299 + rgb[1] * 587 + rgb[2] * 114) / 1000);
}

static bool is_white(const SimulatorPage *page, int x, int y)
{
  if (page->image != NULL) return gray_sample(page, x, y) >= 128;
  return (((x >> 3) + (y >> 3) + page->number) & 1) == 0;
}

void simulator_draw_row(const SimulatorPage *page, int y, unsigned char *row)
{
  if (page->pixel_type == TWPT_BW) memset(row, 0, simulator_row_bytes(page));
  for (int x = 0; x < page->width; x += 1) {
    if (page->pixel_type == TWPT_RGB) sample(page, x, y, row + 3 * (size_t)x);
    else if (page->pixel_type == TWPT_GRAY) row[x] = gray_sample(page, x, y);
    else if (is_white(page, x, y)) row[x / 8] |= (unsigned char)(0x80 >> (x % 8));
  }
}

TW_HANDLE simulator_bitmap(const SimulatorPage *page, int rows)
{
  size_t packed = simulator_row_bytes(page), stride = (packed + 3) / 4 * 4;
  int bits = page->pixel_type == TWPT_RGB ? 24 : page->pixel_type == TWPT_GRAY ? 8 : 1;
  size_t colors = bits == 24 ? 0 : (size_t)1 << bits;
  size_t start = sizeof(BITMAPINFOHEADER) + colors * sizeof(RGBQUAD);
  TW_HANDLE handle = simulator_allocate((TW_UINT32)(start + stride * (size_t)rows));
  unsigned char *bytes = handle == NULL ? NULL : simulator_lock(handle);
  if (bytes == NULL) return NULL;
  BITMAPINFOHEADER header = { .biSize = sizeof header, .biWidth = page->width, .biHeight = rows == 0 ? 0 : page->height, .biPlanes = 1,
                              .biBitCount = (WORD)bits, .biXPelsPerMeter = page->dpi * 10000 / 254, .biYPelsPerMeter = page->dpi * 10000 / 254 };
  memcpy(bytes, &header, sizeof header);
  RGBQUAD *palette = (RGBQUAD *)(bytes + sizeof header);
  for (size_t i = 0; i < colors; i += 1) {
    BYTE level = (BYTE)(255 * i / (colors - 1));
    palette[i] = (RGBQUAD){ level, level, level, 0 };
  }
  for (int stored = 0; stored < rows; stored += 1) {
    unsigned char *row = bytes + start + stride * (size_t)stored;
    simulator_draw_row(page, page->height - 1 - stored, row);
    for (size_t at = 0; bits == 24 && at + 2 < packed; at += 3) {
      unsigned char red = row[at];
      row[at] = row[at + 2];
      row[at + 2] = red;
    }
  }
  simulator_unlock(handle);
  return handle;
}
