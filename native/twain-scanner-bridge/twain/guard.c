#include "guard.h"

#include "frames.h"

#define LOOK_MS 150
/* For the source to come back with what it wanted to say, once its window is closed. */
#define CLOSE_GRACE_MS 1500
/* Invisible helpers of drivers and input methods are smaller. */
#define SMALLEST_WINDOW 24

static HWND own_window;
static volatile LONG seen;

static BOOL CALLBACK look_at(HWND window, LPARAM found)
{
  DWORD process = 0;
  RECT place;
  GetWindowThreadProcessId(window, &process);
  if (process != GetCurrentProcessId() || window == own_window || !IsWindowVisible(window)) return TRUE;
  if (!GetWindowRect(window, &place) || place.right - place.left < SMALLEST_WINDOW || place.bottom - place.top < SMALLEST_WINDOW) return TRUE;
  *(bool *)found = true;
  PostMessageW(window, WM_CLOSE, 0, 0);
  return TRUE;
}

static DWORD WINAPI watch(void *unused)
{
  (void)unused;
  DWORD waited = 0;
  for (;;) {
    Sleep(LOOK_MS);
    bool is_visible = false;
    EnumWindows(look_at, (LPARAM)&is_visible);
    if (is_visible) InterlockedExchange(&seen, 1);
    if (seen == 0) continue;
    frames_cancel();
    waited += LOOK_MS;
    if (waited < CLOSE_GRACE_MS) continue;
    frames_stopped("option", "INVAL", "userInterface");
    return 0;
  }
}

void guard_start(HWND own)
{
  own_window = own;
  HANDLE thread = CreateThread(NULL, 0, watch, NULL, 0, NULL);
  if (thread != NULL) CloseHandle(thread);
}

bool guard_has_seen_window(void)
{
  return seen != 0;
}
