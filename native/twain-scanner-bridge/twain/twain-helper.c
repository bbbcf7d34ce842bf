/*
 * One TWAIN session as a process of its own: a source that crashes or hangs takes nothing with it.
 *   twain-helper list [KNOWN_DEVICE…]
 *   twain-helper scan DEVICE SOURCE MODE DPI WIDTH_MM HEIGHT_MM
 *   twain-helper preview DEVICE MODE    (of its glass)
 *   twain-helper describe DEVICE        (started by `list`)
 * The protocol is in ../README.md.
 */
#include "frames.h"
#include "guard.h"
#include "listing.h"
#include "manager.h"
#include "profile.h"
#include "transfer.h"

#include <shellapi.h>
#include <stdlib.h>
#include <string.h>

static const char *const mode_names[] = { "bitonal", "gray", "color" };
static const char *const source_names[] = { "feeder", "feederDuplex", "flatbed" };

/* What a source may well say through a window of its own before it says it through the standard. */
static bool is_condition_of_paper(const char *status)
{
  static const char *const conditions[] = { "PAPERJAM", "PAPERDOUBLEFEED", "INTERLOCK", "NOMEDIA", "CHECKDEVICEONLINE" };
  for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i += 1) {
    if (strcmp(status, conditions[i]) == 0) return true;
  }
  return false;
}

static void tell_stopped(const char *stage, const char *status, const char *option)
{
  if (guard_has_seen_window() && !is_condition_of_paper(status)) frames_stopped("option", "INVAL", "userInterface");
  else frames_stopped(stage, status, option);
}

static bool is_feeder_at_its_end(const Request *request, const char *status, int sequence)
{
  return request->source != SOURCE_FLATBED && sequence > 1 && strcmp(status, "NOMEDIA") == 0;
}

/* Brings the source to its next page. False when there is none; what ended the session has been told. */
static bool reach_page(const Request *request, int sequence)
{
  const char *status = NULL;
  if (sequence == 1) {
    status = request->source != SOURCE_FLATBED && profile_feeder_is_empty() ? "NOMEDIA" : source_enable();
  } else {
    bool has_more = false;
    status = source_end_transfer(&has_more);
    if (status == NULL && (!has_more || request->source == SOURCE_FLATBED)) {
      frames_end();
      return false;
    }
  }
  if (status == NULL) return true;
  if (is_feeder_at_its_end(request, status, sequence)) frames_end();
  else if (strcmp(status, "SHOWSWINDOW") == 0) tell_stopped("option", "INVAL", "userInterface");
  else tell_stopped("start", status, "");
  return false;
}

/* False when the session is over; what ended it has been told. */
static bool scan_page(const Request *request, const Settings *settings, int sequence)
{
  TW_IMAGEINFO image;
  memset(&image, 0, sizeof image);
  TW_UINT16 answer = source_call(DG_IMAGE, DAT_IMAGEINFO, MSG_GET, &image);
  if (answer != TWRC_SUCCESS) {
    const char *status = source_status(answer);
    if (is_feeder_at_its_end(request, status, sequence)) frames_end();
    else tell_stopped("read", status, "");
    return false;
  }
  const char *refused = profile_check_page(request, &image);
  if (refused != NULL) {
    tell_stopped("option", "INVAL", refused);
    return false;
  }
  frames_control("{\"event\":\"pageStarted\",\"sequence\":%d,\"width\":%d,\"height\":%d,\"dpi\":%d,\"colorMode\":\"%s\"}", sequence,
                 (int)image.ImageWidth, (int)image.ImageLength, request->dpi, mode_names[request->mode]);
  PageSize sent = { 0, 0 };
  const char *status = transfer_page(request, settings, &image, &sent);
  if (status != NULL) {
    if (sent.rows == 0 && is_feeder_at_its_end(request, status, sequence)) frames_end();
    else tell_stopped("read", status, "");
    return false;
  }
  frames_control("{\"event\":\"pageEnded\",\"sequence\":%d,\"rows\":%llu,\"bytes\":%llu}", sequence, (unsigned long long)sent.rows,
                 (unsigned long long)sent.bytes);
  return true;
}

static void scan_stack(const Request *request, const Settings *settings)
{
  for (int sequence = 1;; sequence += 1) {
    if (!frames_wait_for_page_request()) {
      tell_stopped("start", "CANCELLED", "");
      return;
    }
    /* The source holds a finished page until the next one is asked for: only then may its feeder move. */
    if (!reach_page(request, sequence) || !scan_page(request, settings, sequence)) return;
  }
}

static int scan(const char *product_name, Request *request, bool is_preview)
{
  Settings settings = { false, false };
  frames_listen();
  const char *status = manager_open() ? NULL : "NODS";
  if (status == NULL) guard_start(manager_window());
  if (status == NULL) status = manager_open_source(product_name);
  if (status != NULL) {
    tell_stopped("open", status, "");
    return 0;
  }
  const char *refused = is_preview ? profile_ask_preview(request) : NULL;
  if (refused == NULL) refused = profile_apply(request, &settings);
  if (refused != NULL) {
    tell_stopped("option", "INVAL", refused);
  } else {
    frames_control("{\"event\":\"opened\",\"dpi\":%d,\"colorMode\":\"%s\",\"source\":\"%s\"}", request->dpi, mode_names[request->mode],
                   source_names[request->source]);
    scan_stack(request, &settings);
  }
  source_close();
  manager_close();
  return 0;
}

static int index_of(const wchar_t *word, const char *const *words, int count)
{
  for (int i = 0; i < count; i += 1) {
    const char *at = words[i];
    const wchar_t *letter = word;
    while (*at != '\0' && *letter == (wchar_t)*at) at += 1, letter += 1;
    if (*at == '\0' && *letter == L'\0') return i;
  }
  return -1;
}

static int run_scan(wchar_t **arguments)
{
  char name[64];
  int source = index_of(arguments[1], source_names, 3);
  int mode = index_of(arguments[2], mode_names, 3);
  Request request = { .dpi = (int)wcstol(arguments[3], NULL, 10),
                      .width_mm = wcstod(arguments[4], NULL),
                      .height_mm = wcstod(arguments[5], NULL) };
  if (source < 0 || mode < 0 || request.dpi <= 0 || request.width_mm <= 0 || request.height_mm <= 0) return 2;
  if (!to_product_name(arguments[0], name, sizeof name)) return 2;
  request.source = (Source)source;
  request.mode = (ColorMode)mode;
  return scan(name, &request, false);
}

static int run_preview(wchar_t **arguments)
{
  char name[64];
  int mode = index_of(arguments[1], mode_names, 3);
  if (mode < 0 || !to_product_name(arguments[0], name, sizeof name)) return 2;
  Request request = { .mode = (ColorMode)mode };
  return scan(name, &request, true);
}

static LONG WINAPI end_crashed(EXCEPTION_POINTERS *exception)
{
  TerminateProcess(GetCurrentProcess(), exception->ExceptionRecord->ExceptionCode);
  return EXCEPTION_EXECUTE_HANDLER;
}

int main(void)
{
  int count = 0, code = 2;
  wchar_t **arguments = CommandLineToArgvW(GetCommandLineW(), &count);
  if (arguments == NULL || count < 2) return 2;
  /* A crash ends the process at once: no window asks the officer what to do with it. */
  SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
  SetUnhandledExceptionFilter(end_crashed);
  frames_open();
  if (wcscmp(arguments[1], L"list") == 0) code = list_devices(arguments + 2, count - 2);
  if (wcscmp(arguments[1], L"describe") == 0 && count == 3) code = describe_device(arguments[2]);
  if (wcscmp(arguments[1], L"scan") == 0 && count == 8) code = run_scan(arguments + 2);
  if (wcscmp(arguments[1], L"preview") == 0 && count == 4) code = run_preview(arguments + 2);
  /* Not by returning: a source's own ending code may hang or crash, and everything has been said. */
  TerminateProcess(GetCurrentProcess(), (UINT)code);
  return code;
}
