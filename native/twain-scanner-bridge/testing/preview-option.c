/*
 * LD_PRELOAD under sane-helper: gives every device the option `preview`, which only backends of real devices have, and leaves
 * the rest to them. It begins switched on, as with a driver that keeps what it was last told; each value that is set goes
 * into PREVIEW_OPTION_LOG, one character a time. With PREVIEW_OPTION_STUCK it is taken and nothing changes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sane/sane.h>
#include <sane/saneopts.h>
#include <stdio.h>
#include <stdlib.h>

typedef SANE_Status (*Control)(SANE_Handle, SANE_Int, SANE_Action, void *, SANE_Int *);
typedef const SANE_Option_Descriptor *(*Describe)(SANE_Handle, SANE_Int);

static const SANE_Option_Descriptor preview = {
  .name = SANE_NAME_PREVIEW,
  .title = "Preview",
  .desc = "",
  .type = SANE_TYPE_BOOL,
  .size = sizeof(SANE_Word),
  .cap = SANE_CAP_SOFT_SELECT | SANE_CAP_SOFT_DETECT,
};
static SANE_Bool value = SANE_TRUE;

static SANE_Int real_count(SANE_Handle handle)
{
  SANE_Int count = 0;
  ((Control)dlsym(RTLD_NEXT, "sane_control_option"))(handle, 0, SANE_ACTION_GET_VALUE, &count, NULL);
  return count;
}

const SANE_Option_Descriptor *sane_get_option_descriptor(SANE_Handle handle, SANE_Int option)
{
  if (option == real_count(handle)) return &preview;
  return ((Describe)dlsym(RTLD_NEXT, "sane_get_option_descriptor"))(handle, option);
}

SANE_Status sane_control_option(SANE_Handle handle, SANE_Int option, SANE_Action action, void *word, SANE_Int *info)
{
  if (option == 0) {
    *(SANE_Int *)word = real_count(handle) + 1;
    return SANE_STATUS_GOOD;
  }
  if (option != real_count(handle)) return ((Control)dlsym(RTLD_NEXT, "sane_control_option"))(handle, option, action, word, info);
  if (action == SANE_ACTION_GET_VALUE) *(SANE_Bool *)word = value;
  if (action != SANE_ACTION_SET_VALUE) return SANE_STATUS_GOOD;
  FILE *log = fopen(getenv("PREVIEW_OPTION_LOG"), "a");
  if (log == NULL) abort();
  fputc(*(SANE_Bool *)word == SANE_TRUE ? '1' : '0', log);
  fclose(log);
  if (getenv("PREVIEW_OPTION_STUCK") == NULL) value = *(SANE_Bool *)word;
  return SANE_STATUS_GOOD;
}
