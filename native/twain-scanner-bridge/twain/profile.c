#include "profile.h"

#include "capabilities.h"
#include "manager.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MILLIMETRES_PER_INCH 25.4
/* Sources round the area to their own steps; a page's size may be off by 2 mm at most (scanning.md). */
#define AREA_TOLERANCE_MM 1.0
/* An A4 page fills half a screen. */
#define PREVIEW_DPI 75

typedef struct {
  TW_UINT16 capability;
  TW_UINT16 type;
  double value;
  /* A source without it does what the standard says of a source without it; where that is not enough, it is refused. */
  bool is_required;
  const char *option;
} Setting;

enum { MOST_SETTINGS = 40 };

typedef struct {
  Setting list[MOST_SETTINGS];
  int count;
} SettingList;

static void add(SettingList *settings, TW_UINT16 capability, TW_UINT16 type, double value, bool is_required, const char *option)
{
  if (settings->count < MOST_SETTINGS) settings->list[settings->count++] = (Setting){ capability, type, value, is_required, option };
}

static double pixel_type(ColorMode mode)
{
  return mode == MODE_BITONAL ? TWPT_BW : mode == MODE_GRAY ? TWPT_GRAY : TWPT_RGB;
}

static int bits_per_pixel(ColorMode mode)
{
  return mode == MODE_BITONAL ? 1 : mode == MODE_GRAY ? 8 : 24;
}

static void add_source(SettingList *settings, Source source)
{
  bool is_feeder = source != SOURCE_FLATBED;
  add(settings, CAP_FEEDERENABLED, TWTY_BOOL, is_feeder, is_feeder, "source");
  if (is_feeder) add(settings, CAP_AUTOFEED, TWTY_BOOL, TRUE, false, "autoFeed");
  add(settings, CAP_DUPLEXENABLED, TWTY_BOOL, source == SOURCE_FEEDER_DUPLEX, source == SOURCE_FEEDER_DUPLEX, "source");
}

/* What a vendor's window may have left on: a raw capture is not turned, cut, straightened or left out by its driver. */
static void add_raw(SettingList *settings)
{
  add(settings, ICAP_AUTOMATICCOLORENABLED, TWTY_BOOL, FALSE, false, "automaticColor");
  add(settings, ICAP_UNDEFINEDIMAGESIZE, TWTY_BOOL, FALSE, false, "undefinedImageSize");
  add(settings, ICAP_AUTOMATICBORDERDETECTION, TWTY_BOOL, FALSE, false, "automaticBorder");
  add(settings, ICAP_AUTOMATICLENGTHDETECTION, TWTY_BOOL, FALSE, false, "automaticLength");
  add(settings, ICAP_AUTOMATICDESKEW, TWTY_BOOL, FALSE, false, "automaticDeskew");
  add(settings, ICAP_AUTOMATICROTATE, TWTY_BOOL, FALSE, false, "automaticRotate");
  add(settings, ICAP_AUTODISCARDBLANKPAGES, TWTY_INT32, TWBP_DISABLE, false, "discardBlankPages");
  add(settings, ICAP_MIRROR, TWTY_UINT16, 0, false, "mirror");
  add(settings, ICAP_ORIENTATION, TWTY_UINT16, 0, false, "orientation");
  add(settings, ICAP_ROTATION, TWTY_FIX32, 0, false, "rotation");
  add(settings, ICAP_XSCALING, TWTY_FIX32, 1, false, "scaling");
  add(settings, ICAP_YSCALING, TWTY_FIX32, 1, false, "scaling");
}

static void add_image(SettingList *settings, const Request *request)
{
  add(settings, ICAP_PIXELTYPE, TWTY_UINT16, pixel_type(request->mode), true, "mode");
  add(settings, ICAP_BITDEPTH, TWTY_UINT16, bits_per_pixel(request->mode), false, "depth");
  add(settings, ICAP_PLANARCHUNKY, TWTY_UINT16, TWPC_CHUNKY, false, "planar");
  add(settings, ICAP_BITORDER, TWTY_UINT16, TWBO_MSBFIRST, false, "bitOrder");
  add(settings, ICAP_COMPRESSION, TWTY_UINT16, TWCP_NONE, false, "compression");
  add(settings, ICAP_UNITS, TWTY_UINT16, TWUN_INCHES, true, "units");
  add(settings, ICAP_XRESOLUTION, TWTY_FIX32, request->dpi, true, "resolution");
  add(settings, ICAP_YRESOLUTION, TWTY_FIX32, request->dpi, true, "resolution");
}

/* Memory first: it is the only one with strips. A source that cannot, or will not, gives whole bitmaps. */
static const char *apply_transfer(Settings *settings)
{
  double mechanism;
  settings->is_memory_transfer = capability_set(ICAP_XFERMECH, TWTY_UINT16, TWSX_MEMORY) && capability_get(ICAP_XFERMECH, &mechanism) &&
                                 mechanism == TWSX_MEMORY;
  if (settings->is_memory_transfer) return NULL;
  capability_set(ICAP_XFERMECH, TWTY_UINT16, TWSX_NATIVE);
  return capability_get(ICAP_XFERMECH, &mechanism) && mechanism != TWSX_NATIVE ? "transfer" : NULL;
}

static void apply_area(const Request *request)
{
  capability_set(ICAP_SUPPORTEDSIZES, TWTY_UINT16, TWSS_NONE);
  TW_IMAGELAYOUT layout;
  memset(&layout, 0, sizeof layout);
  layout.DocumentNumber = layout.PageNumber = layout.FrameNumber = 1;
  layout.Frame.Right = to_fix32(request->width_mm / MILLIMETRES_PER_INCH);
  layout.Frame.Bottom = to_fix32(request->height_mm / MILLIMETRES_PER_INCH);
  /* Whether it was taken as it is shows when it is read back. */
  source_call(DG_IMAGE, DAT_IMAGELAYOUT, MSG_SET, &layout);
}

static const char *check_area(const Request *request)
{
  TW_IMAGELAYOUT layout;
  memset(&layout, 0, sizeof layout);
  if (source_call(DG_IMAGE, DAT_IMAGELAYOUT, MSG_GET, &layout) != TWRC_SUCCESS) return "area";
  double width = (from_fix32(layout.Frame.Right) - from_fix32(layout.Frame.Left)) * MILLIMETRES_PER_INCH;
  double height = (from_fix32(layout.Frame.Bottom) - from_fix32(layout.Frame.Top)) * MILLIMETRES_PER_INCH;
  if (fabs(width - request->width_mm) > AREA_TOLERANCE_MM) return "width";
  return fabs(height - request->height_mm) > AREA_TOLERANCE_MM ? "height" : NULL;
}

static const char *check_setting(const Setting *setting)
{
  double value;
  if (!capability_get(setting->capability, &value)) return setting->is_required ? setting->option : NULL;
  return fabs(value - setting->value) < 0.01 ? NULL : setting->option;
}

const char *profile_apply(const Request *request, Settings *settings)
{
  SettingList all = { .count = 0 };
  double value;
  if (capability_get(CAP_UICONTROLLABLE, &value) && value == FALSE) return "userInterface";
  if (request->source == SOURCE_FEEDER_DUPLEX && (!capability_get(CAP_DUPLEX, &value) || value == TWDX_NONE)) return "source";
  const char *refused = apply_transfer(settings);
  if (refused != NULL) return refused;
  add(&all, CAP_INDICATORS, TWTY_BOOL, FALSE, false, "indicators");
  add_source(&all, request->source);
  add_raw(&all);
  add_image(&all, request);
  add(&all, CAP_XFERCOUNT, TWTY_INT16, -1, true, "transferCount");
  for (int i = 0; i < all.count; i += 1) capability_set(all.list[i].capability, all.list[i].type, all.list[i].value);
  apply_area(request);

  /* Read back only now: a later setting may have changed an earlier one. */
  for (int i = 0; i < all.count && refused == NULL; i += 1) refused = check_setting(&all.list[i]);
  if (refused == NULL) refused = check_area(request);
  settings->is_vanilla = capability_get(ICAP_PIXELFLAVOR, &value) && value == TWPF_VANILLA;
  return refused;
}

const char *profile_ask_preview(Request *request)
{
  double dpi, width, height;
  /* The numbers depend on these. */
  capability_set(CAP_FEEDERENABLED, TWTY_BOOL, FALSE);
  capability_set(ICAP_PIXELTYPE, TWTY_UINT16, pixel_type(request->mode));
  capability_set(ICAP_UNITS, TWTY_UINT16, TWUN_INCHES);
  if (!capability_lowest_from(ICAP_XRESOLUTION, PREVIEW_DPI, &dpi) || dpi < 1) return "resolution";
  if (!capability_get(ICAP_PHYSICALWIDTH, &width) || width <= 0) return "width";
  if (!capability_get(ICAP_PHYSICALHEIGHT, &height) || height <= 0) return "height";
  request->source = SOURCE_FLATBED;
  request->dpi = (int)lround(dpi);
  request->width_mm = width * MILLIMETRES_PER_INCH;
  request->height_mm = height * MILLIMETRES_PER_INCH;
  return NULL;
}

const char *profile_check_page(const Request *request, const TW_IMAGEINFO *image)
{
  if (fabs(from_fix32(image->XResolution) - request->dpi) >= 0.5 || fabs(from_fix32(image->YResolution) - request->dpi) >= 0.5)
    return "resolution";
  if (image->PixelType != (TW_INT16)pixel_type(request->mode)) return "mode";
  if (image->BitsPerPixel != bits_per_pixel(request->mode)) return "depth";
  if (image->Planar != FALSE) return "planar";
  if (image->Compression != TWCP_NONE) return "compression";
  double pixels_per_mm = request->dpi / MILLIMETRES_PER_INCH;
  double tolerance = AREA_TOLERANCE_MM * pixels_per_mm + 1;
  if (fabs(image->ImageWidth - request->width_mm * pixels_per_mm) > tolerance) return "width";
  /* A source that learns the length at the end says -1; a feeder may end a page with its sheet. */
  double missing = request->height_mm * pixels_per_mm - image->ImageLength;
  if (image->ImageLength < 0) return NULL;
  return missing < -tolerance || (request->source == SOURCE_FLATBED && missing > tolerance) ? "height" : NULL;
}

bool profile_feeder_is_empty(void)
{
  double value;
  bool knows = capability_get(CAP_PAPERDETECTABLE, &value) && value != FALSE;
  return knows && capability_get(CAP_FEEDERLOADED, &value) && value == FALSE;
}

void profile_list_sources(char *json, size_t size)
{
  double value;
  bool has_feeder = capability_get(CAP_FEEDERENABLED, &value) &&
                    (value != FALSE || capability_set(CAP_FEEDERENABLED, TWTY_BOOL, TRUE));
  bool has_duplex = has_feeder && capability_get(CAP_DUPLEX, &value) && value != TWDX_NONE;
  /* A source without the capability is a flatbed; one that cannot turn it off is a feeder and nothing else. */
  bool has_flatbed = !capability_get(CAP_FEEDERENABLED, &value) || capability_set(CAP_FEEDERENABLED, TWTY_BOOL, FALSE);
  int length = snprintf(json, size, "[%s%s%s]", has_feeder ? "\"feeder\"," : "", has_duplex ? "\"feederDuplex\"," : "",
                        has_flatbed ? "\"flatbed\"," : "");
  if (length > 2) snprintf(json + length - 2, 2, "]");
}
