#include "frames.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A source that still blocks this long after the broker has gone is left to the operating system. */
#define ORPHAN_GRACE_MS 6000

static HANDLE frame_input, frame_output;
static CRITICAL_SECTION lock, output_lock;
/* Set whenever what the broker grants has changed. */
static HANDLE changed;
static Grants grants;
static LONG has_ended;
static void (*pump)(void);

static bool read_exactly(void *to, DWORD length)
{
  uint8_t *at = to;
  while (length > 0) {
    DWORD got = 0;
    if (!ReadFile(frame_input, at, length, &got, NULL) || got == 0) return false;
    at += got;
    length -= got;
  }
  return true;
}

static bool write_exactly(const void *from, size_t length)
{
  const uint8_t *at = from;
  while (length > 0) {
    DWORD put = 0;
    if (!WriteFile(frame_output, at, (DWORD)length, &put, NULL) || put == 0) return false;
    at += put;
    length -= put;
  }
  return true;
}

void frames_cancel(void)
{
  EnterCriticalSection(&lock);
  grants.cancelled = true;
  LeaveCriticalSection(&lock);
  SetEvent(changed);
}

static DWORD WINAPI listen_to_broker(void *unused)
{
  (void)unused;
  uint8_t header[WIRE_HEADER_BYTES];
  while (read_exactly(header, sizeof header)) {
    uint8_t payload[WIRE_MOST_PAYLOAD];
    uint32_t length = wire_read_length(header);
    if (length > sizeof payload || !read_exactly(payload, length)) break;
    EnterCriticalSection(&lock);
    grants_take_in(&grants, header[4], payload, length);
    LeaveCriticalSection(&lock);
    SetEvent(changed);
  }
  frames_cancel();
  Sleep(ORPHAN_GRACE_MS);
  TerminateProcess(GetCurrentProcess(), 3);
  return 0;
}

void frames_open(void)
{
  InitializeCriticalSection(&lock);
  InitializeCriticalSection(&output_lock);
  changed = CreateEventW(NULL, FALSE, FALSE, NULL);
  frame_input = GetStdHandle(STD_INPUT_HANDLE);
  /* A source that prints on standard output must not break the frames, nor may what it starts hold them open. */
  if (changed == NULL || !DuplicateHandle(GetCurrentProcess(), GetStdHandle(STD_OUTPUT_HANDLE), GetCurrentProcess(), &frame_output, 0, FALSE,
                                          DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE))
    ExitProcess(4);
  SetHandleInformation(frame_input, HANDLE_FLAG_INHERIT, 0);
  SetStdHandle(STD_INPUT_HANDLE, NULL);
  SetStdHandle(STD_OUTPUT_HANDLE, NULL);
}

void frames_listen(void)
{
  HANDLE thread = CreateThread(NULL, 0, listen_to_broker, NULL, 0, NULL);
  if (thread == NULL) ExitProcess(4);
  CloseHandle(thread);
}

void frames_set_pump(void (*to)(void))
{
  pump = to;
}

static bool send_frame(uint8_t type, const void *payload, size_t length)
{
  uint8_t header[WIRE_HEADER_BYTES];
  wire_write_header(header, type, length);
  EnterCriticalSection(&output_lock);
  bool is_sent = write_exactly(header, sizeof header) && write_exactly(payload, length);
  LeaveCriticalSection(&output_lock);
  return is_sent;
}

bool frames_relay(const uint8_t *frame, size_t length)
{
  EnterCriticalSection(&output_lock);
  bool is_sent = write_exactly(frame, length);
  LeaveCriticalSection(&output_lock);
  return is_sent;
}

void frames_control(const char *format, ...)
{
  char text[8192];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (length < 0 || (size_t)length >= sizeof text) TerminateProcess(GetCurrentProcess(), 4);
  send_frame(FRAME_CONTROL, text, (size_t)length);
}

void frames_stopped(const char *stage, const char *status, const char *option)
{
  if (InterlockedExchange(&has_ended, 1) == 1) return;
  frames_control("{\"event\":\"stopped\",\"stage\":\"%s\",\"status\":\"%s\",\"option\":\"%s\"}", stage, status, option);
}

void frames_end(void)
{
  if (InterlockedExchange(&has_ended, 1) == 1) return;
  frames_control("{\"event\":\"end\"}");
}

void frames_wait(DWORD milliseconds)
{
  MsgWaitForMultipleObjects(1, &changed, FALSE, milliseconds, QS_ALLINPUT);
  if (pump != NULL) pump();
}

void frames_notify(void)
{
  SetEvent(changed);
}

/* Takes one from `counter` when there is one. */
static bool take(uint32_t *counter, bool *is_over)
{
  EnterCriticalSection(&lock);
  *is_over = grants.cancelled;
  bool is_taken = !grants.cancelled && *counter > 0;
  if (is_taken) *counter -= 1;
  LeaveCriticalSection(&lock);
  return is_taken;
}

static bool wait_and_take(uint32_t *counter)
{
  bool is_over;
  while (!take(counter, &is_over)) {
    if (is_over) return false;
    frames_wait(INFINITE);
  }
  return true;
}

bool frames_strip(const uint8_t *bytes, size_t length)
{
  return wait_and_take(&grants.credit) && send_frame(FRAME_STRIP, bytes, length);
}

bool frames_wait_for_page_request(void)
{
  return wait_and_take(&grants.pages);
}

bool frames_is_cancelled(void)
{
  EnterCriticalSection(&lock);
  bool answer = grants.cancelled;
  LeaveCriticalSection(&lock);
  return answer;
}
