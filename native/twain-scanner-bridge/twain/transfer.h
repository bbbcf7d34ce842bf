/* One page from the open source, as strips of packed rows from top to bottom. */
#ifndef VENTANILLA_TWAIN_TRANSFER_H
#define VENTANILLA_TWAIN_TRANSFER_H

#include "profile.h"

#include <stdint.h>

typedef struct {
  uint64_t rows;
  uint64_t bytes;
} PageSize;

/*
 * Sends the page that the source announces as `image`. NULL when it is whole; otherwise the standard's word for why it
 * is not, or CANCELLED, EMPTY, TRUNCATED, OVERLONG, TILED, FORMAT.
 */
const char *transfer_page(const Request *request, const Settings *settings, const TW_IMAGEINFO *image, PageSize *sent);

#endif
