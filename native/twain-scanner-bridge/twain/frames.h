/* The wire between one helper and the broker, on Windows' standard input and output. */
#ifndef VENTANILLA_TWAIN_FRAMES_H
#define VENTANILLA_TWAIN_FRAMES_H

#include "../wire/wire.h"

#include <windows.h>

/* Takes standard output for frames. Call before any source is loaded. */
void frames_open(void);

/* Starts to listen on standard input; its end is a cancellation. */
void frames_listen(void);

/* What the thread does while it waits: windows of a source live in the thread that opened it. */
void frames_set_pump(void (*pump)(void));

/* One JSON control frame. Text that comes from a source goes through json_text first. */
void frames_control(const char *format, ...) __attribute__((format(gnu_printf, 1, 2)));

/* The session's last word, once: the first reason counts, whichever thread has it. */
void frames_stopped(const char *stage, const char *status, const char *option);
void frames_end(void);

/* Sends bytes that are a whole frame already. */
bool frames_relay(const uint8_t *frame, size_t length);

/* Waits until the broker grants a strip, then sends it. False when the session is over. */
bool frames_strip(const uint8_t *bytes, size_t length);

/* Waits until the broker asks for the next page. False when the session is over. */
bool frames_wait_for_page_request(void);

/* Waits for a message to this thread's windows, or for something to change, at most so long. */
void frames_wait(DWORD milliseconds);

/* Ends a wait early: something has changed, in whatever thread. */
void frames_notify(void);

bool frames_is_cancelled(void);

/* Ends every wait as a cancellation does. */
void frames_cancel(void);

#endif
