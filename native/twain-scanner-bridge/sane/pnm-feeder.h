/*
 * The demonstration's feeder: SANE's `pnm` backend reads one file; this turns a folder of files into a stack of paper.
 * It exists only where $SANE_CONFIG_DIR/feeder does (demo/scanner writes it) and only for the device `pnm:0`.
 */
#ifndef VENTANILLA_PNM_FEEDER_H
#define VENTANILLA_PNM_FEEDER_H

#include <sane/sane.h>
#include <stdbool.h>

#define PNM_FEEDER_MAKER "Ventanilla"
#define PNM_FEEDER_MODEL "Alimentador de demostración"

bool pnm_feeder_exists(void);
bool pnm_feeder_serves(const char *device);

/* Dots per inch of the pages, from the file feeder/dpi; 0 when it is not stated. */
int pnm_feeder_dpi(void);

/*
 * Takes the next page from the stack, before sane_start. NO_DOCS when the stack is empty, IO_ERROR when the device has
 * been unplugged. `pages_done` counts this session's pages: feeder/condition may ask for its fault after some of them.
 * `stays`: it is only looked at.
 */
SANE_Status pnm_feeder_take(SANE_Handle handle, bool as_gray, int pages_done, bool stays);

#endif
