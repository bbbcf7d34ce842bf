#include "frames.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FRAME_CONTROL = 1, FRAME_STRIP = 2, FRAME_NEXT_PAGE = 16, FRAME_CREDIT = 17, FRAME_CANCEL = 18 };

/* A driver that still blocks this long after the broker has gone is left to the operating system. */
#define ORPHAN_GRACE_SECONDS 5

static int frame_output = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static uint32_t credit;
static uint32_t pages_requested;
static bool cancelled;
static SANE_Handle watched;

static bool read_exactly(void *to, size_t length)
{
  uint8_t *at = to;
  while (length > 0) {
    ssize_t got = read(STDIN_FILENO, at, length);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    length -= (size_t)got;
  }
  return true;
}

static bool write_exactly(const void *from, size_t length)
{
  const uint8_t *at = from;
  while (length > 0) {
    ssize_t put = write(frame_output, at, length);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    at += put;
    length -= (size_t)put;
  }
  return true;
}

static uint32_t little_endian(const uint8_t *bytes)
{
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void cancel_session(void)
{
  pthread_mutex_lock(&lock);
  cancelled = true;
  pthread_cond_broadcast(&changed);
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 1;
  while (watched != NULL) {
    if (pthread_cond_timedwait(&changed, &lock, &until) == ETIMEDOUT) break;
  }
  SANE_Handle handle = watched;
  pthread_mutex_unlock(&lock);
  /* The SANE standard lets sane_cancel interrupt a blocked call from outside. */
  if (handle != NULL) sane_cancel(handle);
}

static void *listen_to_broker(void *unused)
{
  (void)unused;
  uint8_t header[5];
  while (read_exactly(header, sizeof header)) {
    uint8_t payload[16];
    uint32_t length = little_endian(header);
    if (length > sizeof payload || !read_exactly(payload, length)) break;
    if (header[4] == FRAME_CANCEL) {
      cancel_session();
      continue;
    }
    pthread_mutex_lock(&lock);
    if (header[4] == FRAME_NEXT_PAGE) pages_requested += 1;
    if (header[4] == FRAME_CREDIT && length == 4) credit += little_endian(payload);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
  }
  cancel_session();
  sleep(ORPHAN_GRACE_SECONDS);
  _exit(3);
}

void frames_open(void)
{
  /* A driver that prints on standard output (the test backend's button does) must not break the frames. */
  frame_output = dup(STDOUT_FILENO);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  signal(SIGPIPE, SIG_IGN);
  pthread_t thread;
  if (frame_output < 0 || pthread_create(&thread, NULL, listen_to_broker, NULL) != 0) exit(4);
  pthread_detach(thread);
}

static bool send_frame(uint8_t type, const void *payload, size_t length)
{
  uint8_t header[5] = { (uint8_t)length, (uint8_t)(length >> 8), (uint8_t)(length >> 16), (uint8_t)(length >> 24), type };
  return write_exactly(header, sizeof header) && write_exactly(payload, length);
}

void frames_control(const char *format, ...)
{
  char text[8192];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (length < 0 || (size_t)length >= sizeof text) exit(4);
  send_frame(FRAME_CONTROL, text, (size_t)length);
}

bool frames_strip(const uint8_t *bytes, size_t length)
{
  pthread_mutex_lock(&lock);
  while (credit == 0 && !cancelled) pthread_cond_wait(&changed, &lock);
  bool granted = !cancelled;
  if (granted) credit -= 1;
  pthread_mutex_unlock(&lock);
  return granted && send_frame(FRAME_STRIP, bytes, length);
}

bool frames_wait_for_page_request(void)
{
  pthread_mutex_lock(&lock);
  while (pages_requested == 0 && !cancelled) pthread_cond_wait(&changed, &lock);
  bool granted = !cancelled;
  if (granted) pages_requested -= 1;
  pthread_mutex_unlock(&lock);
  return granted;
}

bool frames_is_cancelled(void)
{
  pthread_mutex_lock(&lock);
  bool answer = cancelled;
  pthread_mutex_unlock(&lock);
  return answer;
}

void frames_watch(SANE_Handle handle)
{
  pthread_mutex_lock(&lock);
  watched = handle;
  pthread_mutex_unlock(&lock);
}

void frames_unwatch(void)
{
  pthread_mutex_lock(&lock);
  watched = NULL;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

const char *json_text(char *to, size_t size, const char *text)
{
  size_t used = 0;
  for (; *text != '\0' && used + 7 < size; text += 1) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') {
      to[used++] = '\\';
      to[used++] = (char)c;
    } else if (c < 0x20) {
      used += (size_t)snprintf(to + used, size - used, "\\u%04x", c);
    } else {
      to[used++] = (char)c;
    }
  }
  to[used] = '\0';
  return to;
}
