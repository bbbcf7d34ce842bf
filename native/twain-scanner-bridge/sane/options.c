#include "options.h"

#include <ctype.h>
#include <math.h>
#include <sane/saneopts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MILLIMETRES_PER_INCH 25.4
/* Drivers round the area to their own steps; a page's size may be off by 2 mm at most (scanning.md). */
#define AREA_TOLERANCE_MM 1.0
/* An A4 page fills half a screen. */
#define PREVIEW_DPI 75

static const SANE_Option_Descriptor *find_option(SANE_Handle handle, const char *name, SANE_Int *index)
{
  SANE_Int count = 0;
  if (sane_control_option(handle, 0, SANE_ACTION_GET_VALUE, &count, NULL) != SANE_STATUS_GOOD) return NULL;
  for (SANE_Int i = 1; i < count; i += 1) {
    const SANE_Option_Descriptor *option = sane_get_option_descriptor(handle, i);
    if (option == NULL || option->name == NULL || strcmp(option->name, name) != 0) continue;
    if (!SANE_OPTION_IS_ACTIVE(option->cap)) return NULL;
    *index = i;
    return option;
  }
  return NULL;
}

static SANE_Status set_number(SANE_Handle handle, const char *name, double value)
{
  SANE_Int index;
  const SANE_Option_Descriptor *option = find_option(handle, name, &index);
  if (option == NULL || !SANE_OPTION_IS_SETTABLE(option->cap) || option->size != sizeof(SANE_Word)) return SANE_STATUS_UNSUPPORTED;
  SANE_Word word = option->type == SANE_TYPE_FIXED ? SANE_FIX(value) : (SANE_Word)lround(value);
  return sane_control_option(handle, index, SANE_ACTION_SET_VALUE, &word, NULL);
}

static bool get_number(SANE_Handle handle, const char *name, double *value)
{
  SANE_Int index;
  const SANE_Option_Descriptor *option = find_option(handle, name, &index);
  SANE_Word word;
  if (option == NULL || option->size != sizeof(SANE_Word)) return false;
  if (sane_control_option(handle, index, SANE_ACTION_GET_VALUE, &word, NULL) != SANE_STATUS_GOOD) return false;
  *value = option->type == SANE_TYPE_FIXED ? SANE_UNFIX(word) : word;
  return true;
}

SANE_Status options_set_bool(SANE_Handle handle, const char *name, bool value)
{
  return set_number(handle, name, value ? SANE_TRUE : SANE_FALSE);
}

SANE_Status options_set_text(SANE_Handle handle, const char *name, const char *value)
{
  SANE_Int index;
  const SANE_Option_Descriptor *option = find_option(handle, name, &index);
  if (option == NULL || option->type != SANE_TYPE_STRING || (size_t)option->size <= strlen(value)) return SANE_STATUS_UNSUPPORTED;
  /* The driver may write the value that it chose into the buffer: it must have the option's whole size. */
  char *buffer = calloc(1, (size_t)option->size);
  if (buffer == NULL) return SANE_STATUS_NO_MEM;
  strcpy(buffer, value);
  SANE_Status status = sane_control_option(handle, index, SANE_ACTION_SET_VALUE, buffer, NULL);
  free(buffer);
  return status;
}

static bool text_is(SANE_Handle handle, const char *name, const char *expected)
{
  SANE_Int index;
  const SANE_Option_Descriptor *option = find_option(handle, name, &index);
  if (option == NULL || option->type != SANE_TYPE_STRING) return false;
  char *buffer = calloc(1, (size_t)option->size + 1);
  if (buffer == NULL) return false;
  bool is_same = sane_control_option(handle, index, SANE_ACTION_GET_VALUE, buffer, NULL) == SANE_STATUS_GOOD && strcmp(buffer, expected) == 0;
  free(buffer);
  return is_same;
}

static bool contains(const char *text, const char *part)
{
  for (; *text != '\0'; text += 1) {
    size_t i = 0;
    while (part[i] != '\0' && tolower((unsigned char)text[i]) == part[i]) i += 1;
    if (part[i] == '\0') return true;
  }
  return false;
}

static bool names_source(const char *word, Source source)
{
  bool is_feeder = contains(word, "adf") || contains(word, "feeder");
  bool is_duplex = contains(word, "duplex") || contains(word, "both sides");
  switch (source) {
    case SOURCE_FEEDER: return is_feeder && !is_duplex && !contains(word, "back");
    case SOURCE_FEEDER_DUPLEX: return is_duplex;
    case SOURCE_FLATBED: return contains(word, "flatbed") || contains(word, "platen") || contains(word, "normal");
  }
  return false;
}

static const char *find_source(SANE_Handle handle, Source source)
{
  SANE_Int index;
  const SANE_Option_Descriptor *option = find_option(handle, SANE_NAME_SCAN_SOURCE, &index);
  if (option == NULL || option->constraint_type != SANE_CONSTRAINT_STRING_LIST) return NULL;
  for (const SANE_String_Const *word = option->constraint.string_list; *word != NULL; word += 1) {
    if (names_source(*word, source)) return *word;
  }
  return NULL;
}

static bool has_option(SANE_Handle handle, const char *name)
{
  SANE_Int index;
  return find_option(handle, name, &index) != NULL;
}

static const char *apply_source(SANE_Handle handle, const Request *request, Settings *settings)
{
  static const char *const names[] = { "feeder", "feederDuplex", "flatbed" };
  const char *word = find_source(handle, request->source);
  if (word != NULL) {
    snprintf(settings->source, sizeof settings->source, "%s", word);
    return options_set_text(handle, SANE_NAME_SCAN_SOURCE, settings->source) == SANE_STATUS_GOOD ? NULL : "source";
  }
  snprintf(settings->source, sizeof settings->source, "%s", names[request->source]);
  if (request->has_own_feeder) return NULL;
  /* A device without the option has one source. Asked as a feeder, a flatbed would scan the same sheet for ever. */
  return request->source == SOURCE_FLATBED && !has_option(handle, SANE_NAME_SCAN_SOURCE) ? NULL : "source";
}

static const char *const bitonal_words[] = { "lineart", "black & white", "binary", "monochrome", "bw", NULL };
static const char *const gray_words[] = { "gray", "grey", NULL };
static const char *const color_words[] = { "color", "colour", NULL };

static const char *find_mode(SANE_Handle handle, ColorMode mode)
{
  SANE_Int index;
  const SANE_Option_Descriptor *option = find_option(handle, SANE_NAME_SCAN_MODE, &index);
  if (option == NULL || option->constraint_type != SANE_CONSTRAINT_STRING_LIST) return NULL;
  const char *const *wanted = mode == MODE_BITONAL ? bitonal_words : mode == MODE_GRAY ? gray_words : color_words;
  for (; *wanted != NULL; wanted += 1) {
    for (const SANE_String_Const *word = option->constraint.string_list; *word != NULL; word += 1) {
      if (contains(*word, *wanted)) return *word;
    }
  }
  return NULL;
}

/* Copies the chosen word to `mode_word`, empty when the driver has no such option: the frames then tell. */
static const char *apply_mode(SANE_Handle handle, ColorMode mode, char *mode_word, size_t size)
{
  mode_word[0] = '\0';
  if (has_option(handle, SANE_NAME_SCAN_MODE)) {
    const char *word = find_mode(handle, mode);
    /* Where bitonal has no mode of its own it is gray with one bit. */
    if (word == NULL && mode == MODE_BITONAL && has_option(handle, SANE_NAME_BIT_DEPTH)) word = find_mode(handle, MODE_GRAY);
    if (word == NULL) return "mode";
    snprintf(mode_word, size, "%s", word);
    if (options_set_text(handle, SANE_NAME_SCAN_MODE, mode_word) != SANE_STATUS_GOOD) return "mode";
  }
  if (has_option(handle, SANE_NAME_BIT_DEPTH)) set_number(handle, SANE_NAME_BIT_DEPTH, mode == MODE_BITONAL ? 1 : 8);
  return NULL;
}

static const char *apply_resolution(SANE_Handle handle, const Request *request)
{
  if (request->stated_dpi > 0) return request->stated_dpi >= request->dpi ? NULL : "resolution";
  if (has_option(handle, "x-resolution")) set_number(handle, "x-resolution", request->dpi);
  if (has_option(handle, "y-resolution")) set_number(handle, "y-resolution", request->dpi);
  if (has_option(handle, SANE_NAME_SCAN_RESOLUTION)) set_number(handle, SANE_NAME_SCAN_RESOLUTION, request->dpi);
  else if (!has_option(handle, "x-resolution")) return "resolution";
  return NULL;
}

static double to_millimetres(SANE_Handle handle, const char *name, double value, int dpi)
{
  SANE_Int index;
  const SANE_Option_Descriptor *option = find_option(handle, name, &index);
  return option != NULL && option->unit == SANE_UNIT_PIXEL ? value * MILLIMETRES_PER_INCH / dpi : value;
}

static void set_millimetres(SANE_Handle handle, const char *name, double millimetres, int dpi)
{
  SANE_Int index;
  const SANE_Option_Descriptor *option = find_option(handle, name, &index);
  if (option == NULL) return;
  set_number(handle, name, option->unit == SANE_UNIT_PIXEL ? millimetres * dpi / MILLIMETRES_PER_INCH : millimetres);
}

static void apply_area(SANE_Handle handle, const Request *request)
{
  /* Feeders of several makers clip the area to the declared paper, so the paper comes first. */
  set_millimetres(handle, "page-width", request->width_mm, request->dpi);
  set_millimetres(handle, "page-height", request->height_mm, request->dpi);
  set_millimetres(handle, SANE_NAME_SCAN_TL_X, 0, request->dpi);
  set_millimetres(handle, SANE_NAME_SCAN_TL_Y, 0, request->dpi);
  set_millimetres(handle, SANE_NAME_SCAN_BR_X, request->width_mm, request->dpi);
  set_millimetres(handle, SANE_NAME_SCAN_BR_Y, request->height_mm, request->dpi);
}

static bool side_is_honoured(SANE_Handle handle, const char *low, const char *high, double wanted, int dpi)
{
  double from, to;
  if (!get_number(handle, low, &from) || !get_number(handle, high, &to)) return true;
  return fabs(to_millimetres(handle, high, to, dpi) - to_millimetres(handle, low, from, dpi) - wanted) <= AREA_TOLERANCE_MM;
}

static bool number_is(SANE_Handle handle, const char *name, double expected)
{
  double value;
  return !get_number(handle, name, &value) || fabs(value - expected) < 0.01;
}

const char *options_apply(SANE_Handle handle, const Request *request, Settings *settings)
{
  char mode_word[128];
  const char *refused = apply_source(handle, request, settings);
  bool has_source_word = has_option(handle, SANE_NAME_SCAN_SOURCE);
  if (refused == NULL) refused = apply_mode(handle, request->mode, mode_word, sizeof mode_word);
  if (refused == NULL) refused = apply_resolution(handle, request);
  if (refused != NULL) return refused;
  /* A driver that goes faster in ways of its own makes no copies, whatever it was told last. */
  options_set_bool(handle, SANE_NAME_PREVIEW, false);
  apply_area(handle, request);

  /* Read back only now: a later option may have changed an earlier one. */
  if (has_source_word && !text_is(handle, SANE_NAME_SCAN_SOURCE, settings->source)) return "source";
  if (mode_word[0] != '\0' && !text_is(handle, SANE_NAME_SCAN_MODE, mode_word)) return "mode";
  if (!number_is(handle, SANE_NAME_BIT_DEPTH, request->mode == MODE_BITONAL ? 1 : 8)) return "depth";
  if (!number_is(handle, SANE_NAME_PREVIEW, SANE_FALSE)) return "preview";
  settings->dpi = request->stated_dpi > 0 ? request->stated_dpi : request->dpi;
  if (request->stated_dpi == 0) {
    if (!number_is(handle, SANE_NAME_SCAN_RESOLUTION, request->dpi)) return "resolution";
    if (!number_is(handle, "x-resolution", request->dpi) || !number_is(handle, "y-resolution", request->dpi)) return "resolution";
  }
  if (!side_is_honoured(handle, SANE_NAME_SCAN_TL_X, SANE_NAME_SCAN_BR_X, request->width_mm, request->dpi)) return "width";
  if (!side_is_honoured(handle, SANE_NAME_SCAN_TL_Y, SANE_NAME_SCAN_BR_Y, request->height_mm, request->dpi)) return "height";
  return NULL;
}

/* The lowest value of an option that is not below `least`, else the highest that there is; 0 without the option. */
static double lowest_from(SANE_Handle handle, const char *name, double least)
{
  SANE_Int index;
  const SANE_Option_Descriptor *option = find_option(handle, name, &index);
  if (option == NULL) return 0;
  bool is_fixed = option->type == SANE_TYPE_FIXED;
  if (option->constraint_type == SANE_CONSTRAINT_RANGE) {
    const SANE_Range *range = option->constraint.range;
    double low = is_fixed ? SANE_UNFIX(range->min) : range->min;
    double high = is_fixed ? SANE_UNFIX(range->max) : range->max;
    double step = is_fixed ? SANE_UNFIX(range->quant) : range->quant;
    double value = least <= low ? low : step > 0 ? low + ceil((least - low) / step) * step : least;
    return value > high ? high : value;
  }
  if (option->constraint_type != SANE_CONSTRAINT_WORD_LIST) return least;
  double best = 0;
  for (SANE_Int i = 1; i <= option->constraint.word_list[0]; i += 1) {
    SANE_Word word = option->constraint.word_list[i];
    double value = is_fixed ? SANE_UNFIX(word) : word;
    if (best == 0 || (best < least ? value > best : value >= least && value < best)) best = value;
  }
  return best;
}

static void apply_lowest_resolution(SANE_Handle handle)
{
  static const char *const names[] = { "x-resolution", "y-resolution", SANE_NAME_SCAN_RESOLUTION };
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i += 1) {
    double value = lowest_from(handle, names[i], PREVIEW_DPI);
    if (value > 0) set_number(handle, names[i], value);
  }
}

static void set_to_limit(SANE_Handle handle, const char *name, bool is_highest)
{
  SANE_Int index;
  const SANE_Option_Descriptor *option = find_option(handle, name, &index);
  if (option == NULL || option->constraint_type != SANE_CONSTRAINT_RANGE) return;
  const SANE_Range *range = option->constraint.range;
  SANE_Word word = is_highest ? range->max : range->min;
  set_number(handle, name, option->type == SANE_TYPE_FIXED ? SANE_UNFIX(word) : word);
}

/* Zero where the device does not tell it. */
static double read_side(SANE_Handle handle, const char *low, const char *high, int dpi)
{
  double from, to;
  if (!get_number(handle, low, &from) || !get_number(handle, high, &to)) return 0;
  return to_millimetres(handle, high, to, dpi) - to_millimetres(handle, low, from, dpi);
}

const char *options_apply_preview(SANE_Handle handle, Request *request, Settings *settings)
{
  char mode_word[128];
  const char *refused = apply_source(handle, request, settings);
  bool has_source_word = has_option(handle, SANE_NAME_SCAN_SOURCE);
  if (refused == NULL) refused = apply_mode(handle, request->mode, mode_word, sizeof mode_word);
  if (refused != NULL) return refused;
  /* Some drivers then go faster in ways of their own, and choose resolution or area themselves: the picture tells. */
  options_set_bool(handle, SANE_NAME_PREVIEW, true);
  apply_lowest_resolution(handle);
  set_to_limit(handle, SANE_NAME_SCAN_TL_X, false);
  set_to_limit(handle, SANE_NAME_SCAN_TL_Y, false);
  set_to_limit(handle, SANE_NAME_SCAN_BR_X, true);
  set_to_limit(handle, SANE_NAME_SCAN_BR_Y, true);

  /* Only this must be as it was asked: anything but the glass would draw paper in. */
  if (has_source_word && !text_is(handle, SANE_NAME_SCAN_SOURCE, settings->source)) return "source";
  double dpi = request->stated_dpi;
  if (dpi == 0 && !get_number(handle, SANE_NAME_SCAN_RESOLUTION, &dpi) && !get_number(handle, "x-resolution", &dpi)) dpi = PREVIEW_DPI;
  settings->dpi = dpi < 1 ? 1 : (int)lround(dpi);
  request->width_mm = read_side(handle, SANE_NAME_SCAN_TL_X, SANE_NAME_SCAN_BR_X, settings->dpi);
  return NULL;
}

int options_measured_dpi(const Request *request, const SANE_Parameters *parameters, int otherwise)
{
  if (request->width_mm <= 0) return otherwise;
  int dpi = (int)lround(parameters->pixels_per_line * MILLIMETRES_PER_INCH / request->width_mm);
  return dpi < 1 ? 1 : dpi;
}

const char *options_check_frame(const SANE_Parameters *parameters, ColorMode mode)
{
  if (!parameters->last_frame) return "three-pass";
  SANE_Frame format = mode == MODE_COLOR ? SANE_FRAME_RGB : SANE_FRAME_GRAY;
  if (parameters->format != format) return "mode";
  return parameters->depth == (mode == MODE_BITONAL ? 1 : 8) ? NULL : "depth";
}

void options_list_sources(SANE_Handle handle, char *json, size_t size)
{
  const char *feeder = find_source(handle, SOURCE_FEEDER) != NULL ? "\"feeder\"," : "";
  const char *duplex = find_source(handle, SOURCE_FEEDER_DUPLEX) != NULL ? "\"feederDuplex\"," : "";
  bool has_flatbed = find_source(handle, SOURCE_FLATBED) != NULL || !has_option(handle, SANE_NAME_SCAN_SOURCE);
  int length = snprintf(json, size, "[%s%s%s]", feeder, duplex, has_flatbed ? "\"flatbed\"," : "");
  if (length > 2) snprintf(json + length - 2, 2, "]");
}
