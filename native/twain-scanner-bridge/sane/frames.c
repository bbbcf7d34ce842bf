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

/* A driver that still blocks this long after the broker has gone is left to the operating system. */
#define ORPHAN_GRACE_SECONDS 5

static int frame_output = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static Grants grants;
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

static void cancel_session(void)
{
  pthread_mutex_lock(&lock);
  grants.cancelled = true;
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
  uint8_t header[WIRE_HEADER_BYTES];
  while (read_exactly(header, sizeof header)) {
    uint8_t payload[WIRE_MOST_PAYLOAD];
    uint32_t length = wire_read_length(header);
    if (length > sizeof payload || !read_exactly(payload, length)) break;
    if (header[4] == FRAME_CANCEL) {
      cancel_session();
      continue;
    }
    pthread_mutex_lock(&lock);
    grants_take_in(&grants, header[4], payload, length);
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
  uint8_t header[WIRE_HEADER_BYTES];
  wire_write_header(header, type, length);
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

/* Waits until there is one in `counter` and takes it. False when the session has been cancelled. */
static bool wait_and_take(uint32_t *counter)
{
  pthread_mutex_lock(&lock);
  while (*counter == 0 && !grants.cancelled) pthread_cond_wait(&changed, &lock);
  bool granted = !grants.cancelled;
  if (granted) *counter -= 1;
  pthread_mutex_unlock(&lock);
  return granted;
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
  pthread_mutex_lock(&lock);
  bool answer = grants.cancelled;
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
