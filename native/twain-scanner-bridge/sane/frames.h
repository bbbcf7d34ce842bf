/* The wire between one helper and the broker, on standard input and output. */
#ifndef VENTANILLA_FRAMES_H
#define VENTANILLA_FRAMES_H

#include "../wire/wire.h"

#include <sane/sane.h>

/* Takes standard output for frames and starts to listen on standard input. Call before any library may print. */
void frames_open(void);

/* One JSON control frame. Text that comes from a driver goes through json_text first. */
void frames_control(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Waits until the broker grants a strip, then sends it. False when the session has been cancelled. */
bool frames_strip(const uint8_t *bytes, size_t length);

/* Waits until the broker asks for the next page. False when the session has been cancelled. */
bool frames_wait_for_page_request(void);

bool frames_is_cancelled(void);

/* From now on a cancellation that the session does not notice by itself within a second calls sane_cancel. */
void frames_watch(SANE_Handle handle);
void frames_unwatch(void);

#endif
