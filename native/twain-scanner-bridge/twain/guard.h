/* Watches for windows of the source: none may come between a locked profile and the paper (art. 54.4.a). */
#ifndef VENTANILLA_TWAIN_GUARD_H
#define VENTANILLA_TWAIN_GUARD_H

#include <stdbool.h>
#include <windows.h>

/* From now on a visible window of this process, other than `own`, is closed and ends the session. */
void guard_start(HWND own);

/* A window has been seen. */
bool guard_has_seen_window(void);

#endif
