/*
 * A TWAIN data source without a scanner, for tests: flatbed, feeder, duplex, and everything that goes wrong with them.
 * VENTANILLA_TWAIN_SIMULATOR holds its settings as NAME=VALUE;NAME=VALUE, listed in ../../README.md.
 */
#ifndef VENTANILLA_TWAIN_SIMULATOR_H
#define VENTANILLA_TWAIN_SIMULATOR_H

#include "../twain-types.h"

#include <stdbool.h>
#include <stddef.h>

/* Where a fault happens when it is not on a page. */
enum { AT_NO_PAGE = -2, AT_ENABLE = -1, AT_OPEN = 0 };

typedef struct {
  int sheets;
  bool has_feeder, has_flatbed, has_duplex, has_memory_transfer, is_ui_controllable, detects_paper;
  int highest_dpi, dpi_step;
  /* Resolutions are a list instead of a range. */
  bool lists_dpi;
  /* Bytes that each row of a strip has more than its image. */
  int padding;
  int pixel_flavor;
  /* Areas are rounded up to this many tenths of a millimetre. */
  int area_step;
  /* A source that straightens by itself and cannot be told not to. */
  bool always_deskews;
  /* What it answers to CAP_SERIALNUMBER, which it does not have when this is empty. */
  char serial[sizeof(TW_STR255)];
  char folder[MAX_PATH];
  char log[MAX_PATH];
  char fault[32];
  int fault_page;
} SimulatorSettings;

extern SimulatorSettings simulator;

/* A copy of the file whose name begins with `g` is another scanner, of ordinary settings: nothing goes wrong with it. */
bool simulator_is_second(void);

void simulator_read_settings(void);
void simulator_log(const char *format, ...) __attribute__((format(gnu_printf, 1, 2)));
bool simulator_has_fault(const char *name, int page);

/* What the fault of this place is as a condition code; hangs or crashes where that is the fault. TWCC_SUCCESS without one. */
TW_UINT16 simulator_fault(int page);

/* Shows a window in spite of everything and waits until it is closed. */
void simulator_show_window(void);

/* Capabilities, as the operations on DAT_CAPABILITY know them. Answers a condition code. */
void simulator_reset_capabilities(void);
TW_UINT16 simulator_capability(TW_UINT16 message, TW_CAPABILITY *request, bool may_set);
int simulator_value(TW_UINT16 capability);

/* Memory that the other side frees. */
TW_HANDLE simulator_allocate(TW_UINT32 size);
void *simulator_lock(TW_HANDLE handle);
void simulator_unlock(TW_HANDLE handle);

typedef struct {
  /* 1-based; both sides of a sheet count. */
  int number;
  int width, height;
  int dpi;
  int pixel_type;
  /* A page from the folder, as it was read; NULL for a drawn one. */
  unsigned char *image;
  int image_channels;
} SimulatorPage;

/* Puts a page on the glass. `width` and `height` are those of the area, in pixels. */
void simulator_load_page(SimulatorPage *page, int number, int width, int height, int dpi, int pixel_type);
size_t simulator_row_bytes(const SimulatorPage *page);

/* One row as strips carry it: grey, RGB, or bits with 1 for white, the first one highest. */
void simulator_draw_row(const SimulatorPage *page, int y, unsigned char *row);

/* The whole page as a device-independent bitmap with the first `rows` rows present. */
TW_HANDLE simulator_bitmap(const SimulatorPage *page, int rows);

#endif
