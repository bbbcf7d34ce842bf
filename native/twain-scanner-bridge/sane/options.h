/* A locked profile on a SANE device: every option set, then every option read back; and a look at its glass. */
#ifndef VENTANILLA_OPTIONS_H
#define VENTANILLA_OPTIONS_H

#include <sane/sane.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum { MODE_BITONAL, MODE_GRAY, MODE_COLOR } ColorMode;
typedef enum { SOURCE_FEEDER, SOURCE_FEEDER_DUPLEX, SOURCE_FLATBED } Source;

typedef struct {
  Source source;
  ColorMode mode;
  int dpi;
  double width_mm;
  double height_mm;
  /* Resolution that the configuration of the device states, where its driver cannot know it; 0 when it states none. */
  int stated_dpi;
  /* The feeder beside the driver (pnm-feeder) plays every source. */
  bool has_own_feeder;
  bool is_preview;
} Request;

typedef struct {
  int dpi;
  /* The driver's own word for the source. */
  char source[128];
} Settings;

/* NULL when the device honours the whole request; otherwise the name of the option that it does not. */
const char *options_apply(SANE_Handle handle, const Request *request, Settings *settings);

/*
 * Sets a quick picture of the whole glass, whatever the device makes of it, and writes the area to `request`. NULL, or the
 * name of what a picture needs and the device does not do.
 */
const char *options_apply_preview(SANE_Handle handle, Request *request, Settings *settings);

/* Resolution of a preview as the frame shows it; `otherwise` where the device does not tell how wide its area is. */
int options_measured_dpi(const Request *request, const SANE_Parameters *parameters, int otherwise);

/* NULL when a captured frame is of the mode that was asked for. */
const char *options_check_frame(const SANE_Parameters *parameters, ColorMode mode);

/* JSON array of the sources that the device offers. */
void options_list_sources(SANE_Handle handle, char *json, size_t size);

/* Sets a boolean option of a driver. */
SANE_Status options_set_bool(SANE_Handle handle, const char *name, bool value);
SANE_Status options_set_text(SANE_Handle handle, const char *name, const char *value);

#endif
