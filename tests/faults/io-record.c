// LD_PRELOAD: writes to IO_RECORD, in one order for all threads, each call that changes what lies under IO_RECORD_FOLDER, and
// what is written to standard output. A call is noted before it is made, with its bytes, and its outcome after it: a program
// that dies leaves its last call without one. Calls that are not listed here show when the recording is compared with the
// folder. Of a -shm file only the name is noted: it is memory that SQLite shares, and that the first to open it empties.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/** Followed by the path and the bytes. recording.ts reads it. */
struct note {
  uint32_t kind, path_length;
  uint64_t inode;
  int64_t at;
  uint64_t length;
};

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static int notes = -1;
static const char *folder;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void start(void) {
  folder = getenv("IO_RECORD_FOLDER");
  const char *path = getenv("IO_RECORD");
  if (folder != NULL && path != NULL) notes = REAL(open)(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void put(const void *bytes, size_t count) {
  static ssize_t (*real)(int, const void *, size_t);
  if (real == NULL) real = REAL(write);
  for (const char *next = bytes; count > 0;) {
    ssize_t written = real(notes, next, count);
    if (written <= 0) abort();
    next += written;
    count -= written;
  }
}

static void note(char kind, const char *path, uint64_t inode, int64_t at, const void *bytes, size_t length) {
  struct note head = {kind, path == NULL ? 0 : strlen(path), inode, at, length};
  put(&head, sizeof head);
  if (path != NULL) put(path, head.path_length);
  put(bytes, length);
}

static int is_inside(const char *path) {
  return notes >= 0 && strncmp(path, folder, strlen(folder)) == 0;
}

/** The inode of an open file whose content is recorded; 0: of another. */
static uint64_t recorded_inode(int file, struct stat *state) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return is_inside(path) && strstr(path, "-shm") == NULL && fstat(file, state) == 0 ? state->st_ino : 0;
}

/** Notes one call around itself. `made`: the inode of what it made, if it did. */
#define RECORDED(type, kind, path, inode, at, bytes, length, call, made) \
  ({                                                                     \
    pthread_mutex_lock(&order);                                          \
    note(kind, path, inode, at, bytes, length);                          \
    type result = call;                                                  \
    int error = errno;                                                   \
    note('.', NULL, result < 0 ? 0 : (made), result, NULL, 0);           \
    pthread_mutex_unlock(&order);                                        \
    errno = error;                                                       \
    result;                                                              \
  })

static uint64_t inode_of(const char *path) {
  struct stat state;
  return stat(path, &state) == 0 ? state.st_ino : 0;
}

#define OPEN(name)                                                                                                  \
  int name(const char *path, int flags, ...) {                                                                      \
    va_list rest;                                                                                                   \
    va_start(rest, flags);                                                                                          \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                                         \
    va_end(rest);                                                                                                   \
    static __typeof__(&name) real;                                                                                  \
    if (real == NULL) real = REAL(name);                                                                            \
    if (!(flags & (O_CREAT | O_TRUNC)) || !is_inside(path)) return real(path, flags, mode);                         \
    uint64_t inode = inode_of(path);                                                                                \
    if (inode == 0) return RECORDED(int, 'c', path, 0, 0, NULL, 0, real(path, flags, mode), inode_of(path));        \
    if (flags & O_TRUNC) return RECORDED(int, 'r', NULL, inode, 0, NULL, 0, real(path, flags, mode), 0);            \
    return real(path, flags, mode);                                                                                 \
  }
OPEN(open)
OPEN(open64)

ssize_t write(int file, const void *bytes, size_t count) {
  static __typeof__(&write) real;
  if (real == NULL) real = REAL(write);
  struct stat state;
  if (notes < 0) return real(file, bytes, count);
  if (file == 1) return RECORDED(ssize_t, 'y', NULL, 0, 0, bytes, count, real(file, bytes, count), 0);
  uint64_t inode = recorded_inode(file, &state);
  if (inode == 0) return real(file, bytes, count);
  int64_t at = fcntl(file, F_GETFL) & O_APPEND ? state.st_size : lseek(file, 0, SEEK_CUR);
  return RECORDED(ssize_t, 'w', NULL, inode, at, bytes, count, real(file, bytes, count), 0);
}

#define PWRITE(name)                                                                                          \
  ssize_t name(int file, const void *bytes, size_t count, off_t at) {                                         \
    static __typeof__(&name) real;                                                                            \
    if (real == NULL) real = REAL(name);                                                                      \
    struct stat state;                                                                                        \
    uint64_t inode = recorded_inode(file, &state);                                                            \
    if (inode == 0) return real(file, bytes, count, at);                                                      \
    return RECORDED(ssize_t, 'w', NULL, inode, at, bytes, count, real(file, bytes, count, at), 0);            \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

#define ON_FILE(name, kind, at, parameters, arguments)                                              \
  int name parameters {                                                                             \
    static __typeof__(&name) real;                                                                  \
    if (real == NULL) real = REAL(name);                                                            \
    struct stat state;                                                                              \
    uint64_t inode = recorded_inode(file, &state);                                                  \
    if (inode == 0) return real arguments;                                                          \
    return RECORDED(int, kind, NULL, inode, at, NULL, 0, real arguments, 0);                        \
  }
ON_FILE(ftruncate, 'r', length, (int file, off_t length), (file, length))
ON_FILE(ftruncate64, 'r', length, (int file, off64_t length), (file, length))
ON_FILE(fsync, 's', 0, (int file), (file))
ON_FILE(fdatasync, 's', 0, (int file), (file))

#define ON_PATH(name, kind, bytes, length, parameters, arguments, made)                             \
  int name parameters {                                                                             \
    static __typeof__(&name) real;                                                                  \
    if (real == NULL) real = REAL(name);                                                            \
    if (!is_inside(path)) return real arguments;                                                    \
    return RECORDED(int, kind, path, 0, 0, bytes, length, real arguments, made);                    \
  }
ON_PATH(rename, 'n', to, strlen(to), (const char *path, const char *to), (path, to), 0)
ON_PATH(unlink, 'u', NULL, 0, (const char *path), (path), 0)
ON_PATH(mkdir, 'm', NULL, 0, (const char *path, mode_t mode), (path, mode), inode_of(path))
ON_PATH(rmdir, 'd', NULL, 0, (const char *path), (path), 0)
