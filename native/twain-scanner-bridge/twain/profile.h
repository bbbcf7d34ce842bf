/*
 * A locked profile on a TWAIN source: everything set, then everything read back, then every page compared with it. A look at
 * its glass goes the same way, with a request of the source's own numbers.
 */
#ifndef VENTANILLA_TWAIN_PROFILE_H
#define VENTANILLA_TWAIN_PROFILE_H

#include "twain-types.h"

#include <stdbool.h>

typedef enum { MODE_BITONAL, MODE_GRAY, MODE_COLOR } ColorMode;
typedef enum { SOURCE_FEEDER, SOURCE_FEEDER_DUPLEX, SOURCE_FLATBED } Source;

typedef struct {
  Source source;
  ColorMode mode;
  int dpi;
  double width_mm;
  double height_mm;
} Request;

typedef struct {
  /* Strips in memory, or the whole page as one bitmap. */
  bool is_memory_transfer;
  /* In strips, zero means white. */
  bool is_vanilla;
} Settings;

/* NULL when the source honours the whole request; otherwise the name of the option that it does not. */
const char *profile_apply(const Request *request, Settings *settings);

/*
 * Makes of `request`, whose mode is set, a quick picture of the whole glass: TWAIN has no preview, so it is a page of few dots.
 * NULL, or the name of what the source does not tell.
 */
const char *profile_ask_preview(Request *request);

/* NULL when the page that the source announces is what was asked for; otherwise what it is not. */
const char *profile_check_page(const Request *request, const TW_IMAGEINFO *image);

/* A feeder that knows that it has no paper. */
bool profile_feeder_is_empty(void);

/* JSON array of the sources of paper that the open source offers. */
void profile_list_sources(char *json, size_t size);

#endif
