/*
 * One SANE session as a process of its own: a driver that crashes or hangs takes nothing with it.
 *   sane-helper list [KNOWN_DEVICE…]
 *   sane-helper scan DEVICE SOURCE MODE DPI WIDTH_MM HEIGHT_MM
 *   sane-helper preview DEVICE MODE     (of its glass)
 * The protocol is in ../README.md.
 */
#include "frames.h"
#include "options.h"
#include "pnm-feeder.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A slow scanner shows progress: a strip leaves after this long even when it is not full. */
#define STRIP_SECONDS 0.5

static const char *status_name(SANE_Status status)
{
  switch ((int)status) {
    case SANE_STATUS_GOOD: return "GOOD";
    case SANE_STATUS_UNSUPPORTED: return "UNSUPPORTED";
    case SANE_STATUS_CANCELLED: return "CANCELLED";
    case SANE_STATUS_DEVICE_BUSY: return "DEVICE_BUSY";
    case SANE_STATUS_INVAL: return "INVAL";
    case SANE_STATUS_EOF: return "EOF";
    case SANE_STATUS_JAMMED: return "JAMMED";
    case SANE_STATUS_NO_DOCS: return "NO_DOCS";
    case SANE_STATUS_COVER_OPEN: return "COVER_OPEN";
    case SANE_STATUS_IO_ERROR: return "IO_ERROR";
    case SANE_STATUS_NO_MEM: return "NO_MEM";
    case SANE_STATUS_ACCESS_DENIED: return "ACCESS_DENIED";
    /* Beyond the standard's first version; not in every sane.h. */
    case 12: return "WARMING_UP";
    case 13: return "HW_LOCKED";
  }
  return "UNKNOWN";
}

static void tell_stopped(const char *stage, const char *status, const char *option)
{
  char text[256];
  frames_control("{\"event\":\"stopped\",\"stage\":\"%s\",\"status\":\"%s\",\"option\":\"%s\"}", stage, status,
                 json_text(text, sizeof text, option));
}

static void tell_device(const SANE_Device *device, bool is_known)
{
  char id[1024], maker[512], model[512], address[128], sources[96] = "null";
  bool is_demonstration = pnm_feeder_serves(device->name);
  SANE_Handle handle;
  if (is_demonstration) {
    strcpy(sources, "[\"feeder\",\"feederDuplex\",\"flatbed\"]");
  } else if (!is_known && sane_open(device->name, &handle) == SANE_STATUS_GOOD) {
    options_list_sources(handle, sources, sizeof sources);
    sane_close(handle);
  }
  /* airscan writes the address of a device where others write its kind. */
  bool has_address = strncmp(device->type, "ip=", 3) == 0;
  frames_control("{\"event\":\"device\",\"deviceId\":\"%s\",\"maker\":\"%s\",\"model\":\"%s\",\"sources\":%s,\"otherNames\":[%s%s%s]}",
                 json_text(id, sizeof id, device->name),
                 json_text(maker, sizeof maker, is_demonstration ? PNM_FEEDER_MAKER : device->vendor),
                 json_text(model, sizeof model, is_demonstration ? PNM_FEEDER_MODEL : device->model), sources,
                 has_address ? "\"" : "", has_address ? json_text(address, sizeof address, device->type + 3) : "", has_address ? "\"" : "");
}

static int list_devices(char *const *known, int known_count)
{
  const SANE_Device **devices;
  SANE_Status status = sane_get_devices(&devices, SANE_FALSE);
  if (status != SANE_STATUS_GOOD) {
    tell_stopped("list", status_name(status), "");
    return 0;
  }
  bool has_feeder = pnm_feeder_exists();
  for (; *devices != NULL; devices += 1) {
    const char *name = (*devices)->name;
    /* The backend's second virtual device would only confuse the demonstration. */
    if (has_feeder && strncmp(name, "pnm:", 4) == 0 && !pnm_feeder_serves(name)) continue;
    bool is_known = false;
    for (int i = 0; i < known_count; i += 1) is_known = is_known || strcmp(known[i], name) == 0;
    tell_device(*devices, is_known);
  }
  frames_control("{\"event\":\"end\"}");
  return 0;
}

static double seconds_now(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

typedef struct {
  size_t bytes_per_line; /* as the driver delivers it */
  size_t packed;         /* without the driver's padding */
  size_t column;         /* position in the line that is being delivered */
  uint64_t received;
  uint64_t sent;
} PageProgress;

/* Drops in place the bytes that some drivers append to each line. Returns what is left. */
static size_t drop_padding(PageProgress *page, uint8_t *bytes, size_t length)
{
  page->received += length;
  if (page->bytes_per_line == page->packed) return length;
  size_t kept = 0;
  for (size_t at = 0; at < length;) {
    bool is_image = page->column < page->packed;
    size_t run = (is_image ? page->packed : page->bytes_per_line) - page->column;
    if (run > length - at) run = length - at;
    if (is_image) {
      memmove(bytes + kept, bytes + at, run);
      kept += run;
    }
    at += run;
    page->column = (page->column + run) % page->bytes_per_line;
  }
  return kept;
}

/* Reads one page and sends its strips. GOOD when the driver has said that the page is over. */
static SANE_Status send_page(SANE_Handle handle, PageProgress *page)
{
  static uint8_t strip[STRIP_BYTES];
  for (;;) {
    size_t used = 0;
    SANE_Status status = SANE_STATUS_GOOD;
    double started = seconds_now();
    while (status == SANE_STATUS_GOOD && used < sizeof strip) {
      SANE_Int length = 0;
      if (frames_is_cancelled()) return SANE_STATUS_CANCELLED;
      status = sane_read(handle, strip + used, (SANE_Int)(sizeof strip - used), &length);
      if (length > 0) used += drop_padding(page, strip + used, (size_t)length);
      if (used > 0 && seconds_now() - started > STRIP_SECONDS) break;
    }
    if (status != SANE_STATUS_GOOD && status != SANE_STATUS_EOF) return status;
    if (used > 0 && !frames_strip(strip, used)) return SANE_STATUS_CANCELLED;
    page->sent += used;
    if (status == SANE_STATUS_EOF) return SANE_STATUS_GOOD;
  }
}

typedef struct {
  const char *device;
  Request request;
  Settings settings;
} Session;

static const char *const mode_names[] = { "bitonal", "gray", "color" };

/* False when the session is over; what ended it has been told. */
static bool scan_page(SANE_Handle handle, const Session *session, int sequence)
{
  const Request *request = &session->request;
  SANE_Status status = SANE_STATUS_GOOD;
  if (request->has_own_feeder) status = pnm_feeder_take(handle, request->mode == MODE_GRAY, sequence - 1, request->is_preview);
  if (status == SANE_STATUS_GOOD) status = sane_start(handle);
  if (status == SANE_STATUS_NO_DOCS && sequence > 1) {
    frames_control("{\"event\":\"end\"}");
    return false;
  }
  SANE_Parameters parameters;
  if (status == SANE_STATUS_GOOD) status = sane_get_parameters(handle, &parameters);
  if (status != SANE_STATUS_GOOD) {
    tell_stopped("start", status_name(status), "");
    return false;
  }
  const char *refused = options_check_frame(&parameters, request->mode);
  int bits = parameters.pixels_per_line * (parameters.format == SANE_FRAME_RGB ? 3 : 1) * parameters.depth;
  PageProgress page = { (size_t)parameters.bytes_per_line, ((size_t)bits + 7) / 8, 0, 0, 0 };
  bool is_sound = parameters.pixels_per_line > 0 && page.bytes_per_line >= page.packed;
  if (refused == NULL && is_sound) {
    int dpi = session->settings.dpi;
    if (request->is_preview) dpi = options_measured_dpi(request, &parameters, dpi);
    frames_control("{\"event\":\"pageStarted\",\"sequence\":%d,\"width\":%d,\"height\":%d,\"dpi\":%d,\"colorMode\":\"%s\"}", sequence,
                   parameters.pixels_per_line, parameters.lines, dpi, mode_names[request->mode]);
    status = send_page(handle, &page);
  }
  uint64_t expected = (uint64_t)(parameters.lines > 0 ? parameters.lines : 0) * page.bytes_per_line;
  if (refused != NULL) tell_stopped("option", "INVAL", refused);
  else if (!is_sound) tell_stopped("read", "INVAL", "");
  else if (status == SANE_STATUS_NO_DOCS && sequence > 1 && page.received == 0) frames_control("{\"event\":\"end\"}");
  else if (status != SANE_STATUS_GOOD) tell_stopped("read", status_name(status), "");
  else if (page.received == 0) tell_stopped("read", "EMPTY", "");
  else if (page.received < expected || page.received % page.bytes_per_line != 0) tell_stopped("read", "TRUNCATED", "");
  else if (expected > 0 && page.received > expected) tell_stopped("read", "OVERLONG", "");
  else {
    frames_control("{\"event\":\"pageEnded\",\"sequence\":%d,\"rows\":%llu,\"bytes\":%llu}", sequence,
                   (unsigned long long)(page.received / page.bytes_per_line), (unsigned long long)page.sent);
    return true;
  }
  return false;
}

static void scan_stack(SANE_Handle handle, const Session *session)
{
  for (int sequence = 1;; sequence += 1) {
    if (!frames_wait_for_page_request()) {
      tell_stopped("start", "CANCELLED", "");
      return;
    }
    if (sequence > 1 && session->request.source == SOURCE_FLATBED) {
      frames_control("{\"event\":\"end\"}");
      return;
    }
    if (!scan_page(handle, session, sequence)) return;
  }
}

static int scan(Session *session)
{
  SANE_Handle handle;
  session->request.has_own_feeder = pnm_feeder_serves(session->device);
  session->request.stated_dpi = session->request.has_own_feeder ? pnm_feeder_dpi() : 0;
  SANE_Status status = sane_open(session->device, &handle);
  if (status != SANE_STATUS_GOOD) {
    tell_stopped("open", status_name(status), "");
    return 0;
  }
  Request *request = &session->request;
  const char *refused = request->is_preview ? options_apply_preview(handle, request, &session->settings)
                                            : options_apply(handle, request, &session->settings);
  if (refused != NULL) {
    tell_stopped("option", "INVAL", refused);
    sane_close(handle);
    return 0;
  }
  char source[256];
  frames_control("{\"event\":\"opened\",\"dpi\":%d,\"colorMode\":\"%s\",\"source\":\"%s\"}", session->settings.dpi,
                 mode_names[request->mode], json_text(source, sizeof source, session->settings.source));
  frames_watch(handle);
  scan_stack(handle, session);
  sane_cancel(handle);
  frames_unwatch();
  sane_close(handle);
  return 0;
}

static int index_of(const char *word, const char *const *words, int count)
{
  for (int i = 0; i < count; i += 1) {
    if (strcmp(word, words[i]) == 0) return i;
  }
  return -1;
}

static int run_scan(char **arguments)
{
  static const char *const source_names[] = { "feeder", "feederDuplex", "flatbed" };
  int source = index_of(arguments[1], source_names, 3);
  int mode = index_of(arguments[2], mode_names, 3);
  Session session = { .device = arguments[0] };
  session.request.dpi = atoi(arguments[3]);
  session.request.width_mm = atof(arguments[4]);
  session.request.height_mm = atof(arguments[5]);
  if (source < 0 || mode < 0 || session.request.dpi <= 0 || session.request.width_mm <= 0 || session.request.height_mm <= 0) return 2;
  session.request.source = (Source)source;
  session.request.mode = (ColorMode)mode;
  return scan(&session);
}

static int run_preview(char **arguments)
{
  int mode = index_of(arguments[1], mode_names, 3);
  Session session = { .device = arguments[0] };
  if (mode < 0) return 2;
  session.request.source = SOURCE_FLATBED;
  session.request.mode = (ColorMode)mode;
  session.request.is_preview = true;
  return scan(&session);
}

int main(int count, char **arguments)
{
  /* Numbers are written with a point whatever the desk's language is. */
  setlocale(LC_ALL, "C");
  bool is_list = count >= 2 && strcmp(arguments[1], "list") == 0;
  bool is_scan = count == 8 && strcmp(arguments[1], "scan") == 0;
  bool is_preview = count == 4 && strcmp(arguments[1], "preview") == 0;
  if (!is_list && !is_scan && !is_preview) return 2;
  frames_open();
  SANE_Status status = sane_init(NULL, NULL);
  if (status != SANE_STATUS_GOOD) {
    tell_stopped("open", status_name(status), "");
    return 0;
  }
  int code = is_list   ? list_devices(arguments + 2, count - 2)
             : is_scan ? run_scan(arguments + 2)
                       : run_preview(arguments + 2);
  sane_exit();
  return code;
}
