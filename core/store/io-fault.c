// LD_PRELOAD: the call number IO_FAULT_AT that changes a file under IO_FAULT_FOLDER fails once with EIO or ENOSPC
// (IO_FAULT=eio|enospc), or fails after it was done (IO_FAULT=late): what a dying disk and a full one do to a program.
// A failure says "fault" on standard error. With IO_FAULT=kill the program dies before that call, with killed-late after
// it, and with torn in the middle of it, half of the bytes being written. With unsynced only the syncs are counted, and one of
// them fails without being done; with unsynced-killed the program also dies before its next call.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;
static atomic_int has_failed;

static int is_inside(const char *path) {
  const char *folder = getenv("IO_FAULT_FOLDER");
  // The -shm file is memory that SQLite shares, not what is stored.
  return folder != NULL && strncmp(path, folder, strlen(folder)) == 0 && strstr(path, "-shm") == NULL;
}

static int is_file_inside(int file) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return is_inside(path);
}

static int is_mode(const char *mode) {
  const char *asked = getenv("IO_FAULT");
  return asked != NULL && strcmp(asked, mode) == 0;
}

static int is_unsynced(void) {
  return is_mode("unsynced") || is_mode("unsynced-killed");
}

static int is_due(const char *name) {
  if (is_mode("unsynced-killed") && atomic_load(&has_failed)) return 1;
  if (is_unsynced() && strstr(name, "sync") == NULL) return 0;
  const char *at = getenv("IO_FAULT_AT");
  return at != NULL && atomic_fetch_add(&calls, 1) + 1 == atol(at);
}

static int fail(void) {
  atomic_store(&has_failed, 1);
  const char text[] = "fault\n";
  static ssize_t (*real_write)(int, const void *, size_t);
  if (real_write == NULL) *(void **)&real_write = dlsym(RTLD_NEXT, "write");
  real_write(2, text, sizeof text - 1);
  errno = strcmp(getenv("IO_FAULT"), "enospc") == 0 ? ENOSPC : EIO;
  return -1;
}

static int is_failure(void) {
  return is_mode("eio") || is_mode("enospc") || is_mode("late") || (is_unsynced() && !atomic_load(&has_failed));
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

#define FAULTY(type, name, parameters, arguments, inside, half)      \
  type name parameters {                                             \
    static type(*real) parameters;                                   \
    if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, #name);     \
    if (!(inside) || !is_due(#name)) return real arguments;          \
    if (is_mode("late") || is_mode("killed-late")) real arguments;   \
    if (is_mode("torn")) { half; }                                   \
    if (!is_failure()) die();                                        \
    return fail();                                                   \
  }

FAULTY(ssize_t, write, (int file, const void *bytes, size_t count), (file, bytes, count), is_file_inside(file),
       real(file, bytes, count / 2))
FAULTY(ssize_t, pwrite, (int file, const void *bytes, size_t count, off_t at), (file, bytes, count, at), is_file_inside(file),
       real(file, bytes, count / 2, at))
FAULTY(ssize_t, pwrite64, (int file, const void *bytes, size_t count, off64_t at), (file, bytes, count, at), is_file_inside(file),
       real(file, bytes, count / 2, at))
FAULTY(int, fsync, (int file), (file), is_file_inside(file), )
FAULTY(int, fdatasync, (int file), (file), is_file_inside(file), )
FAULTY(int, rename, (const char *from, const char *to), (from, to), is_inside(from), )
