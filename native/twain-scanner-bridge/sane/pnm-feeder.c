#include "pnm-feeder.h"

#include "options.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool feeder_path(char *path, const char *inside)
{
  const char *configuration = getenv("SANE_CONFIG_DIR");
  if (configuration == NULL || configuration[0] == '\0') return false;
  int length = snprintf(path, PATH_MAX, "%s/feeder/%s", configuration, inside);
  return length > 0 && length < PATH_MAX;
}

bool pnm_feeder_exists(void)
{
  char path[PATH_MAX];
  return feeder_path(path, "queue") && access(path, R_OK | X_OK) == 0;
}

bool pnm_feeder_serves(const char *device)
{
  return strcmp(device, "pnm:0") == 0 && pnm_feeder_exists();
}

static bool read_word_and_number(const char *name, char *word, int *number)
{
  char path[PATH_MAX];
  FILE *file = feeder_path(path, name) ? fopen(path, "r") : NULL;
  if (file == NULL) return false;
  int fields = fscanf(file, "%31s %d", word, number);
  fclose(file);
  return fields >= 1;
}

int pnm_feeder_dpi(void)
{
  char word[32];
  int unused = 0;
  return read_word_and_number("dpi", word, &unused) ? atoi(word) : 0;
}

static bool find_first_page(char *name, size_t size)
{
  char path[PATH_MAX];
  DIR *folder = feeder_path(path, "queue") ? opendir(path) : NULL;
  if (folder == NULL) return false;
  name[0] = '\0';
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    size_t length = strlen(entry->d_name);
    if (length < 5 || length >= size || strcmp(entry->d_name + length - 4, ".pnm") != 0) continue;
    if (name[0] == '\0' || strcmp(entry->d_name, name) < 0) strcpy(name, entry->d_name);
  }
  closedir(folder);
  return name[0] != '\0';
}

/* The backend's own switches: it then answers the first sane_read with that status. */
static const char *switch_for(const char *condition)
{
  if (strcmp(condition, "jam") == 0) return "status-jammed";
  if (strcmp(condition, "coverOpen") == 0) return "status-coveropen";
  if (strcmp(condition, "noDocuments") == 0) return "status-nodocs";
  if (strcmp(condition, "ioError") == 0) return "status-ioerror";
  if (strcmp(condition, "outOfMemory") == 0) return "status-nomem";
  if (strcmp(condition, "accessDenied") == 0) return "status-accessdenied";
  if (strcmp(condition, "empty") == 0) return "status-eof";
  return NULL;
}

SANE_Status pnm_feeder_take(SANE_Handle handle, bool as_gray, int pages_done, bool stays)
{
  char condition[32] = "none";
  int after_pages = 0;
  read_word_and_number("condition", condition, &after_pages);
  /* The backend refuses a second sane_start until the file of the page before is closed. */
  sane_cancel(handle);
  options_set_bool(handle, "grayify", as_gray);
  options_set_bool(handle, "status", SANE_TRUE);

  char path[PATH_MAX];
  if (pages_done >= after_pages) {
    if (strcmp(condition, "unplugged") == 0) return SANE_STATUS_IO_ERROR;
    const char *fault = switch_for(condition);
    if (fault != NULL) {
      /* The paper stays where it is; the backend needs some file to open before it reports the fault. */
      if (!feeder_path(path, "blank.pnm")) return SANE_STATUS_INVAL;
      SANE_Status status = options_set_text(handle, "filename", path);
      return status == SANE_STATUS_GOOD ? options_set_bool(handle, fault, SANE_TRUE) : status;
    }
  }

  char name[NAME_MAX + 1];
  char from[PATH_MAX];
  char inside[NAME_MAX + 16];
  if (!find_first_page(name, sizeof name)) return SANE_STATUS_NO_DOCS;
  snprintf(inside, sizeof inside, "queue/%s", name);
  if (!feeder_path(from, inside)) return SANE_STATUS_INVAL;
  if (stays) return options_set_text(handle, "filename", from);
  snprintf(inside, sizeof inside, "taken/%s", name);
  if (!feeder_path(path, inside)) return SANE_STATUS_INVAL;
  /* Out of the stack before it is read, in one step: a crash cannot scan the sheet a second time. */
  if (rename(from, path) != 0) return SANE_STATUS_IO_ERROR;
  return options_set_text(handle, "filename", path);
}
